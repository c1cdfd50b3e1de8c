"""Hugging Face model folders, read and checked by their safetensors headers. Python 3.8 and its standard library; the check of a
Megatron checkpoint takes torch where there is one.

    hf_folder.py check FOLDER [--parameters N] [--like FOLDER]
    hf_folder.py megatron FOLDER --like FOLDER
    hf_folder.py complete FOLDER --from FOLDER [--tokenizer FOLDER]

Everything that is wrong is said, a line each, and the code is 1.
"""

import argparse
import os
import shutil
import sys

from st_files import Problem, named, read_folder, read_json

TOKENIZER_FILES = ("tokenizer.json", "tokenizer.model", "vocab.json", "tiktoken.model")
# What makes a folder usable beside its weights and its config.json; chat_template.jinja is where newer transformers keep it.
COMPANIONS = TOKENIZER_FILES + (
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "merges.txt",
    "chat_template.jinja",
    "chat_template.json",
)


def config_of(folder):
    return read_json(os.path.join(folder, "config.json"))


def is_buffer(name):
    """Tables that old checkpoints carry and that are no parameters."""
    return name.endswith("rotary_emb.inv_freq") or name.endswith(".masked_bias")


def parameters(tensors, config):
    """Parameters by name. A tied output layer is the embedding once more."""
    tied = config.get("tie_word_embeddings", False) and "model.embed_tokens.weight" in tensors
    return {
        name: each for name, each in tensors.items() if not is_buffer(name) and not (tied and name == "lm_head.weight")
    }


def check_files(folder, problems):
    for name in ("config.json",):
        path = os.path.join(folder, name)
        if not os.path.exists(path) or os.path.getsize(path) == 0:
            problems.append("%s is missing or empty" % path)
    if not any(os.path.exists(os.path.join(folder, name)) for name in TOKENIZER_FILES):
        problems.append("%s has no tokenizer: one of %s is wanted" % (folder, ", ".join(TOKENIZER_FILES)))


def load(folder, problems):
    """Parameters and config of a folder, which is looked at as a whole."""
    check_files(folder, problems)
    tensors = read_folder(folder, problems)
    config = {}
    try:
        config = config_of(folder)
    except Problem as problem:
        if os.path.exists(os.path.join(folder, "config.json")):
            problems.append(str(problem))
    return parameters(tensors, config), config


def total(tensors):
    return sum(each.items for each in tensors.values())


def fits_dtype(made, source):
    """What was kept in F32 or F16 may come back as BF16, which the conversion asks for."""
    return made == source or (made == "BF16" and source in ("F32", "F16"))


def compare(made, source, problems):
    """Names, shapes and types of two models that must be one."""
    missing, extra = set(source) - set(made), set(made) - set(source)
    if missing:
        problems.append("%d tensors of the source are missing: %s" % (len(missing), named(missing)))
    if extra:
        problems.append("%d tensors are not in the source: %s" % (len(extra), named(extra)))
    for name in sorted(set(made) & set(source)):
        new, old = made[name], source[name]
        if new.shape != old.shape:
            problems.append("%s has the shape %s; in the source it is %s" % (name, new.shape, old.shape))
        elif not fits_dtype(new.dtype, old.dtype):
            problems.append("%s is %s; in the source it is %s" % (name, new.dtype, old.dtype))


def check(folder, like, wanted, problems):
    made, config = load(folder, problems)
    if problems:
        return "%s is not whole" % folder
    # Quantised weights (the MXFP4 of GPT-OSS) are blocks and scales: neither their count nor their names are the model's.
    if config.get("quantization_config"):
        return "%s: %d tensors, whole; they are quantised, so parameters are not counted" % (folder, len(made))
    if wanted is not None and total(made) != wanted:
        problems.append("%s has %d parameters; the architecture has %d" % (folder, total(made), wanted))
    text = "%s: %d tensors, %d parameters" % (folder, len(made), total(made))
    if like is None:
        return text
    source, other = load(like, problems)
    if other.get("quantization_config"):
        return text + "; the source is quantised, so names are not compared"
    compare(made, source, problems)
    return text + ", as in %s" % like


def metadata_of(folder):
    """Name to (shape, dtype) of a torch_dist checkpoint; None where there is no torch to read it with."""
    try:
        from torch.distributed.checkpoint import FileSystemReader
    except ImportError:
        return None
    try:
        rows = FileSystemReader(folder).read_metadata().state_dict_metadata
    except Exception as error:  # a pickle may fail in any way
        raise Problem("%s/.metadata cannot be read: %s" % (folder, error))
    return {name: (list(row.size), str(row.properties.dtype)) for name, row in rows.items() if hasattr(row, "size")}


