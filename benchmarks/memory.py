"""What max_bytes costs and keeps: runs within 100, 30, 10 and 3 % of what a plan without a cap takes, forward and with
gradients. Every run has a process of its own, so that the peak of its resident memory is that of the run: the
account's peak and the process's are both taken from after the operands are made."""

import dataclasses
import json
import math
import pathlib
import re
import statistics
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
QUICK = {
    "four matrices in a ring": ("ab,bc,cd,da->", [(700, 700)] * 4),
    "lattice 7 x 7, extent 6": lattice(7, 7, 6),
}


@dataclasses.dataclass
class Row:
    """One run: bytes that were predicted, that the account had at its peak and the process; seconds."""

    name: str
    gradients: bool
    share: float | None  # of the peak without a cap; None: no cap
    cap: int | None = None
    least: int = 0  # refused: what would do
    predicted: int = 0
    account: int = 0
    process: int = 0
    slices: int = 0
    seconds: float = 0
    planned: float = 0
    value: float = 0
    times: float = 0  # the seconds without a cap


def resident_peak():
    status = pathlib.Path("/proc/self/status").read_text()
    return 1024 * int(status.split("VmHWM:")[1].split()[0])


def planned(make):
    start = time.perf_counter()
    return make(), time.perf_counter() - start


def measured(plan, call):
    """Bytes, seconds and the value of the call of this plan in this process."""
    import ricci

    ricci.memory.empty_cache()
    pathlib.Path("/proc/self/clear_refs").write_text("5")  # forgets the peak of resident memory
    before, resident = ricci.memory.live_bytes(), resident_peak()
    ricci.memory.reset_peak()
    start = time.perf_counter()
    value = call()
    seconds = time.perf_counter() - start
    return {
        "predicted": plan.peak_bytes,
        "account": ricci.memory.peak_bytes() - before,
        "process": resident_peak() - resident,
        "seconds": seconds,
        "slices": math.prod(plan.slices.values()),
        "value": value.item(),
    }


def run(problem, gradients, cap, threads):
    """In this process; a dictionary of a Row's figures."""
    import ricci

    ricci.set_num_threads(threads)
    equation, shapes = problem
    plan, taken = planned(lambda: ricci.plan(equation, *shapes, gradients=gradients, max_bytes=cap))
    operands = [ricci.rand(*shape, seed=i) - 0.5 for i, shape in enumerate(shapes)]
    seed = ricci.ones()
    call = (lambda: plan.gradients(*operands, gradient=seed)[0]) if gradients else (lambda: plan(*operands))
    return measured(plan, call) | {"planned": taken}


@dataclasses.dataclass
class Growth:
    """Medians of seconds within a cap, in turn: the value; value and gradients by a plan; a call and backward()."""

    name: str
    cap: int
    slices: int  # of the plan with gradients
    forward: float
    gradients: float
    backward: float


def growth(name, problem, share, rounds, threads):
    """Within a share of the peak with gradients; None where nothing fits it."""
    import ricci

    ricci.set_num_threads(threads)
    equation, shapes = problem
    free = ricci.plan(equation, *shapes, gradients=True)
    cap = int(share * free.peak_bytes)
    try:
        value = ricci.plan(equation, *shapes, max_bytes=cap)
        both = ricci.plan(equation, *shapes, max_bytes=cap, gradients=True)
        operands = [ricci.rand(*shape, seed=i) - 0.5 for i, shape in enumerate(shapes)]
        leaves = [operand.clone() for operand in operands]
        for leaf in leaves:
            leaf.requires_grad = True
        seed = ricci.ones()
        calls = {
            "forward": lambda: value(*operands),
            "gradients": lambda: both.gradients(*operands, gradient=seed),
            "backward": lambda: ricci.grad(ricci.einsum(equation, *leaves, max_bytes=cap), leaves, gradient=seed),
        }
        samples = {key: [] for key in calls}
        for _ in range(rounds + 1):  # the first fetches pages
            for key, call in calls.items():
                samples[key].append(planned(call)[1])
    except ricci.BudgetError:
        return None
    medians = {key: statistics.median(times[1:]) for key, times in samples.items()}
    return Growth(name, cap, math.prod(both.slices.values()), **medians)


def in_a_process(*arguments):
    done = subprocess.run([sys.executable, __file__, json.dumps(arguments)], capture_output=True, text=True)
    if done.returncode:
        least = re.search(r"takes at least (\d+) bytes", done.stderr)
        assert least, done.stderr
        return {"least": int(least[1])}
    return json.loads(done.stdout)


def measure(name, problem, threads):
    """Rows without a cap and with each, forward and with gradients. A run that passes its cap is an error."""
    rows = []
    for gradients in (False, True):
        free = Row(name, gradients, None, **in_a_process(problem, gradients, None, threads))
        for share in SHARES:
            cap = None if share is None else int(share * free.predicted)
            row = Row(name, gradients, share, cap, **in_a_process(problem, gradients, cap, threads)) if cap else free
            row.times = row.seconds / free.seconds
            assert cap is None or row.account <= cap, row
            rows.append(row)
    return rows


if __name__ == "__main__":
    print(json.dumps(run(*json.loads(sys.argv[1]))))
