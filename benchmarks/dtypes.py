"""Speed against error of the real dtypes: people choose one by it. The truth is the contraction of what was drawn."""

import dataclasses
import importlib
import math
import statistics

import numpy as np
from measure import timed

DTYPES = ("float16", "bfloat16", "float32", "float64")
KINDS = {"standard normal": lambda g, shape: g.standard_normal(shape), "uniform": lambda g, shape: g.random(shape)}


@dataclasses.dataclass
class Result:
    name: str
    dtype: str
    seconds: float
    flops: int  # 2 for each multiplication, that of an outer product too
    bytes: int
    errors: dict[str, float]  # by the kind of numbers: root mean square, relative to that of the truth


def contractions(quick):
    n, b = (256, 64) if quick else (1024, 256)
    yield f"`ij,jk->ik` {n}", "ij,jk->ik", [(n, n), (n, n)]
    yield f"`bi,bj->bij` {b} x {b}^2", "bi,bj->bij", [(b, b), (b, b)]


def truth(equation, arrays):
    """Some rows of the result in long double, which holds float64's errors."""
    wide = [array.astype(np.longdouble) for array in arrays]
    if equation == "ij,jk->ik":
        return np.stack([wide[0][i] @ wide[1] for i in rows_of(arrays)])
    return np.einsum(equation, *wide)[rows_of(arrays)]


def rows_of(arrays):
    """A few rows of the result stand for all: long double has no fast product."""
    return np.linspace(0, arrays[0].shape[0] - 1, 16).astype(int)


def error(got, wanted):
    off = got.astype(np.longdouble) - wanted
    return float(np.sqrt(np.mean(off**2)) / np.sqrt(np.mean(wanted**2)))


def measure(name, equation, shapes, rounds, sample_seconds):
    """One contraction in every dtype, turn by turn: float64 numbers rounded to it, and the result against that of the
    numbers before."""
    ricci = importlib.import_module("ricci")
    generator = np.random.default_rng(0)
    drawn = {kind: [draw(generator, shape) for shape in shapes] for kind, draw in KINDS.items()}
    wanted = {kind: truth(equation, arrays) for kind, arrays in drawn.items()}
    calls, results = {}, []
    for dtype in DTYPES:
        errors = {}
        for kind, arrays in drawn.items():
            operands = [ricci.tensor(array).to(dtype) for array in arrays]
            y = ricci.einsum(equation, *operands)
            errors[kind] = error(y.to("float64").numpy()[rows_of(arrays)], wanted[kind])
            calls[dtype] = lambda operands=operands: ricci.einsum(equation, *operands)
        moved = sum(x.nbytes for x in operands) + y.nbytes
        products = math.prod(
            {
                label: n
                for term, s in zip(equation.split("->")[0].split(","), shapes, strict=True)
                for label, n in zip(term, s, strict=True)
            }.values()
        )
        results.append(Result(name, dtype, 0.0, 2 * products, moved, errors))
    counts = {dtype: max(1, int(sample_seconds / timed(call, 1))) for dtype, call in calls.items()}
    samples = {dtype: [] for dtype in calls}
    for _ in range(rounds):
        for dtype, call in calls.items():
            samples[dtype].append(timed(call, counts[dtype]))
    return [dataclasses.replace(r, seconds=statistics.median(samples[r.dtype])) for r in results]
