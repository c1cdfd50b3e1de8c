"""Makes a mixture of experts of a dense Hugging Face model (Drop-Upcycling, arXiv 2502.19261): every expert begins as the dense
feed-forward block, with a fraction of its intermediate units, drawn for each expert, begun anew from a normal distribution with the
mean and the deviation of the weights they replace; the same units in all three matrices. Python 3.8 and its standard library only.

    upcycle.py --base FOLDER --experts N --top-k K --ratio R --seed S --router-std D --form mixtral|qwen3_moe --to FOLDER [--jobs N]

Ratio 0 copies (naive upcycling). A layer's numbers follow from the seed, the layer and the expert, so they are the same with any
number of processes; each layer becomes one file.
"""

import argparse
import array
import math
import multiprocessing
import os
import random
import re
import sys

import float_bytes
import hf_folder
import st_files
from grow_vocabulary import write_config
from st_files import Problem

LAYER = re.compile(r"^model\.layers\.(\d+)\.(.+)$")
# gate, up, down of the dense block, and their names in each form. gate and up hold a unit's weights in a row, down in a column.
DENSE = ("mlp.gate_proj.weight", "mlp.up_proj.weight", "mlp.down_proj.weight")
FORMS = {
    "mixtral": ("block_sparse_moe.experts.%d.%s.weight", ("w1", "w3", "w2"), "block_sparse_moe.gate.weight"),
    "qwen3_moe": ("mlp.experts.%d.%s.weight", ("gate_proj", "up_proj", "down_proj"), "mlp.gate.weight"),
}


def drawn_units(dice, units, ratio):
    """floor(ratio x units) of them, without repetition."""
    return sorted(dice.sample(range(units), int(math.floor(ratio * units + 1e-9))))


def moments(values):
    mean = math.fsum(values) / len(values)
    return mean, math.sqrt(math.fsum((each - mean) ** 2 for each in values) / len(values))


def redrawn_rows(data, shape, dtype, drawn, dice):
    """gate or up with the drawn rows begun anew."""
    width = len(data) // shape[0]
    held = array.array("d")
    for row in drawn:
        held.extend(float_bytes.floats_of(data[row * width : (row + 1) * width], dtype))
    mean, deviation = moments(held)
    made = bytearray(data)
    for row in drawn:
        fresh = [dice.gauss(mean, deviation) for _ in range(shape[1])]
        made[row * width : (row + 1) * width] = float_bytes.bytes_of(fresh, dtype)
    return bytes(made)


def redrawn_columns(data, shape, dtype, drawn, dice):
    """down with the drawn columns begun anew."""
    size = st_files.ITEM_BYTES[dtype]
    width = shape[1] * size
    held = array.array("d")
    for row in range(shape[0]):
        values = float_bytes.floats_of(data[row * width : (row + 1) * width], dtype)
        held.extend([values[column] for column in drawn])
    mean, deviation = moments(held)
    made = bytearray(data)
    for row in range(shape[0]):
        fresh = float_bytes.bytes_of([dice.gauss(mean, deviation) for _ in drawn], dtype)
        for nth, column in enumerate(drawn):
            at = row * width + column * size
            made[at : at + size] = fresh[nth * size : (nth + 1) * size]
    return bytes(made)


def expert(layer, number, dense, args):
    """The three matrices of one expert, as bytes in the order of DENSE."""
    dice = random.Random("%d/%d/%d" % (args.seed, layer, number))
    drawn = drawn_units(dice, dense[0].shape[0], args.ratio)
    for tensor in dense:
        data = tensor.read()
        if not drawn:
            yield data
        elif tensor is dense[2]:
            yield redrawn_columns(data, tensor.shape, tensor.dtype, drawn, dice)
        else:
            yield redrawn_rows(data, tensor.shape, tensor.dtype, drawn, dice)


def router(layer, shape, dtype, args):
    dice = random.Random("%d/%d/router" % (args.seed, layer))
    return float_bytes.bytes_of([dice.gauss(0.0, args.router_std) for _ in range(shape[0] * shape[1])], dtype)


def layer_rows(layer, tensors, args):
    """(name, dtype, shape, bytes) of a layer's new file, and what makes each one's data."""
    pattern, names, gate = FORMS[args.form]
    dense = [tensors[each] for each in DENSE]
    prefix = "model.layers.%d." % layer
    rows, sources = [], {}
    for name, tensor in sorted(tensors.items()):
        if name not in DENSE:
            rows.append((prefix + name, tensor.dtype, tensor.shape, tensor.end - tensor.begin))
            sources[prefix + name] = tensor
    shape = [args.experts, dense[0].shape[1]]
    size = shape[0] * shape[1] * st_files.ITEM_BYTES[dense[0].dtype]
    rows.append((prefix + gate, dense[0].dtype, shape, size))
    for number in range(args.experts):
        for tensor, own in zip(dense, names):
            rows.append((prefix + pattern % (number, own), tensor.dtype, tensor.shape, tensor.end - tensor.begin))
    return rows, sources


