"""The table of equations, and a plain einsum over it: every product of every point, by NumPy's multiply and sum."""

import ast
import pathlib
import re
from dataclasses import dataclass

import numpy as np

INTEGERS = ["uint8", "int8", "int16", "int32", "int64"]
DTYPES = ["bool", *INTEGERS, "float16", "float32", "float64", "complex64", "complex128"]
TABLE = pathlib.Path(__file__).parent.parent / "equations.txt"


@dataclass(frozen=True)
class Row:
    equation: str
    shapes: tuple
    sizes: tuple

    def __str__(self):
        return f"{self.equation} {' '.join(map(str, self.shapes))}"


def rows():
    out = []
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        equation, shapes, *sizes = line.split("|")
        found = tuple(ast.literal_eval(text) for text in re.findall(r"\([^)]*\)", shapes))
        pairs = tuple((name, int(size)) for name, size in re.findall(r"(\w+)=(\d+)", sizes[0] if sizes else ""))
        out.append(Row(equation.strip(), found, pairs))
    assert len(out) > 100
    return out


def tokens(term):
    """Labels of a term, '...' among them, and whether it is conjugated."""
    term = re.sub(r"\s+", "", term)
    conjugated = term.endswith("*")
    labels = re.findall(r"\.\.\.|\{[^}]*\}|.", term.removesuffix("*"))
    return [label.strip("{}") for label in labels], conjugated


def expand(labels, rank, most):
    """The ellipsis as labels of its own, counted from the right."""
    if "..." not in labels:
        return labels
    at = labels.index("...")
    hidden = rank - (len(labels) - 1)
    return labels[:at] + [f"...{k}" for k in range(most - hidden, most)] + labels[at + 1 :]


def parse(equation, shapes):
    inputs, arrow, output = equation.partition("->")
    terms = [tokens(term) for term in inputs.split(",")]
    most = max((len(s) - (len(t) - 1) for (t, _), s in zip(terms, shapes, strict=True) if "..." in t), default=0)
    labels = [expand(t, len(s), most) for (t, _), s in zip(terms, shapes, strict=True)]
    if arrow:
        out = expand(tokens(output)[0], most + len(tokens(output)[0]) - 1, most)
    else:
        flat = [label for term in labels for label in term]
        hidden = [f"...{k}" for k in range(most)]
        out = hidden + sorted({label for label in flat if flat.count(label) == 1 and not label.startswith("...")})
    return labels, [conjugated for _, conjugated in terms], out


def on_axes(array, labels, order, extents):
    """The operand over all labels: diagonals taken, axes in order, extent 1 read everywhere."""
    seen = []
    for axis in reversed(range(len(labels))):
        if labels[axis] in labels[:axis]:
            first = labels.index(labels[axis])
            array = np.diagonal(array, axis1=first, axis2=axis)
            array = np.moveaxis(array, -1, first)
            labels = labels[:axis] + labels[axis + 1 :]
    seen = [label for label in order if label in labels]
    array = np.transpose(array, [labels.index(label) for label in seen])
    shape = [array.shape[seen.index(label)] if label in seen else 1 for label in order]
    return np.broadcast_to(array.reshape(shape), [extents[label] for label in order])


def einsum(equation, *arrays, sizes=(), conjugate=None):
    """sum over all points of the product of the operands; `conjugate` overrides the equation's flags."""
    labels, flags, out = parse(equation, [a.shape for a in arrays])
    extents = dict(sizes)
    for term, array in zip(labels, arrays, strict=True):
        for label, extent in zip(term, array.shape, strict=True):
            if extents.get(label, 1) == 1:
                extents[label] = extent
    kept = list(dict.fromkeys(out))
    order = kept + [label for label in extents if label not in kept and any(label in term for term in labels)]
    product = np.ones([extents[label] for label in order], dtype=np.result_type(*arrays))
    for term, array, flag in zip(labels, arrays, conjugate or flags, strict=True):
        product = product * on_axes(array.conj() if flag else array, term, order, extents)
    total = product.sum(axis=tuple(range(len(kept), len(order))), dtype=product.dtype)
    if len(kept) == len(out):
        return total
    result = np.zeros([extents[label] for label in out], dtype=total.dtype)
    for index in np.ndindex(total.shape):
        result[tuple(index[kept.index(label)] for label in out)] = total[index]
    return result


def operands(row, dtype, seed=0):
    rng = np.random.default_rng(seed)
    dtype = np.dtype(dtype)
    if dtype.kind in "iu":
        return [rng.integers(-9 if dtype.kind == "i" else 0, 10, shape).astype(dtype) for shape in row.shapes]
    parts = [rng.uniform(-1, 1, shape) for shape in row.shapes]
    if dtype.kind == "c":
        parts = [p + 1j * rng.uniform(-1, 1, p.shape) for p in parts]
    return [np.asarray(p).astype(dtype) for p in parts]


def bound(row, arrays, unit):
    """What rounding may do to each element: the terms added and multiplied, times the sum of their magnitudes."""
    magnitude = einsum(row.equation.replace("*", ""), *[np.abs(a).astype(np.float64) for a in arrays], sizes=row.sizes)
    points = max((int(np.prod([max(1, n) for n in a.shape])) for a in arrays), default=1)
    return 4 * (points + len(arrays)) * unit * magnitude
