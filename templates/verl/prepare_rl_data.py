#!/usr/bin/env python3
"""Makes veRL's rows (data_source, prompt, ability, reward_model, extra_info) from JSONL or Parquet.

    python3 prepare_rl_data.py math.jsonl --output data --data-source my-math --columns prompt=problem,answer=answer --validation 100

Reads .jsonl with Python alone; .parquet, read or written, needs pyarrow. A line that is no row is named with its number, all of
them, and then nothing is written, unless --drop-bad. Whatever is left out stands with its reason in OUTPUT/dropped.jsonl, and in
the counts of OUTPUT/counts.json, which add up. Exit codes: 0 written, 1 bad lines, 2 wrong usage, 3 something is missing.
"""

import argparse
import hashlib
import json
import math
import os
import sys
import unicodedata
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

ROLES = ("system", "user", "assistant", "tool")


class Missing(Exception):
    """Something of the machine, not of the data."""


class Bad(Exception):
    """A line that is no row."""


# ---- reading ---------------------------------------------------------------------------------------------------------


def records(path):
    """(line or row number, object or Bad) of a file, from 1."""
    if path.endswith((".jsonl", ".ndjson")):
        return json_lines(path)
    if path.endswith(".parquet"):
        return parquet_rows(path)
    raise Missing(f"{path}: neither .jsonl nor .parquet")


def json_lines(path):
    with open(path, "rb") as lines:
        for at, line in enumerate(lines, 1):
            try:
                record = json.loads(line.decode("utf-8"), parse_constant=no_constant)
                yield at, record if isinstance(record, dict) else Bad(f"not an object but {type(record).__name__}")
            except UnicodeDecodeError as broken:
                yield at, Bad(f"not UTF-8 at byte {broken.start}")
            except (ValueError, RecursionError) as broken:
                yield at, Bad("a blank line" if not line.strip() else f"no JSON: {broken}")


def no_constant(text):
    raise ValueError(f"{text} is no JSON")


def parquet_rows(path):
    file = arrow().ParquetFile(path)
    at = 0
    for batch in file.iter_batches(batch_size=1024):
        for record in batch.to_pylist():
            at += 1
            yield at, record


def arrow():
    try:
        import pyarrow.parquet
    except ImportError as absent:
        raise Missing(
            f"Parquet needs pyarrow ({absent}): pip install pyarrow, or use .jsonl and --write jsonl, which veRL reads too"
        ) from absent
    return pyarrow.parquet


# ---- one record to one row -------------------------------------------------------------------------------------------


def of_columns(columns):
    """A reader by column names: prompt and answer, and where named id and license."""

    def read(record):
        for name in columns.values():
            if name not in record:
                raise Bad(f"no column {name}; there are {', '.join(sorted(record))}")
        return {name: record[column] for name, column in columns.items()}

    return read


def dolci_think_rl(record):
    """allenai/Dolci-Think-RL-7B: prompt is 'user: ' and text, ground_truth a list whose first item is the answer."""
    for name in ("prompt", "ground_truth", "custom_id"):
        if name not in record:
            raise Bad(f"no column {name}; there are {', '.join(sorted(record))}")
    prompt, truth = record["prompt"], record["ground_truth"]
    if not isinstance(prompt, str) or not prompt.startswith("user: "):
        raise Bad("prompt does not begin with 'user: '")
    if isinstance(truth, list):
        if not truth:
            raise Bad("ground_truth is an empty list")
        truth = truth[0]
    return {
        "prompt": prompt.removeprefix("user: "),
        "answer": truth,
        "id": record["custom_id"],
        "license": record.get("license"),
    }


READERS = {"dolci-think-rl": (dolci_think_rl, {"dataset": {"contains": "math"}})}


