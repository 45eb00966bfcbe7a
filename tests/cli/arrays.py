"""Arrays for the command-line tests without NumPy: nested lists of Python numbers, npy bytes, a naive einsum."""
import itertools
import random
import struct

CODES = {"<f8": "d", "<f4": "f", "<i8": "q", "<i4": "i", "|u1": "B", "|b1": "?", "<c16": "dd"}


def count(shape):
    total = 1
    for extent in shape:
        total *= extent
    return total


def npy(shape, values, descr="<f8"):
    """The bytes of an npy file; `values` in row-major order."""
    literal = "{'descr': '%s', 'fortran_order': False, 'shape': %s, }" % (descr, tuple(shape))
    literal += " " * (-(len(literal) + 11) % 64) + "\n"
    if descr == "<c16":
        values = [part for value in values for part in (value.real, value.imag)]
        data = struct.pack("<%dd" % len(values), *values)
    else:
        data = struct.pack("<%d%s" % (len(values), CODES[descr]), *values)
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(literal)) + literal.encode() + data


def read_npy(data):
    """Shape, values and dtype code of row- or column-major npy bytes."""
    assert data[:8] == b"\x93NUMPY\x01\x00", data[:20]
    length = struct.unpack("<H", data[8:10])[0]
    header = eval(data[10 : 10 + length].decode(), {"__builtins__": {}})  # written by the program under test
    body, shape, code = data[10 + length :], header["shape"], CODES[header["descr"]]
    n = count(shape)
    flat = list(struct.unpack("<%d%s" % (n * len(code), code[0]), body))
    if len(code) == 2:
        flat = [complex(re, im) for re, im in zip(flat[::2], flat[1::2])]
    if header["fortran_order"]:
        places = itertools.product(*(range(e) for e in shape[::-1]))
        by_index = {index[::-1]: value for index, value in zip(places, flat)}
        flat = [by_index[index] for index in itertools.product(*(range(e) for e in shape))]
    return tuple(shape), flat, header["descr"]


class Array:
    """Values in row-major order with a shape."""

    def __init__(self, shape, values=None, seed=0):
        self.shape = tuple(shape)
        draw = random.Random(seed)
        self.values = list(values) if values is not None else [draw.uniform(-1, 1) for _ in range(count(shape))]

    def __getitem__(self, index):
        flat = 0
        for i, extent in zip(index, self.shape):
            flat = flat * extent + (0 if extent == 1 else i)
        return self.values[flat]


def naive_einsum(equation, arrays, sizes=None):
    """Single letters, an explicit output, extents of 1 broadcast, labels repeated or broadcast in the output."""
    terms, output = equation.replace(" ", "").split("->")
    terms = terms.split(",")
    extents = dict(sizes or {})
    for term, array in zip(terms, arrays):
        for label, extent in zip(term, array.shape):
            extents[label] = max(extents.get(label, 0), extent) if extent != 0 else 0
    labels = sorted(extents)
    shape = [extents[label] for label in output]
    sums = {index: 0 for index in itertools.product(*(range(e) for e in shape))}
    for assignment in itertools.product(*(range(extents[label]) for label in labels)):
        at = dict(zip(labels, assignment))
        product = 1
        for term, array in zip(terms, arrays):
            product *= array[[at[label] for label in term]]
        sums[tuple(at[label] for label in output)] += product
    return Array(shape, [sums[index] for index in itertools.product(*(range(e) for e in shape))])
