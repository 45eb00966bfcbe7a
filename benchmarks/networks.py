"""Networks of many small tensors, contracted along one path by everybody: Ricci's plan, and rivals step by step."""

import dataclasses
import importlib
import itertools
import math
import random
import statistics

import numpy as np
from measure import timed


@dataclasses.dataclass(frozen=True)
class Network:
    """Labels are whole numbers: those of each tensor, of the output, and their extents."""

    name: str
    inputs: list[tuple[int, ...]]
    output: tuple[int, ...]
    sizes: dict[int, int]

    @property
    def shapes(self):
        return [tuple(self.sizes[label] for label in labels) for labels in self.inputs]

    @property
    def equation(self):
        terms = ["".join(f"{{{label}}}" for label in labels) for labels in [*self.inputs, self.output]]
        return f"{','.join(terms[:-1])}->{terms[-1]}"


@dataclasses.dataclass
class Result:
    network: Network
    flops: float
    predicted: float
    seconds: dict[str, float]  # by the engine's name
    faults: list[str]

    @property
    def best_rival(self):
        return min((n for n in self.seconds if n != "Ricci"), key=self.seconds.get, default=None)

    @property
    def ratio(self):
        return self.seconds[self.best_rival] / self.seconds["Ricci"] if self.best_rival else None


def of_edges(name, nodes, edges, extent):
    inputs = [[] for _ in range(nodes)]
    for label, (a, b) in enumerate(edges):
        inputs[a].append(label)
        inputs[b].append(label)
    return Network(name, [tuple(labels) for labels in inputs], (), dict.fromkeys(range(len(edges)), extent))


def three_regular(n):
    """A random graph of n vertices with three edges each, as a pairing of their ends without loops."""
    ends = [v for v in range(n) for _ in range(3)]
    random.Random(n).shuffle(ends)
    edges = [(a, b) for a, b in zip(ends[::2], ends[1::2], strict=True) if a != b]
    return of_edges(f"3-regular graph, {n}", n, edges, 2)


def lattice(*shape):
    places = list(itertools.product(*map(range, shape)))
    number = {place: i for i, place in enumerate(places)}
    edges = [
        (number[place], number[(*place[:axis], place[axis] + 1, *place[axis + 1 :])])
        for place in places
        for axis in range(len(shape))
        if place[axis] + 1 < shape[axis]
    ]
    return of_edges(f"lattice {'x'.join(map(str, shape))}", len(places), edges, 2)


def tree(n):
    """Every vertex hangs on an earlier one; extents from 4 to 9."""
    choose = random.Random(n)
    edges = [(v, choose.randrange(max(0, v - 6), v)) for v in range(1, n)]
    network = of_edges(f"tree, {n}", n, edges, 2)
    return dataclasses.replace(network, sizes={label: choose.randrange(4, 10) for label in network.sizes})


def circuit(rows, columns, depth, qubits=None):
    """An amplitude of gates on the edges of a grid, in four turns: zeros, gates of two qubits, zeros. The last places
    of the grid are empty where there are fewer qubits."""
    name = f"circuit {rows}x{columns}, depth {depth}" if not qubits else f"circuit of {qubits} qubits, depth {depth}"
    qubits = qubits or rows * columns
    fresh = itertools.count()
    open_label = [next(fresh) for _ in range(qubits)]
    inputs = [(label,) for label in open_label]
    for layer in range(depth):
        down, odd = layer // 2 % 2, layer % 2
        for row, column in itertools.product(range(rows), range(columns)):
            if (row if down else column) % 2 != odd:
                continue
            other = (row + down, column + 1 - down)
            if other[0] < rows and other[1] < columns:
                pair = [row * columns + column, other[0] * columns + other[1]]
                if max(pair) >= qubits:
                    continue
                before = [open_label[q] for q in pair]
                for q in pair:
                    open_label[q] = next(fresh)
                inputs.append((*(open_label[q] for q in pair), *before))
    inputs += [(label,) for label in open_label]
    return Network(name, inputs, (), dict.fromkeys(range(next(fresh)), 2))


