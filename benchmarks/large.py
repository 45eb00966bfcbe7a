"""Networks that take gigabytes, run to the end within max_bytes and held against NumPy along another order.

An amplitude of a random circuit (gates of Arute et al., Nature 574, 505, 2019, on a grid of qubits) in complex64, and
the number of perfect matchings of a random 3-regular graph in float64, which is exact: every tensor is 1 where one of
its edges is chosen and 0 elsewhere; or networks from files, with random numbers. Every run has a process of its own.
"""

import dataclasses
import functools
import json
import math
import subprocess
import sys
import time

import memory
import networks
import numpy as np
from paths import log10_flops, read

FSIM_ANGLES = math.pi / 2, math.pi / 6
SLICED = 3  # labels that NumPy's run fixes one by one, which keeps it to some gigabytes


@dataclasses.dataclass
class Result:
    """Bytes that were predicted, that the account had at its peak and the process; seconds."""

    name: str
    max_bytes: int
    predicted: int
    account: int
    process: int
    slices: int
    planned: float
    expected_seconds: float  # by the plan
    seconds: float
    log10_flops: float
    value: complex
    reference: complex
    reference_seconds: float

    @property
    def difference(self):
        return abs(self.value - self.reference) / abs(self.reference)


def fsim():
    theta, phi = FSIM_ANGLES
    gate = np.eye(4, dtype="complex128")
    gate[1:3, 1:3] = [[math.cos(theta), -1j * math.sin(theta)], [-1j * math.sin(theta), math.cos(theta)]]
    gate[3, 3] = np.exp(-1j * phi)
    return gate


def half_turns():
    """The square roots of X, Y and W = (X + Y) / sqrt 2: a quarter turn about each axis."""
    x, y = np.array([[0, 1], [1, 0]], "complex128"), np.array([[0, -1j], [1j, 0]])
    return [(np.eye(2) - 1j * axis) / math.sqrt(2) for axis in (x, y, (x + y) / math.sqrt(2))]


def amplitude(network):
    """Zeros at the ends, and at each place of two qubits a gate that follows a random half turn of either."""
    generator, turns = np.random.default_rng(0), half_turns()
    arrays = []
    for labels in network.inputs:
        if len(labels) == 1:
            arrays.append(np.array([1, 0], "complex64"))
            continue
        before = np.kron(*(turns[i] for i in generator.integers(3, size=2)))
        arrays.append((fsim() @ before).reshape(2, 2, 2, 2).astype("complex64"))
    return arrays


def matchings(network):
    """One where exactly one edge of the vertex is chosen."""
    return [(np.indices(shape).sum(0) == 1).astype("float64") for shape in network.shapes]


def random_signs(network):
    """Complex numbers whose sums stay near 1."""
    generator, arrays = np.random.default_rng(0), []
    for shape in network.shapes:
        values = generator.standard_normal((2, *shape)) / math.sqrt(2 * math.prod(shape) ** 0.5)
        arrays.append((values[0] + 1j * values[1]).astype("complex64"))
    return arrays


def problems(quick, files=()):
    """Networks by name with their tensors and max_bytes."""
    if files:
        return {n.name: (n, random_signs(n), 4 * 2**30) for n in map(read, files)}
    if quick:
        circuit, graph, cap = networks.circuit(4, 5, 8), networks.three_regular(70), 20_000
    else:
        circuit, graph, cap = networks.circuit(11, 5, 12, qubits=53), networks.three_regular(220), 4 * 2**30
    return {
        f"amplitude, {circuit.name}": (circuit, amplitude(circuit), cap),
        f"perfect matchings, {graph.name}": (graph, matchings(graph), cap),
    }


def run(name, quick, files, threads, seconds):
    """By Ricci; figures for a Result."""
    import ricci

    ricci.set_num_threads(threads)
    network, arrays, cap = problems(quick, files)[name]
    dtype = str(arrays[0].dtype)
    plan, planned = memory.planned(
        lambda: ricci.plan(network.equation, *network.shapes, dtype=dtype, max_bytes=cap, seconds=seconds)
    )
    operands = [ricci.tensor(array) for array in arrays]
    figures = memory.measured(plan, lambda: plan(*operands))
    value = complex(figures.pop("value"))
    return figures | {
        "planned": planned,
        "value": (value.real, value.imag),
        "expected_seconds": plan.predicted_seconds,
        "log10_flops": math.log10(plan.flops),
    }


def by_numpy(name, quick, files):
    """The value and the seconds it takes NumPy, along an order of its own, in slices, in twice the precision."""
    import ricci

    network, arrays, _ = problems(quick, files)[name]
    arrays = [array.astype("complex128" if array.dtype.kind == "c" else "float64") for array in arrays]
    orders = [ricci.path(network.inputs, (), network.sizes, method="dissection", seed=s, seconds=2) for s in (101, 102)]
    path = min(orders, key=lambda order: log10_flops(network, order))
    fixed = busiest_labels(network, path)
    inputs = [tuple(label for label in labels if label not in fixed) for labels in network.inputs]
    step = functools.partial(np.einsum, optimize=True)
    contract, start, total = networks.pairwise(step, inputs, (), path), time.perf_counter(), 0
    for at in np.ndindex(*(network.sizes[label] for label in fixed)):
        chosen = dict(zip(fixed, at, strict=True))
        parts = [
            array[tuple(chosen.get(label, slice(None)) for label in labels)]
            for labels, array in zip(network.inputs, arrays, strict=True)
        ]
        total += contract(parts)
    total = complex(total)
    return {"reference": (total.real, total.imag), "reference_seconds": time.perf_counter() - start}


def busiest_labels(network, path):
    """Those of the largest result along the path that the most steps carry."""
    left, results = [set(labels) for labels in network.inputs], []
    for pair in path:
        taken = [left.pop(i) for i in sorted(pair, reverse=True)]
        kept = set().union(*taken) & set(network.output).union(*left)
        left.append(kept)
        results.append(kept)
    largest = max(results, key=len)
    return sorted(largest, key=lambda label: -sum(label in result for result in results))[:SLICED]


def measure(name, quick, threads, files=(), seconds=None):
    def in_a_process(function, *arguments):
        command = [sys.executable, __file__, function, json.dumps([name, quick, files, *arguments])]
        return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)

    figures = in_a_process("run", threads, seconds) | in_a_process("by_numpy")
    for key in ("value", "reference"):
        figures[key] = complex(*figures[key])
    result = Result(name, problems(quick, files)[name][2], **figures)
    assert result.account <= result.max_bytes, result
    assert result.difference < 1e-4, result  # float32 through hundreds of products
    return result


if __name__ == "__main__":
    print(json.dumps(globals()[sys.argv[1]](*json.loads(sys.argv[2]))))