def messages(prompt, instruction):
    """A chat that ends with the user, from a text or a chat."""
    chat = [{"role": "user", "content": prompt}] if isinstance(prompt, str) else prompt
    if not isinstance(chat, list) or not chat or not all(isinstance(each, dict) for each in chat):
        raise Bad(f"prompt is neither a text nor a chat but {type(prompt).__name__}")
    for each in chat:
        if each.get("role") not in ROLES or not isinstance(each.get("content"), str):
            raise Bad(f"a message of prompt has no role of {', '.join(ROLES)} with a text as content")
    if chat[-1]["role"] != "user" or not chat[-1]["content"].strip():
        raise Bad("prompt does not end with a text of the user")
    for each in chat:
        writable(each["content"], "prompt")
    last = chat[-1]["content"] + (f"\n\n{instruction}" if instruction else "")
    return [
        *({"role": each["role"], "content": each["content"]} for each in chat[:-1]),
        {"role": "user", "content": last},
    ]


def truth_of(answer):
    if isinstance(answer, list) and len(answer) == 1:
        answer = answer[0]
    if isinstance(answer, bool) or not isinstance(answer, (str, int, float)):
        raise Bad(f"answer is neither a text nor a number but {type(answer).__name__}")
    if isinstance(answer, float) and not math.isfinite(answer):
        raise Bad(f"answer is {answer}")
    # repr, since str and JSON both give the shortest text that is this number.
    text = answer if isinstance(answer, str) else repr(answer)
    if not text.strip():
        raise Bad("answer is empty")
    return writable(text.strip(), "answer")


