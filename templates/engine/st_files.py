"""Weight files of the hub (safetensors), read and written by their headers alone. Python 3.8 and its standard library.

A file is the length of its header (8 bytes, little endian), the header (JSON: name to dtype, shape, data_offsets), then the data
without a gap. A large model has several files, and an index that says which tensor is in which.
"""

import json
import os
import struct

INDEX = "model.safetensors.index.json"
SINGLE = "model.safetensors"
ITEM_BYTES = {"F64": 8, "I64": 8, "U64": 8, "F32": 4, "I32": 4, "U32": 4, "F16": 2, "BF16": 2, "I16": 2, "U16": 2}
ITEM_BYTES.update({"I8": 1, "U8": 1, "BOOL": 1, "F8_E4M3": 1, "F8_E5M2": 1, "F8_E8M0": 1})
# The format's own limit (safetensors, MAX_HEADER_SIZE).
LONGEST_HEADER = 100_000_000
SHOWN = 5


class Problem(Exception):
    """Something a person has to know, as a sentence."""


class Tensor:
    """One row of a header. begin and end are bytes of the file."""

    def __init__(self, name, path, dtype, shape, begin, end):
        self.name, self.path, self.dtype, self.shape, self.begin, self.end = name, path, dtype, shape, begin, end

    @property
    def items(self):
        count = 1
        for size in self.shape:
            count *= size
        return count

    def read(self, first=0, count=None):
        """Bytes of `count` rows (of the first dimension) from row `first`; all of them without it."""
        rows = self.shape[0] if self.shape else 1
        width = (self.end - self.begin) // max(1, rows)
        with open(self.path, "rb") as file:
            file.seek(self.begin + first * width)
            wanted = (rows - first if count is None else count) * width
            data = file.read(wanted)
        if len(data) != wanted:
            raise Problem("%s ends in the middle of %s" % (self.path, self.name))
        return data


def named(names):
    """A few of many names."""
    names = sorted(names)
    more = ", and %d more" % (len(names) - SHOWN) if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def read_json(path):
    try:
        with open(path, encoding="utf-8") as file:
            value = json.load(file)
    except (OSError, ValueError) as error:
        raise Problem("%s cannot be read: %s" % (path, error))
    if not isinstance(value, dict):
        raise Problem("%s holds no map" % path)
    return value


def row_of(name, row, path, start):
    """A header's row as a Tensor whose bytes fit its dtype and shape."""
    try:
        dtype, shape, (begin, end) = row["dtype"], list(row["shape"]), row["data_offsets"]
        tensor = Tensor(name, path, dtype, shape, start + begin, start + end)
        wanted = tensor.items * ITEM_BYTES[dtype]
    except (KeyError, TypeError, ValueError):
        raise Problem("%s: the header's row of %s is not understood: %s" % (path, name, json.dumps(row)[:120]))
    if end - begin != wanted:
        raise Problem("%s: %s has %d bytes; %s of shape %s has %d" % (path, name, end - begin, dtype, shape, wanted))
    return tensor


def read_header(path):
    """The tensors of one file by name; raises Problem unless header and data fit each other to the byte."""
    try:
        size = os.path.getsize(path)
        with open(path, "rb") as file:
            head = file.read(8)
            length = struct.unpack("<Q", head)[0] if len(head) == 8 else -1
            text = file.read(length) if 0 < length <= min(size - 8, LONGEST_HEADER) else b""
    except OSError as error:
        raise Problem("%s cannot be read: %s" % (path, error.strerror))
    if not text:
        raise Problem("%s has %d bytes, too few for its header: it is cut off or no safetensors file" % (path, size))
    try:
        rows = json.loads(text.decode("utf-8"))
    except ValueError:
        raise Problem("%s: its header is no JSON" % path)
    rows.pop("__metadata__", None)
    tensors = {name: row_of(name, row, path, 8 + length) for name, row in rows.items()}
    at = 8 + length
    for tensor in sorted(tensors.values(), key=lambda each: (each.begin, each.end)):
        if tensor.begin != at:
            raise Problem("%s: %s begins at byte %d, not at %d" % (path, tensor.name, tensor.begin, at))
        at = tensor.end
    if at != size:
        what = "cut off" if size < at else "too long"
        raise Problem("%s is %s: it has %d bytes, and its header asks for %d" % (path, what, size, at))
    return tensors


