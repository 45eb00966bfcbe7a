"""Orders of networks against search time, in log10 of scalar multiplications; cotengra's beside them with --rivals.

Run: tools/benchmark_paths [--seconds 1,10] [--method NAME] [--rivals] [--grown N,...] FILE.json...
A file holds "inputs" (label numbers of each tensor), "output" and "sizes" (by label number). --grown times the
greedy and the default search on random 3-regular networks of so many tensors instead.
"""

import argparse
import json
import math
import os
import pathlib
import time

import networks

import ricci


def log10_flops(inputs, output, sizes, path):
    """Of a linear path, counted here by the definition."""
    logs = {label: math.log2(size) for label, size in sizes.items()}
    holders = dict.fromkeys(sizes, 0)
    for labels in [*inputs, output]:
        for label in labels:
            holders[label] += 1
    left, flops = [frozenset(labels) for labels in inputs], []
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
    data = json.loads(pathlib.Path(file).read_text())
    sizes = data["sizes"]
    sizes = dict(enumerate(sizes)) if isinstance(sizes, list) else {int(k): v for k, v in sizes.items()}
    return [tuple(labels) for labels in data["inputs"]], tuple(data["output"]), sizes


def by_ricci(network, seconds, method, seed):
    return ricci.path(*network, method=method, seconds=seconds, seed=seed)


def by_cotengra(network, seconds):
    import cotengra

    optimizer = cotengra.HyperOptimizer(
        methods=["kahypar", "greedy"], max_time=seconds, max_repeats=10**6, parallel=False, reconf_opts={}
    )
    return optimizer.search(*network).get_path()


def measured(find, network, *options):
    start = time.perf_counter()
    path = find(network, *options)
    taken = time.perf_counter() - start
    return f"{log10_flops(*network, path):.2f} ({taken:.1f} s)"


def compare(files, budgets, method, seeds, rivals):
    heads = [f"Ricci {s:g} s" for s in budgets] + ["Ricci by trials"] + [f"cotengra {s:g} s" for s in budgets if rivals]
    print("| network | tensors |", " | ".join(heads), "|\n|---|---|" + "---|" * len(heads))
    for file in files:
        network = read(file)
        cells = []
        for seconds in [*budgets, None]:
            found = [measured(by_ricci, network, seconds, method, r) for r in range(seeds)]
            cells.append(", ".join(found))
        if rivals:
            cells += [measured(by_cotengra, network, seconds) for seconds in budgets]
        print("|", pathlib.Path(file).stem, "|", len(network[0]), "|", " | ".join(cells), "|", flush=True)


def grow(sizes):
    print("| tensors | greedy | with seconds=1 |\n|---|---|---|")
    for n in sizes:
        generated = networks.three_regular(n)
        network = generated.inputs, generated.output, generated.sizes
        cells = []
        for options in ({"method": "greedy", "seconds": 0}, {"seconds": 1}):
            start = time.perf_counter()
            path = ricci.path(*network, **options)
            taken = time.perf_counter() - start
            cells.append(f"10^{log10_flops(*network, path):.1f} in {taken:.2f} s")
        print(f"| {n} | {' | '.join(cells)} |", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("files", nargs="*")
    parser.add_argument("--seconds", default="1,10")
    parser.add_argument("--method", default="auto")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--rivals", action="store_true")
    parser.add_argument("--grown", default="")
    options = parser.parse_args()
    ricci.set_num_threads(int(os.environ.get("THREADS", "1")))
    if options.grown:
        grow([int(n) for n in options.grown.split(",")])
    if options.files:
        budgets = [float(s) for s in options.seconds.split(",") if s]
        compare(options.files, budgets, options.method, options.seeds, options.rivals)


if __name__ == "__main__":
    main()