def write_layer(task):
    """One layer's file; the names in it."""
    layer, tensors, path, args = task
    rows, sources = layer_rows(layer, tensors, args)
    dense = [tensors[each] for each in DENSE]
    experts = (data for number in range(args.experts) for data in expert(layer, number, dense, args))
    gate = "model.layers.%d.%s" % (layer, FORMS[args.form][2])

    def chunks(name):
        if name in sources:
            return st_files.copy_chunks(sources[name])
        if name == gate:
            return [router(layer, [args.experts, dense[0].shape[1]], dense[0].dtype, args)]
        return [next(experts)]

    st_files.write_shard(path, rows, chunks)
    return [row[0] for row in rows], sum(row[3] for row in rows)


def split(tensors):
    """Tensors of each layer by their name in it, and those of no layer."""
    layers, others = {}, {}
    for name, tensor in tensors.items():
        found = LAYER.match(name)
        if hf_folder.is_buffer(name):
            continue
        if found:
            layers.setdefault(int(found.group(1)), {})[found.group(2)] = tensor
        else:
            others[name] = tensor
    return layers, others


def check_layers(layers, base):
    if not layers:
        raise Problem("%s has no tensors called model.layers.N" % base)
    for layer, tensors in sorted(layers.items()):
        missing = [name for name in DENSE if name not in tensors]
        if missing:
            raise Problem("layer %d of %s has no %s: it is no dense model of the Llama form" % (layer, base, missing[0]))
        gate, up, down = (tensors[name] for name in DENSE)
        if gate.shape != up.shape or down.shape != gate.shape[::-1]:
            raise Problem("the feed-forward matrices of layer %d do not fit each other: %s" % (layer, gate.shape))


def new_config(config, args):
    made = dict(config)
    made["num_experts_per_tok"] = args.top_k
    if args.form == "mixtral":
        made.update(architectures=["MixtralForCausalLM"], model_type="mixtral", num_local_experts=args.experts)
        # Mixtral's own meaning of null is full attention; a Llama has no such key.
        made.setdefault("sliding_window", None)
        made.setdefault("router_aux_loss_coef", 0.02)
    else:
        made.update(architectures=["Qwen3MoeForCausalLM"], model_type="qwen3_moe", num_experts=args.experts)
        made.update(moe_intermediate_size=config["intermediate_size"], norm_topk_prob=True, decoder_sparse_step=1)
    return made


def upcycle(args):
    problems = []
    hf_folder.check_files(args.base, problems)
    tensors = st_files.read_folder(args.base, problems)
    if problems:
        raise Problem(problems[0])
    config = hf_folder.config_of(args.base)
    layers, others = split(tensors)
    check_layers(layers, args.base)
    os.makedirs(args.to, exist_ok=True)
    names = ["model-%05d-of-%05d.safetensors" % (nth + 1, len(layers) + 1) for nth in range(len(layers) + 1)]
    tasks = [(layer, layers[layer], os.path.join(args.to, names[nth]), args) for nth, layer in enumerate(sorted(layers))]
    with multiprocessing.Pool(min(args.jobs, len(tasks))) as pool:
        done = pool.map(write_layer, tasks, chunksize=1)
    weight_map = {name: names[nth] for nth, (found, _) in enumerate(done) for name in found}
    rows = [(each.name, each.dtype, each.shape, each.end - each.begin) for each in others.values()]
    st_files.write_shard(os.path.join(args.to, names[-1]), rows, lambda name: st_files.copy_chunks(others[name]))
    weight_map.update({name: names[-1] for name in others})
    st_files.write_index(args.to, weight_map, sum(size for _, size in done) + sum(row[3] for row in rows))
    write_config(args.to, new_config(config, args))
    hf_folder.copy_companions(args.to, args.base, args.base)
    return "%d experts in %d layers; %s of each begun anew" % (args.experts, len(layers), args.ratio)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("--base", "--to"):
        parser.add_argument(name, required=True)
    for name in ("--experts", "--top-k", "--seed"):
        parser.add_argument(name, type=int, required=True)
    for name in ("--ratio", "--router-std"):
        parser.add_argument(name, type=float, required=True)
    parser.add_argument("--form", choices=sorted(FORMS), required=True)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    return parser.parse_args()


def main():
    args = arguments()
    try:
        print("martlet: %s: %s" % (args.to, upcycle(args)))
    except Problem as problem:
        print("martlet: the model cannot be upcycled: %s" % problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
