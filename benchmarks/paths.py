"""Orders against search time: log10 of the scalar multiplications of what each finder gives in so many seconds on one
core, counted here from its path. Labels are whole numbers, as in networks.Network."""

import dataclasses
import importlib.util
import json
import math
import pathlib
import time

import networks

import ricci

TRIALS = "by trials"  # the search that ends by itself


@dataclasses.dataclass
class Result:
    network: networks.Network
    found: dict[tuple[str, float | str], tuple[float, float]]  # by finder and seconds: log10 of flops, seconds taken

    def leads(self, seconds):
        """By how much, in log10, Ricci's order is cheaper than the best of the rivals' in the same time."""
        rivals = [cost for (name, given), (cost, _) in self.found.items() if given == seconds and name != "Ricci"]
        return min(rivals) - self.found["Ricci", seconds][0] if rivals else None


def log10_flops(network, path):
    """Of a linear path, by the definition."""
    logs = {label: math.log2(size) for label, size in network.sizes.items()}
    holders = dict.fromkeys(network.sizes, 0)
    for labels in [*network.inputs, network.output]:
        for label in labels:
            holders[label] += 1
    left, flops = [frozenset(labels) for labels in network.inputs], []
    for pair in path:
        taken = [left.pop(i) for i in sorted(pair, reverse=True)]
        together = frozenset().union(*taken)
        flops.append(sum(logs[label] for label in together))
        for label in together:
            holders[label] -= sum(label in labels for labels in taken)
        kept = frozenset(label for label in together if holders[label])
        for label in kept:
            holders[label] += 1
        left.append(kept)
    assert len(left) == 1
    top = max(flops)
    return (top + math.log2(sum(2.0 ** (f - top) for f in flops))) * math.log10(2)


def read(file):
    """A network from JSON: "inputs" (label numbers of each tensor), "output", and "sizes" by label number."""
    data = json.loads(pathlib.Path(file).read_text())
    sizes = data["sizes"]
    sizes = dict(enumerate(sizes)) if isinstance(sizes, list) else {int(k): v for k, v in sizes.items()}
    return networks.Network(pathlib.Path(file).stem, [tuple(x) for x in data["inputs"]], tuple(data["output"]), sizes)


def by_ricci(network, seconds):
    return ricci.path(network.inputs, network.output, network.sizes, seconds=seconds)


def spelled(network):
    """Inputs, output and sizes with a character for each label."""
    names = {label: chr(0x4E00 + i) for i, label in enumerate(network.sizes)}
    inputs = [[names[label] for label in labels] for labels in network.inputs]
    return inputs, [names[x] for x in network.output], {names[x]: n for x, n in network.sizes.items()}


def make_cotengra():
    """Hyper-optimized, with its reconfiguration of subtrees; KaHyPar's partitions where that is installed."""
    cotengra = importlib.import_module("cotengra")
    methods = ["kahypar", "greedy"] if importlib.util.find_spec("kahypar") else ["labels", "greedy"]

    def find(network, seconds):
        optimizer = cotengra.HyperOptimizer(
            methods=methods, max_time=seconds, max_repeats=10**6, parallel=False, reconf_opts={}
        )
        return optimizer.search(*spelled(network)).get_path()

    return find


def make_cotengrust():
    """Random greedy, in batches of 32 trials."""
    search = importlib.import_module("cotengrust").optimize_random_greedy_track_flops

    def find(network, seconds):
        best, start, seed = None, time.perf_counter(), 0
        while not best or time.perf_counter() - start < seconds:
            found = search(*spelled(network), ntrials=32, seed=seed)
            best, seed = min(best or found, found, key=lambda x: x[1]), seed + 1
        return best[0]

    return find


def make_sesum():
    compute_path = importlib.import_module("sesum.sr").compute_path

    def find(network, seconds):
        inputs, output, _ = spelled(network)
        equation = ",".join(map("".join, inputs)) + "->" + "".join(output)
        options = {"minimize": "flops", "max_repeats": 0, "max_time": seconds, "threads": 1}
        return compute_path(equation, *network.shapes, algorithm="kahypar", **options)[0]

    return find


RIVALS = {"cotengra": make_cotengra, "cotengrust": make_cotengrust, "sesum": make_sesum}


def make_finders():
    """Functions of a network and seconds by name, and a line about each rival that is not installed."""
    finders, missing = {"Ricci": by_ricci}, []
    for name, make in RIVALS.items():
        try:
            finders[name] = make()
        except ImportError as error:
            missing.append(f"{name} is skipped: {error}")
    return finders, missing


def cases(quick):
    if quick:
        return [networks.three_regular(100), networks.lattice(8, 8), networks.circuit(5, 5, 8)]
    return [
        networks.three_regular(220),
        networks.three_regular(500),
        networks.lattice(16, 16),
        networks.lattice(6, 6, 6),
        networks.lattice(4, 4, 4, 4),
        networks.mixed_extents(networks.three_regular(100), (2, 3)),
        networks.tree(200),
        networks.circuit(6, 6, 12),
        networks.circuit(7, 7, 16),
        networks.three_regular(10_000),
    ]


def budgets(quick):
    return (0.5,) if quick else (1.0, 10.0)


def measure(network, finders, seconds):
    """One network by all finders; rivals are not asked for thousands of tensors, which take them minutes."""
    asked = finders if len(network.inputs) <= 1000 else {"Ricci": by_ricci}
    found = {}
    for name, find in asked.items():
        for given in (*seconds, TRIALS) if name == "Ricci" else seconds:
            start = time.perf_counter()
            path = find(network, None if given == TRIALS else given)
            found[name, given] = (log10_flops(network, path), time.perf_counter() - start)
    return Result(network, found)
