"""Gives a Hugging Face model another, larger vocabulary: tokens that the old one has keep their row, whatever their number; a new
token begins as the mean of the rows of the pieces that the old tokenizer makes of it (Swallow on Llama 2, arXiv 2404.17790). Python
3.8 and its standard library only; both tokenizers are BPE in a tokenizer.json.

    grow_vocabulary.py --base FOLDER --tokenizer FOLDER --rows N --to FOLDER

Rows above the last token, which pad the table to N, are the mean of all old rows. Means are taken in double precision, in the order
of the pieces, so the result is the same on every machine.
"""

import argparse
import json
import os
import sys

import hf_folder
import st_files
from bpe_pieces import Tokenizer
from float_bytes import bytes_of, floats_of
from st_files import Problem, copy_chunks

TABLES = ("model.embed_tokens.weight", "lm_head.weight")


def plan_rows(old, new, rows):
    """For each row of the new table the old rows it is made of; an empty list is padding."""
    tokens = {}
    for text, number in new.ids.items():
        if number in tokens and tokens[number] != text:
            raise Problem("%s gives the number %d twice" % (new.path, number))
        tokens[number] = text
    if tokens and max(tokens) >= rows:
        raise Problem("%s has tokens up to %d, and the model gets %d rows" % (new.path, max(tokens), rows))
    return [old.pieces(tokens[number], tokens[number] in new.added) if number in tokens else [] for number in range(rows)]


def rows_of(table, plan):
    """The new table's bytes, row by row."""
    whole = table.read()
    width = len(whole) // table.shape[0]
    used = {each for parts in plan for each in parts}
    if used and max(used) >= table.shape[0]:
        raise Problem("the old tokenizer has the number %d, and %s has %d rows" % (max(used), table.name, table.shape[0]))
    middle = None
    for parts in plan:
        if len(parts) == 1:
            yield whole[parts[0] * width : (parts[0] + 1) * width]
        elif parts:
            yield mean([whole[each * width : (each + 1) * width] for each in parts], table.dtype)
        else:
            if middle is None:
                middle = mean([whole[at : at + width] for at in range(0, len(whole), width)], table.dtype)
            yield middle


def mean(rows, dtype):
    sums = floats_of(rows[0], dtype)
    for row in rows[1:]:
        sums = [a + b for a, b in zip(sums, floats_of(row, dtype))]
    return bytes_of([each / len(rows) for each in sums], dtype)


def write_config(folder, config):
    with open(os.path.join(folder, "config.json"), "w", encoding="utf-8") as file:
        json.dump(config, file, indent=2, sort_keys=True, ensure_ascii=False)


def grow_shard(path, to, tables, plan):
    """One file of the base, with its tables made anew; the bytes of its tensors in all."""
    found = sorted(st_files.read_header(path).values(), key=lambda each: each.begin)
    rows = []
    for each in found:
        shape = [len(plan)] + each.shape[1:] if each.name in tables else each.shape
        size = (each.end - each.begin) // each.shape[0] * len(plan) if each.name in tables else each.end - each.begin
        rows.append((each.name, each.dtype, shape, size))
    held = {each.name: each for each in found}
    st_files.write_shard(to, rows, lambda name: rows_of(held[name], plan) if name in tables else copy_chunks(held[name]))
    return sum(size for _, _, _, size in rows)


def grow(base, tokenizer, rows, to):
    problems = []
    _, config = hf_folder.load(base, problems)
    if problems:
        raise Problem(problems[0])
    plan = plan_rows(Tokenizer(base), Tokenizer(tokenizer), rows)
    os.makedirs(to, exist_ok=True)
    weight_map, size = {}, 0
    for shard in st_files.shards_of(base, st_files.read_index(base)):
        size += grow_shard(os.path.join(base, shard), os.path.join(to, shard), TABLES, plan)
        weight_map.update({name: shard for name in st_files.read_header(os.path.join(to, shard))})
    st_files.write_index(to, weight_map, size)
    config["vocab_size"] = rows
    write_config(to, config)
    hf_folder.copy_companions(to, base, tokenizer)
    new = sum(1 for parts in plan if len(parts) > 1)
    return "%d rows: %d are old ones, %d are means of pieces, %d pad the table" % (
        rows,
        sum(1 for parts in plan if len(parts) == 1),
        new,
        sum(1 for parts in plan if not parts),
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("--base", "--tokenizer", "--to"):
        parser.add_argument(name, required=True)
    parser.add_argument("--rows", type=int, required=True)
    args = parser.parse_args()
    try:
        print("martlet: %s: %s" % (args.to, grow(args.base, args.tokenizer, args.rows, args.to)))
    except Problem as problem:
        print("martlet: the vocabulary cannot be changed: %s" % problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
