"""Arrays for the command-line tests without NumPy: nested lists of Python numbers, npy bytes, a naive einsum."""
import itertools
import random
import re
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

    def __init__(self, shape, values=None, seed=0, of_complex=False):
        self.shape = tuple(shape)
        draw = random.Random(seed)
        if values is None:
            values = [draw.uniform(-1, 1) + (1j * draw.uniform(-1, 1) if of_complex else 0) for _ in range(count(shape))]
        self.values = list(values)

    def __getitem__(self, index):
        flat = 0
        for i, extent in zip(index, self.shape):
            flat = flat * extent + (0 if extent == 1 else i)
        return self.values[flat]


def labels_of(term, rank):
    """The labels of a term with its ellipsis spread over the axes left, and whether it is conjugated."""
    tokens = re.findall(r"\.\.\.|\{\s*\w+\s*\}|\*|\w", term)
    names = [token.strip("{} \t") for token in tokens if token != "*"]
    if "..." in names:
        at, spread = names.index("..."), rank - len(names) + 1
        names[at : at + 1] = [(-spread + i,) for i in range(spread)]  # lined up from the right
    return names, "*" in tokens


def implicit_output(terms):
    seen = [name for names, _ in terms for name in names]
    once = sorted({name for name in seen if isinstance(name, str) and seen.count(name) == 1})
    return sorted({name for name in seen if isinstance(name, tuple)}) + once


def naive_einsum(equation, arrays, sizes=None):
    """The sum over all points, by the definition."""
    inputs, arrow, written = equation.partition("->")
    terms = [labels_of(term, len(array.shape)) for term, array in zip(inputs.split(","), arrays)]
    spread = sorted({name for names, _ in terms for name in names if isinstance(name, tuple)})
    plain = len(labels_of(written.replace("...", ""), 0)[0])
    output = labels_of(written, plain + len(spread))[0] if arrow else implicit_output(terms)
    found = {}
    for (names, _), array in zip(terms, arrays):
        for name, extent in zip(names, array.shape):
            found.setdefault(name, set()).add(extent)
    extents = {name: next(iter(values - {1}), 1) for name, values in found.items()}
    for name, extent in (sizes or {}).items():
        extents[name] = extent
    labels, shape = list(extents), [extents[name] for name in output]
    sums = {index: 0 for index in itertools.product(*(range(e) for e in shape))}
    for point in itertools.product(*(range(extents[name]) for name in labels)):
        at = dict(zip(labels, point))
        product = 1
        for (names, conjugated), array in zip(terms, arrays):
            value = array[[at[name] for name in names]]
            product *= value.conjugate() if conjugated else value
        sums[tuple(at[name] for name in output)] += product
    return Array(shape, [sums[index] for index in itertools.product(*(range(e) for e in shape))])


def read_equations(path):
    """The rows of the table of equations: equation, shapes, sizes."""
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        fields = [field.strip() for field in line.split("|")] + [""]
        shapes = [tuple(int(e) for e in re.findall(r"\d+", text)) for text in re.findall(r"\(.*?\)", fields[1])]
        yield fields[0], shapes, {name: int(extent) for name, extent in (pair.split("=") for pair in fields[2].split())}