def writable(text, name):
    """JSON can hold half of a character; a file cannot."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as broken:
        raise Bad(f"{name} has half a character at {broken.start}") from broken
    return text


def is_wanted(record, rules):
    """filter: {column: {contains | equals | in | not_in: value}}, all of them."""
    return all(
        passes(record.get(column), rule, value)
        for column, rules_of in rules.items()
        for rule, value in rules_of.items()
    )


def passes(found, rule, value):
    if rule == "contains":
        return found is not None and value in found
    if rule == "equals":
        return found == value
    return (found in value) == (rule == "in")


# ---- all records -----------------------------------------------------------------------------------------------------


def gather(asked):
    """(kept, dropped): each record of the inputs is in exactly one of them."""
    read, own_filter = READERS.get(asked.reader) or (of_columns(asked.columns), {})
    rules = asked.filter if asked.filter is not None else own_filter
    short = Counter(os.path.basename(path) for path in asked.inputs)
    names = {path: os.path.basename(path) if short[os.path.basename(path)] == 1 else path for path in asked.inputs}
    kept, dropped = [], []
    for path in asked.inputs:
        for at, record in records(path):
            place = {"file": names[path], "line": at}
            try:
                if isinstance(record, Bad):
                    raise record
                reason = None if is_wanted(record, rules) else "filter"
                row = read(record) if reason is None else None
                reason = reason or reason_of_license(row.get("license"), asked.licenses)
                if reason is None:
                    prompt, truth = messages(row["prompt"], asked.instruction), truth_of(row["answer"])
                    name = row.get("id")
                    kept.append(
                        {
                            **place,
                            "prompt": prompt,
                            "truth": truth,
                            "id": f"{place['file']}:{at}" if name is None else str(name),
                        }
                    )
                    continue
                dropped.append({**place, "reason": reason})
            except (Bad, TypeError) as bad:
                dropped.append({**place, "reason": "bad", "what": str(bad)})
    return kept, dropped


def reason_of_license(license, wanted):
    if not wanted:
        return None
    if not license:
        return "no license"
    return None if str(license).strip().lower() in wanted else "license"


def squeezed(prompt):
    """What makes two prompts the same: neither width, case nor spacing."""
    text = "\n".join(f"{each['role']}: {each['content']}" for each in prompt)
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def without_repeats(rows, known):
    """The first of equal prompts; of equal prompts with different truths none, since nobody knows which is right."""
    by_prompt = {}
    for row in rows:
        by_prompt.setdefault(squeezed(row["prompt"]), []).append(row)
    kept, dropped = [], []
    for prompt, same in by_prompt.items():
        reason = "excluded" if prompt in known else "conflict" if len({each["truth"] for each in same}) > 1 else None
        kept += same[:1] if reason is None else []
        dropped += [left_out(each, reason or "repeat") for each in (same if reason else same[1:])]
    return kept, dropped


def left_out(row, reason):
    return {"file": row["file"], "line": row["line"], "reason": reason}


def readable_truths(rows, checkers, timeout_seconds):
    """Those whose truth the reward reads as mathematics. Needs Math-Verify."""
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    import math_reward

    def is_readable(row):
        return math_reward.CHECKERS.ask({"read": row["truth"]}, timeout_seconds, checkers)["score"] == 1.0

    try:
        with ThreadPoolExecutor(checkers) as pool:
            answers = list(pool.map(is_readable, rows))
    except RuntimeError as absent:
        raise Missing(f"{absent}; or --truths keep, which does not look at them") from absent
    bad = [left_out(row, "truth") for row, good in zip(rows, answers) if not good]
    return [row for row, good in zip(rows, answers) if good], bad


def split(rows, validation, seed):
    """(training, validation): by a hash of the prompt, so that neither the order of the rows nor a new row moves another."""

    def dice(row):
        return hashlib.sha256(f"{seed}\n{squeezed(row['prompt'])}".encode("utf-8")).hexdigest()

    chosen = {id(row) for row in sorted(rows, key=dice)[:validation]}
    return [row for row in rows if id(row) not in chosen], [row for row in rows if id(row) in chosen]


# ---- writing ---------------------------------------------------------------------------------------------------------


def verl_row(row, at, part, asked):
    return {
        "data_source": asked.data_source,
        "prompt": row["prompt"],
        "ability": asked.ability,
        "reward_model": {"style": "rule", "ground_truth": row["truth"]},
        "extra_info": {"index": at, "split": part, "id": row["id"]},
    }


def write(rows, part, asked):
    path = os.path.join(asked.output, f"{part}.{asked.write}")
    if not rows:
        # One of an earlier run would be taken for one of this.
        if os.path.exists(path):
            os.remove(path)
        return
    made = [verl_row(row, at, part, asked) for at, row in enumerate(rows)]
    if asked.write == "parquet":
        import pyarrow

        arrow().write_table(pyarrow.Table.from_pylist(made), f"{path}.part")
    else:
        write_lines(made, f"{path}.part")
    os.replace(f"{path}.part", path)


def write_lines(made, path):
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(json.dumps(each, ensure_ascii=False) + "\n" for each in made)


def prepare(asked):
    if asked.write == "parquet":
        arrow()
    known = {
        squeezed(messages(row["prompt"], asked.instruction)) for path in asked.exclude for row in excluded(path, asked)
    }
    kept, dropped = gather(asked)
    bad = [each for each in dropped if each["reason"] == "bad"]
    for each in bad:
        print(f"{each['file']}:{each['line']}: {each['what']}", file=sys.stderr)
    read = len(kept) + len(dropped)
    if bad and not asked.drop_bad:
        print(
            f"{len(bad)} bad lines of {read}: nothing is written; mend them, or leave them out with --drop-bad",
            file=sys.stderr,
        )
        return 1
    kept, more = without_repeats(kept, known)
    dropped += more
    if asked.truths == "readable":
        kept, more = readable_truths(kept, asked.checkers, asked.timeout_seconds)
        dropped += more
    held_out = len(kept) if asked.validation == "all" else int(asked.validation)
    if not kept or (asked.validation != "all" and held_out >= len(kept)):
        print(
            f"{len(kept)} rows are left of {read}: too few for {held_out} of validation and any of training; nothing is written",
            file=sys.stderr,
        )
        return 1
    return finish(kept, dropped, held_out, read, asked)


def excluded(path, asked):
    """The rows of a file whose prompts must not be trained on; a bad line of it is an error."""
    read = READERS.get(asked.reader, (None,))[0] or of_columns({"prompt": asked.columns["prompt"]})
    for at, record in records(path):
        try:
            if isinstance(record, Bad):
                raise record
            yield {"prompt": record["prompt"]} if isinstance(record.get("prompt"), list) else read(record)
        except Bad as bad:
            raise Missing(f"--exclude {path}:{at}: {bad}") from bad


def finish(kept, dropped, held_out, read, asked):
    training, validation = split(kept, held_out, asked.seed)
    reasons = Counter(each["reason"] for each in dropped)
    counts = {
        "read": read,
        "train": len(training),
        "validation": len(validation),
        "dropped": dict(sorted(reasons.items())),
    }
    if read != len(training) + len(validation) + sum(reasons.values()):
        raise AssertionError(f"the counts do not add up: {counts}")
    os.makedirs(asked.output, exist_ok=True)
    for part, rows in (("train", training), ("validation", validation)):
        write(rows, part, asked)
    write_lines(
        sorted(dropped, key=lambda each: (each["file"], each["line"])), os.path.join(asked.output, "dropped.jsonl")
    )
    with open(os.path.join(asked.output, "counts.json"), "w", encoding="utf-8") as file:
        file.write(json.dumps(counts, indent=2) + "\n")
    print(json.dumps(counts))
    return 0


# ---- the command line ------------------------------------------------------------------------------------------------


def columns_of(text):
    pairs = dict(each.split("=", 1) for each in text.split(",") if "=" in each)
    if (
        len(pairs) != len(text.split(","))
        or not {"prompt", "answer"} <= set(pairs)
        or set(pairs) - {"prompt", "answer", "id", "license"}
    ):
        raise argparse.ArgumentTypeError(f"{text!r} is not prompt=COLUMN,answer=COLUMN[,id=COLUMN][,license=COLUMN]")
    return pairs


def filter_of(text):
    try:
        rules = json.loads(text)
        good = all(set(rule) <= {"contains", "equals", "in", "not_in"} for rule in rules.values())
        good = good and all(
            isinstance(rule.get(each, []), list) for rule in rules.values() for each in ("in", "not_in")
        )
    except (ValueError, AttributeError, TypeError):
        good = False
    if not good:
        raise argparse.ArgumentTypeError(
            f'{text!r} is not JSON like {{"column": {{"contains": "math"}}}} (contains, equals, in, not_in)'
        )
    return rules


def count_of(text):
    if text != "all" and not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is neither a number of rows nor all")
    return text


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("inputs", nargs="+", metavar="FILE", help=".jsonl or .parquet")
    parser.add_argument("--output", required=True, metavar="FOLDER")
    parser.add_argument("--data-source", required=True, help="veRL's metric group, and what chooses a built-in scorer")
    parser.add_argument("--ability", default="math")
    how = parser.add_mutually_exclusive_group()
    how.add_argument(
        "--columns",
        type=columns_of,
        default={"prompt": "prompt", "answer": "answer"},
        help="prompt=...,answer=...[,id=...][,license=...]",
    )
    how.add_argument("--reader", choices=sorted(READERS), help="a data set that is known by name")
    parser.add_argument(
        "--filter",
        type=filter_of,
        help='JSON: {"column": {"contains": value}}; also equals, in, not_in; the reader\'s own otherwise',
    )
    parser.add_argument(
        "--licenses",
        type=lambda text: {each.strip().lower() for each in text.split(",")},
        help="keep only rows of these, by their license column",
    )
    parser.add_argument(
        "--truths",
        choices=["readable", "keep"],
        default="readable",
        help="readable: leave out what Math-Verify does not read",
    )
    parser.add_argument(
        "--instruction", default="", help="put below every prompt, e.g. how the final answer is to be written"
    )
    parser.add_argument(
        "--exclude", action="append", default=[], metavar="FILE", help="leave out the prompts of this file (a test set)"
    )
    parser.add_argument("--validation", type=count_of, default="0", help="rows that are held out, or all")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--write", choices=["parquet", "jsonl"], default="parquet")
    parser.add_argument("--drop-bad", action="store_true")
    parser.add_argument("--checkers", type=int, default=min(8, os.cpu_count() or 1))
    parser.add_argument(
        "--timeout-seconds", type=float, default=10.0, help="for one truth; a later one is not readable"
    )
    asked = parser.parse_args()
    if asked.licenses and asked.reader is None and "license" not in asked.columns:
        parser.error("--licenses needs the column of the license: --columns ...,license=COLUMN")
    try:
        return prepare(asked)
    except (Missing, OSError) as trouble:
        print(f"prepare_rl_data: {trouble}", file=sys.stderr)
        return 3


if __name__ == "__main__":
    sys.exit(main())