def mixed_extents(network, extents):
    """The same network with extents drawn from these."""
    choose = random.Random(len(network.inputs))
    return dataclasses.replace(
        network,
        name=f"{network.name}, extents {min(extents)} to {max(extents)}",
        sizes={label: choose.choice(extents) for label in network.sizes},
    )


def cases(quick):
    yield three_regular(100)
    yield lattice(16, 16)
    yield tree(150)
    yield circuit(5, 5, 8)
    if not quick:
        yield three_regular(150)
        yield circuit(6, 6, 10)


def pairwise(contract, inputs, output, path):
    """A function of the operands that follows a path by contract(equation, a, b); letters are given out per step."""
    left = [(i, labels) for i, labels in enumerate(inputs)]
    steps, made = [], itertools.count(len(inputs))
    for pair in path:
        taken = [left.pop(i) for i in sorted(pair, reverse=True)]
        still = set(output).union(*(labels for _, labels in left))
        kept = tuple(dict.fromkeys(label for _, labels in taken for label in labels if label in still))
        kept = tuple(output) if not left else kept
        letters = dict(zip(dict.fromkeys(x for _, labels in taken for x in labels), LETTERS, strict=False))
        word = ["".join(letters[x] for x in labels) for labels in (*(labels for _, labels in taken), kept)]
        result = next(made)
        steps.append((f"{','.join(word[:-1])}->{word[-1]}", [i for i, _ in taken], result))
        left.append((result, kept))

    def run(operands):
        values = dict(enumerate(operands))
        for equation, taken, result in steps:
            values[result] = contract(equation, *(values.pop(i) for i in taken))
        return values[result]

    return run


LETTERS = "".join(map(chr, [*range(97, 123), *range(65, 91)]))


def replays(network, path, arrays):
    """Functions of no arguments by engine; a rival that is missing is left out."""
    ricci = importlib.import_module("ricci")
    labelled = [part for labels, array in zip(network.inputs, arrays, strict=True) for part in (array, list(labels))]
    plan = ricci.plan(network.equation, *network.shapes, dtype="float32", optimize=path)
    own = [ricci.tensor(array) for array in labelled[::2]]
    calls = {"Ricci": lambda: plan(*own).numpy()}

    def numpy_step(text, a, b):
        return np.einsum(text, a, b, optimize=True)

    run = pairwise(numpy_step, network.inputs, network.output, path)
    calls["NumPy"] = lambda: run(arrays)
    try:
        torch = importlib.import_module("torch")
        run_torch = pairwise(torch.einsum, network.inputs, network.output, path)
        tensors = [torch.from_numpy(array) for array in arrays]
        calls["torch"] = lambda: run_torch(tensors).numpy()
    except ImportError:
        pass
    try:
        sesum = importlib.import_module("sesum.sr").sesum
        run_sesum = pairwise(sesum, network.inputs, network.output, path)
        calls["sesum"] = lambda: run_sesum(arrays)
    except ImportError:
        pass
    return plan, calls


def measure(network, rounds):
    ricci = importlib.import_module("ricci")
    path = ricci.path(network.inputs, network.output, network.sizes)
    generator = np.random.default_rng(0)
    # Random signs keep the result near 1 over thousands of sums.
    arrays = [
        (generator.standard_normal(shape) / math.sqrt(math.prod(shape) ** 0.5)).astype("float32")
        for shape in network.shapes
    ]
    plan, calls = replays(network, path, arrays)
    faults, expected = [], None
    for name, call in list(calls.items()):
        try:
            got = float(np.asarray(call()).reshape(-1)[0])
        except Exception as error:  # a rival may not take so many axes
            faults.append(f"{name}: {type(error).__name__}")
            del calls[name]
            continue
        expected = got if expected is None else expected
        if not math.isclose(got, expected, rel_tol=1e-2, abs_tol=1e-30):
            faults.append(f"{name}: another result")
            del calls[name]
    samples = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            samples[name].append(timed(call, 1))
    return Result(
        network, plan.flops, plan.predicted_seconds, {n: statistics.median(s) for n, s in samples.items()}, faults
    )
