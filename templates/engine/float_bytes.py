"""Weights as numbers and back: F32, F16 and BF16 in little-endian bytes. Python 3.8 and its standard library."""

import array
import struct
import sys

from st_files import Problem


def floats_of(data, dtype):
    """Little-endian bytes as doubles."""
    if dtype == "BF16":
        wide = bytearray(2 * len(data))
        wide[2::4], wide[3::4] = data[0::2], data[1::2]
        return array.array("d", little(array.array("f"), bytes(wide)))
    if dtype == "F32":
        return array.array("d", little(array.array("f"), data))
    if dtype == "F16":
        return array.array("d", struct.unpack("<%de" % (len(data) // 2), data))
    raise Problem("weights of type %s are not read; F32, F16 and BF16 are" % dtype)


def little(values, data):
    values.frombytes(data)
    if sys.byteorder == "big":
        values.byteswap()
    return values


def bytes_of(values, dtype):
    """Doubles as little-endian bytes, rounded to nearest, ties to even; bf16 by way of single precision, as torch does it."""
    if dtype == "F16":
        return struct.pack("<%de" % len(values), *values)
    single = little_bytes(array.array("f", values))
    if dtype == "F32":
        return single
    # More than half in the lower 16 bits, or half below an odd number, carries over.
    words = little(array.array("I"), single)
    halves = array.array("H", [(word + 0x7FFF + ((word >> 16) & 1)) >> 16 & 0xFFFF for word in words])
    return little_bytes(halves)


def little_bytes(values):
    if sys.byteorder == "big":
        values = array.array(values.typecode, values)
        values.byteswap()
    return values.tobytes()
