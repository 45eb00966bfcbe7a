"""Ricci against its rivals. Run by tools/bench (make bench, make bench-quick), which sets the environment."""

import argparse
import os
import pathlib
import platform
import sys

import cases
import dtypes
import gradients
import large
import measure
import memory
import networks
import paths
import report
import uses
from engines import make_engines

GROUPS = (*cases.GROUPS, "dtypes", "gradients", "networks", "paths", "memory", "large", "uses")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smaller sizes and fewer samples: three minutes or less")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--warmed", action="store_true", help="malloc keeps what is freed: rivals need no fresh pages")
    parser.add_argument("--group", action="append", choices=GROUPS, help="only these groups")
    parser.add_argument("--network", action="append", help="JSON files that the groups paths and large take instead")
    parser.add_argument("--ricci", required=True, help="the command-line tool, which measures the machine's limits")
    parser.add_argument("--out", type=pathlib.Path, required=True, help="folder of the table and the plot")
    return parser.parse_args()


def machine():
    try:
        lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def contractions(groups, engines, quick):
    rounds, seconds = (7, 0.002) if quick else (15, 0.02)
    results = []
    for group in groups:
        for case in cases.GROUPS[group](quick):
            result = measure.measure(case, engines, rounds, seconds)
            results.append(result)
            ratio = f"{result.ratio:5.2f} of {result.best_rival}" if result.ratio else "no rival"
            print(
                f"{group:7} {case.name:42} {case.dtype:10} {report.rate(case, result.seconds['Ricci']):>14}  {ratio}",
                flush=True,
            )
    return results


def precisions(quick):
    results = []
    for name, equation, shapes in dtypes.contractions(quick):
        results += dtypes.measure(name, equation, shapes, *((5, 0.005) if quick else (15, 0.05)))
        print(f"dtypes {name:42}", *(f"{r.dtype} {1e3 * r.seconds:.3g} ms" for r in results[-4:]), flush=True)
    return results


def derivatives(quick):
    engines, results = gradients.make_engines(), []
    for case in gradients.cases():
        results.append(gradients.measure(case, engines, *((5, 0.01) if quick else (21, 0.05))))
        print(f"gradients {case.name:42} {results[-1].ratio}", flush=True)
    return results


def contracted_networks(quick):
    results = []
    for network in networks.cases(quick):
        results.append(networks.measure(network, 5 if quick else 15))
        print(f"networks {network.name:42} {results[-1].ratio}", *results[-1].faults, flush=True)
    return results


def orders(quick, files):
    finders, missing = paths.make_finders()
    results = []
    for network in map(paths.read, files) if files else paths.cases(quick):
        results.append(paths.measure(network, finders, paths.budgets(quick)))
        found = {
            name: [f"{cost:.2f}" for (n, _), (cost, _) in results[-1].found.items() if n == name] for name in finders
        }
        print(f"paths {network.name:42}", *(f"{name} {' '.join(costs)}" for name, costs in found.items()), flush=True)
    return [*report.paths(results), "", *missing]


def budgets(quick, threads):
    rows = []
    for name, problem in (memory.QUICK if quick else memory.PROBLEMS).items():
        rows += memory.measure(name, problem, threads)
        print(f"memory {name}: {sum(bool(row.least) for row in rows)} refused", flush=True)
    problems = (memory.QUICK if quick else memory.PROBLEMS).items()
    grown = [memory.growth(name, problem, s, 3, threads) for name, problem in problems for s in (1, 0.3, 0.1)]
    return report.memory(rows) + report.growths([growth for growth in grown if growth])


def whole_networks(quick, threads, files):
    results = []
    for name in large.problems(quick, files):
        results.append(large.measure(name, quick, threads, files))
        print(f"large {name}: {results[-1].seconds:.1f} s, {results[-1].value}", flush=True)
    return report.large(results)


def shown_use(name, threads):
    result = uses.measure(name, 3, threads)
    print(f"uses {name:15} {result.seconds} {result.reached}", flush=True)
    return result


def main():
    options = arguments()
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: options.threads])
    roofline = measure.Roofline.measured(options.ricci, options.threads)
    engines, missing = make_engines(options.threads)
    for line in missing:
        print(line, file=sys.stderr)
    wanted = options.group or GROUPS
    results = contractions([g for g in cases.GROUPS if g in wanted], engines, options.quick)
    sections = []
    if "dtypes" in wanted:
        sections += report.dtypes(precisions(options.quick))
    if "gradients" in wanted:
        sections += report.gradients(derivatives(options.quick))
    if "networks" in wanted:
        sections += report.networks(contracted_networks(options.quick))
    if "paths" in wanted:
        sections += orders(options.quick, options.network)
    if "memory" in wanted:
        sections += budgets(options.quick, options.threads)
    if "large" in wanted:
        sections += whole_networks(options.quick, options.threads, options.network or [])
    if "uses" in wanted and not options.quick and any(engine.name == "torch" for engine in engines):
        sections += report.uses([shown_use(name, options.threads) for name in uses.NAMES])
    command = "tools/bench" + " --quick" * options.quick + " --warmed" * options.warmed
    options.out.mkdir(parents=True, exist_ok=True)
    text = report.markdown(results, engines, missing, roofline, command, machine(), options.threads)
    text += "\n".join(sections)
    stem = f"{'quick' if options.quick else 'full'}{'_warmed' * options.warmed}_{options.threads}"
    (options.out / f"{stem}.md").write_text(text)
    (options.out / f"{stem}.svg").write_text(report.svg(results))
    print(f"\n{chr(10).join([*report.summary(results), *sections])}\n\nwritten: {options.out / stem}.md and .svg")


if __name__ == "__main__":
    main()
