"""What max_bytes costs and keeps: a table of runs within 100, 30, 10 and 3 % of what a plan without a cap takes.

usage: tools/benchmark_memory [--threads N] [NAME...]

Every run has a process of its own, so that the peak of its resident memory is that of the run: the account's peak and
the process's are both taken from after the operands are made. Ratios of time are to the run without a cap.
"""

import argparse
import json
import math
import pathlib
import subprocess
import sys
import time

SHARES = (None, 1.0, 0.3, 0.1, 0.03)


def lattice(rows, columns, extent):
    """A lattice of tensors, each bond of this extent, contracted to a number."""
    bonds, names = {}, []

    def bond(a, b):
        return bonds.setdefault((a, b), chr(0x100 + len(bonds)))

    for r in range(rows):
        for c in range(columns):
            ends = [((r, c - 1), (r, c)), ((r - 1, c), (r, c)), ((r, c), (r, c + 1)), ((r, c), (r + 1, c))]
            names.append("".join(bond(a, b) for a, b in ends if min(a) >= 0 and b[0] < rows and b[1] < columns))
    return ",".join(names) + "->", [(extent,) * len(name) for name in names]


PROBLEMS = {
    "four matrices in a ring": ("ab,bc,cd,da->", [(3000, 3000)] * 4),
    "lattice 7 x 7, extent 8": lattice(7, 7, 8),
    "four tensors": ("abc,cde,efa,bdf->", [(90, 110, 100), (100, 95, 105), (105, 115, 90), (110, 95, 115)]),
}


def resident_peak():
    status = pathlib.Path("/proc/self/status").read_text()
    return 1024 * int(status.split("VmHWM:")[1].split()[0])


def run(name, gradients, share, free_peak, threads):
    import ricci

    ricci.set_num_threads(threads)
    equation, shapes = PROBLEMS[name]
    start = time.perf_counter()
    cap = None if share is None else int(share * free_peak)
    plan = ricci.plan(equation, *shapes, gradients=gradients, max_bytes=cap)
    planned = time.perf_counter() - start
    operands = [ricci.rand(*shape, seed=i) - 0.5 for i, shape in enumerate(shapes)]
    seed = ricci.ones()
    ricci.memory.empty_cache()
    pathlib.Path("/proc/self/clear_refs").write_text("5")  # forgets the peak of resident memory
    before, resident = ricci.memory.live_bytes(), resident_peak()
    ricci.memory.reset_peak()
    start = time.perf_counter()
    value = plan.gradients(*operands, gradient=seed)[0] if gradients else plan(*operands)
    seconds = time.perf_counter() - start
    return {
        "predicted": plan.peak_bytes,
        "account": ricci.memory.peak_bytes() - before,
        "process": resident_peak() - resident,
        "seconds": seconds,
        "planned": planned,
        "slices": math.prod(plan.slices.values()),
        "value": value.item(),
    }


def in_a_process(*arguments):
    done = subprocess.run([sys.executable, __file__, "--one", json.dumps(arguments)], capture_output=True, text=True)
    if done.returncode:
        return {"error": done.stderr.strip().splitlines()[-1].strip()}
    return json.loads(done.stdout)


def mib(count):
    return f"{count / 2**20:.1f}"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=list(PROBLEMS))
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(run(*json.loads(options.one))))
        return
    print("| contraction | | cap | predicted | account | process | slices | time | planning |")
    print("|---|---|---|---|---|---|---|---|---|")
    for name in options.names:
        for gradients in (False, True):
            free = in_a_process(name, gradients, None, None, options.threads)
            for share in SHARES:
                row = (
                    free if share is None else in_a_process(name, gradients, share, free["predicted"], options.threads)
                )
                cap = "none" if share is None else f"{share * 100:.0f} %: {mib(share * free['predicted'])}"
                kind = "gradients" if gradients else "forward"
                if "error" in row:
                    print(f"| {name} | {kind} | {cap} | refused: {row['error']} |||||||", flush=True)
                    continue
                sizes = " | ".join(mib(row[key]) for key in ("predicted", "account", "process"))
                ratio = row["seconds"] / free["seconds"]
                planned = f"{row['planned']:.2f} s"
                print(f"| {name} | {kind} | {cap} | {sizes} | {row['slices']} | {ratio:.2f} | {planned} |", flush=True)


if __name__ == "__main__":
    main()