def read_index(folder):
    """Tensor name to file name, by the index; nothing for a folder of one file."""
    path = os.path.join(folder, INDEX)
    if not os.path.exists(path):
        return None
    weight_map = read_json(path).get("weight_map")
    if not isinstance(weight_map, dict) or not weight_map:
        raise Problem("%s has no weight_map" % path)
    outside = [name for name in weight_map.values() if not isinstance(name, str) or os.path.basename(name) != name]
    if outside:
        raise Problem("%s names a file outside of its folder: %s" % (path, outside[0]))
    return weight_map


def shards_of(folder, weight_map):
    if weight_map is not None:
        return sorted(set(weight_map.values()))
    if os.path.exists(os.path.join(folder, SINGLE)):
        return [SINGLE]
    if not os.path.isdir(folder):
        raise Problem("%s is no folder" % folder)
    pickled = [name for name in os.listdir(folder) if name.endswith(".bin")]
    why = "; %s holds pickled weights, which are not read" % pickled[0] if pickled else ""
    raise Problem("%s has neither %s nor %s%s" % (folder, INDEX, SINGLE, why))


def read_folder(folder, problems):
    """All tensors of a folder by name; what is wrong with it is added to `problems`."""
    tensors = {}
    try:
        weight_map = read_index(folder)
        shards = shards_of(folder, weight_map)
    except Problem as problem:
        problems.append(str(problem))
        return tensors
    for shard in shards:
        path = os.path.join(folder, shard)
        if not os.path.exists(path):
            problems.append("%s is missing, and %s names it" % (path, INDEX))
            continue
        try:
            found = read_header(path)
        except Problem as problem:
            problems.append(str(problem))
            continue
        twice = [name for name in found if name in tensors]
        if twice:
            problems.append("%s repeats tensors of another file: %s" % (path, named(twice)))
        tensors.update(found)
        if weight_map is not None:
            problems.extend(against_index(shard, path, found, weight_map))
    return tensors


def against_index(shard, path, found, weight_map):
    absent = [name for name, file in weight_map.items() if file == shard and name not in found]
    if absent:
        yield "%s lacks tensors that %s puts there: %s" % (path, INDEX, named(absent))
    unknown = [name for name in found if weight_map.get(name) != shard]
    if unknown:
        yield "%s has tensors that %s does not put there: %s" % (path, INDEX, named(unknown))


def write_shard(path, tensors, chunks_of):
    """One safetensors file; `tensors` are (name, dtype, shape, bytes), `chunks_of(name)` gives their data in order."""
    header, at = {"__metadata__": {"format": "pt"}}, 0
    for name, dtype, shape, size in tensors:
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [at, at + size]}
        at += size
    text = json.dumps(header, separators=(",", ":")).encode("utf-8")
    # The data begins at a multiple of 8 (safetensors pads its header with blanks).
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for name, _, _, size in tensors:
            written = sum(file.write(chunk) for chunk in chunks_of(name))
            if written != size:
                raise Problem("%s: %s has %d bytes, not %d" % (path, name, written, size))


def copy_chunks(tensor, size=1 << 24):
    with open(tensor.path, "rb") as file:
        file.seek(tensor.begin)
        left = tensor.end - tensor.begin
        while left > 0:
            data = file.read(min(size, left))
            if not data:
                raise Problem("%s ends in the middle of %s" % (tensor.path, tensor.name))
            left -= len(data)
            yield data


def write_index(folder, weight_map, size):
    with open(os.path.join(folder, INDEX), "w", encoding="utf-8") as file:
        json.dump({"metadata": {"total_size": size}, "weight_map": weight_map}, file, indent=2, sort_keys=True)