def weight_files(iteration):
    """Files of torch_dist, or of the legacy format, where each rank has a folder."""
    found = []
    for folder, _, names in os.walk(iteration):
        found.extend(os.path.join(folder, name) for name in names if name.endswith((".distcp", "model_optim_rng.pt")))
    return found


def is_weight(name):
    return "_extra_state" not in name and not name.startswith(("optimizer.", "rng_state", "rerun_state"))


def newest_iteration(folder):
    with open(os.path.join(folder, "latest_checkpointed_iteration.txt"), encoding="ascii") as file:
        text = file.read().strip()
    return os.path.join(folder, text if text == "release" else "iter_%07d" % int(text))


def padding(weights, source):
    """Items that Megatron-LM's padded vocabulary has more than the source's, over embedding and output layer."""
    more = 0
    rows = {"embedding.word_embeddings.weight": "model.embed_tokens.weight", "output_layer.weight": "lm_head.weight"}
    for name, own in rows.items():
        if name in weights and own in source:
            shape = weights[name][0]
            more += (shape[0] - source[own].shape[0]) * shape[1]
    return more


def check_megatron(folder, like, problems):
    source, config = load(like, problems)
    try:
        iteration = newest_iteration(folder)
    except (OSError, ValueError) as error:
        problems.append("%s has no tracker that names an iteration: %s" % (folder, error))
        return "%s is not whole" % folder
    files = weight_files(iteration)
    is_legacy = any(name.endswith(".pt") for name in files)
    held = sum(os.path.getsize(name) for name in files)
    if not is_legacy and not os.path.exists(os.path.join(iteration, "metadata.json")):
        problems.append("%s has no metadata.json, which is written last" % iteration)
    if config.get("quantization_config"):
        return "%s: %d files; the source is quantised, so parameters are not compared" % (iteration, len(files))
    # Two bytes a parameter: the import asks for bf16.
    if held < 2 * total(source):
        problems.append("%s holds %d bytes; %d parameters in bf16 are more" % (iteration, held, total(source)))
    rows = metadata_of(iteration) if not problems and not is_legacy else None
    if rows is None:
        why = "the legacy format has no list of names" if is_legacy else "without torch its names are not read"
        return "%s: %d files, %d bytes; %s" % (iteration, len(files), held, why)
    weights = {name: row for name, row in rows.items() if is_weight(name)}
    items = sum_items(weights) - padding(weights, source)
    if items != total(source):
        problems.append("%s holds %d parameters; its source %s has %d" % (iteration, items, like, total(source)))
    wide = [name for name, (_, dtype) in weights.items() if dtype not in ("torch.bfloat16", "torch.float32")]
    if wide:
        problems.append("%s holds weights that are not bf16: %s" % (iteration, named(wide)))
    return "%s: %d tensors, %d parameters, as in %s" % (iteration, len(weights), items, like)


def sum_items(rows):
    count = 0
    for shape, _ in rows.values():
        items = 1
        for size in shape:
            items *= size
        count += items
    return count


def copy_companions(folder, source, tokenizer):
    """What travels along: tokenizer and chat template as they are at their own place, and generation_config.json of the source."""
    copied = []
    for name in COMPANIONS:
        path = os.path.join(tokenizer, name)
        if os.path.exists(path):
            shutil.copyfile(path, os.path.join(folder, name))
            copied.append(name)
    path = os.path.join(source, "generation_config.json")
    if os.path.exists(path) and not os.path.exists(os.path.join(folder, "generation_config.json")):
        shutil.copyfile(path, os.path.join(folder, "generation_config.json"))
        copied.append("generation_config.json")
    return copied


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("check")
    one.add_argument("folder")
    one.add_argument("--parameters", type=int)
    one.add_argument("--like")
    two = commands.add_parser("megatron")
    two.add_argument("folder")
    two.add_argument("--like", required=True)
    three = commands.add_parser("complete")
    three.add_argument("folder")
    three.add_argument("--from", dest="source", required=True)
    three.add_argument("--tokenizer")
    return parser.parse_args()


def main():
    args = arguments()
    problems = []
    said = ""
    try:
        if args.command == "check":
            said = check(args.folder, args.like, args.parameters, problems)
        elif args.command == "megatron":
            said = check_megatron(args.folder, args.like, problems)
        else:
            copied = copy_companions(args.folder, args.source, args.tokenizer or args.source)
            said = "%s: %s" % (args.folder, named(copied))
    except Problem as problem:
        problems.append(str(problem))
    for problem in problems:
        print("martlet: not converted well: %s" % problem, file=sys.stderr)
    if not problems:
        print("martlet: %s" % said)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
