"""Two builds of Ricci against each other: the same contractions, in a process each, sample by sample in turn.

    compare.py BEFORE AFTER [--quick] [--group NAME]... [--rounds N]

BEFORE and AFTER are folders that have the package `ricci`. All runs on one core. Prints a line for each case, and for
each group the geometric mean of the medians' ratios: above 1, AFTER is quicker.
"""

import argparse
import collections
import json
import math
import os
import statistics
import subprocess
import sys
import time

import cases
import measure
import numpy as np
from engines import Ricci


def serve(quick):
    """Times the case that each line names: its group, its number there and the seconds of a sample."""
    engine = Ricci(threads=1)
    known = {group: list(make(quick)) for group, make in cases.GROUPS.items()}
    at, call, count = None, None, 1
    for line in sys.stdin:
        group, number, seconds = json.loads(line)
        if at != (group, number):
            at, case = (group, number), known[group][number]
            generator = np.random.default_rng(0)
            operands = [engine.operand(measure.random_array(generator, s, case.dtype)) for s in case.shapes]
            shape = tuple(case.extents[label] for label in case.terms[1])
            out = engine.operand(np.zeros(shape, case.dtype)) if case.reused else None
            call = engine.call(case, operands, out)
            call()
            start, count = time.perf_counter(), 1
            call()
            count = max(1, int(seconds / (time.perf_counter() - start)))
        print(measure.timed(call, count), flush=True)


class Worker:
    def __init__(self, folder, quick):
        environment = dict(os.environ, PYTHONPATH=folder, PYTHONDONTWRITEBYTECODE="1")
        command = [sys.executable, __file__, "--serve", *(["--quick"] if quick else [])]
        self.process = subprocess.Popen(
            command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def time(self, *what):
        print(json.dumps(what), file=self.process.stdin, flush=True)
        return float(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def medians_of(workers, group, number, rounds, seconds):
    samples = [[], []]
    for turn in range(rounds):
        for i in (0, 1) if turn % 2 else (1, 0):
            samples[i].append(workers[i].time(group, number, seconds))
    return map(statistics.median, samples)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", help="BEFORE and AFTER")
    parser.add_argument("--quick", action="store_true", help="smaller sizes and shorter samples")
    parser.add_argument("--group", action="append", choices=cases.GROUPS, help="only these groups")
    parser.add_argument("--rounds", type=int, default=9, help="samples of each build")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        return serve(options.quick)
    if len(options.folders) != 2:
        parser.error("name two folders that have the package ricci: before, after")
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})  # on one core: no other differs from it
    workers = [Worker(folder, options.quick) for folder in options.folders]
    ratios = collections.defaultdict(list)
    for group in options.group or cases.GROUPS:
        for number, case in enumerate(cases.GROUPS[group](options.quick)):
            before, after = medians_of(workers, group, number, options.rounds, 0.005 if options.quick else 0.02)
            ratios[group].append(before / after)
            print(
                f"{group:7} {case.name:42} {case.dtype:10} {before:.3e} s {after:.3e} s {before / after:6.2f}",
                flush=True,
            )
    for worker in workers:
        worker.close()
    for group, found in ratios.items():
        mean = math.exp(statistics.fmean(map(math.log, found)))
        print(
            f"{group:7} {len(found):3} cases, geometric mean {mean:.3f}, least {min(found):.2f}, most {max(found):.2f}"
        )


if __name__ == "__main__":
    main()
