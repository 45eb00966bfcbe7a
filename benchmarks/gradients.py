"""What derivatives cost: contractions forward, and forward with all gradients, by Ricci, torch and jitted JAX turn by
turn, and the memory that each takes on the way beyond the result and the gradients."""

import dataclasses
import gc
import importlib
import os
import pathlib
import statistics
import subprocess
import sys
from collections.abc import Callable

import numpy as np
from measure import timed


@dataclasses.dataclass(frozen=True)
class Case:
    """`function(engine, *operands)` is written once for all engines; `operands` are their shapes."""

    name: str
    function: Callable
    shapes: list[tuple[int, ...]]
    bound: bool  # by arithmetic, so that all gradients should cost two more contractions for each
    torch: bool = True


def mps_norm(engine, *sites):
    """<psi|psi>: two rows of tensors (left, physical, right), one operand for each."""
    terms = []
    for row in (0, 1):
        bonds = [100 * row + i for i in range(len(sites) + 1)]
        bonds[0], bonds[-1] = 300, 301
        terms += [[bonds[i], 200 + i, bonds[i + 1]] for i in range(len(sites))]
    return engine.sublists([*sites, *sites], terms, [])


def attention(engine, query, key, value):
    scores = engine.einsum("bqhd,bkhd->bhqk", query * query.shape[-1] ** -0.5, key)
    return engine.einsum("bhqk,bkhd->bqhd", engine.softmax(scores), value)


def equation(text):
    return lambda engine, *operands: engine.einsum(text, *operands)


def cases():
    yield Case(
        "bilinear bn,anm,bm->ba 256, 128",
        equation("bn,anm,bm->ba"),
        [(256, 128), (256, 128, 128), (256, 128)],
        bound=True,
    )
    yield Case("chain of six, 512", equation("ab,bc,cd,de,ef,fg->ag"), [(512, 512)] * 6, bound=True)
    yield Case("attention 4, 256, 8, 64", attention, [(4, 256, 8, 64)] * 3, bound=False)
    yield Case(
        "norm of an MPS, 20 sites, bond 48", mps_norm, [(1, 2, 48), *[(48, 2, 48)] * 18, (48, 2, 1)], True, False
    )
    yield Case(
        "Tucker abcd,ai,bj,ck,dl->ijkl 24", equation("abcd,ai,bj,ck,dl->ijkl"), [(24,) * 4, *[(24, 24)] * 4], True
    )
    yield Case(
        "matrix-vector chain ij,jk,kl,l->i 2048", equation("ij,jk,kl,l->i"), [(2048, 2048)] * 3 + [(2048,)], False
    )


class Ricci:
    name = "Ricci"

    def __init__(self):
        self.library = importlib.import_module("ricci")
        self.library.set_num_threads(1)
        self.einsum, self.softmax = self.library.einsum, self.library.softmax

    def sublists(self, operands, terms, output):
        return self.einsum(*(part for pair in zip(operands, terms, strict=True) for part in pair), output)

    def calls(self, case, arrays, seed):
        """Functions of no arguments: forward, forward and all gradients."""
        ricci = self.library
        plain = [ricci.tensor(array) for array in arrays]
        leaves = [ricci.tensor(array, requires_grad=True) for array in arrays]
        seed = ricci.tensor(seed)

        def both():
            value = case.function(self, *leaves)
            return value.detach(), *ricci.grad(value, leaves, seed)

        return lambda: case.function(self, *plain), both

    def array(self, tensor):
        return tensor.numpy()

    def release(self):
        self.library.memory.empty_cache()


class Torch:
    name = "torch"

    def __init__(self):
        self.library = importlib.import_module("torch")
        self.library.set_num_threads(1)
        self.einsum = self.library.einsum

    def softmax(self, x):
        return self.library.softmax(x, -1)

    def calls(self, case, arrays, seed):
        torch = self.library
        plain = [torch.from_numpy(array) for array in arrays]
        leaves = [torch.from_numpy(array).clone().requires_grad_() for array in arrays]
        seed = torch.from_numpy(seed)

        def forward():
            with torch.no_grad():
                return case.function(self, *plain)

        def both():
            with torch.enable_grad():
                value = case.function(self, *leaves)
                return value.detach(), *torch.autograd.grad(value, leaves, seed)

        return forward, both

    def array(self, tensor):
        return tensor.numpy()

    def release(self):
        pass


class Jax:
    name = "JAX"

    def __init__(self):
        self.library = importlib.import_module("jax")

    def einsum(self, text, *operands):
        return self.library.numpy.einsum(text, *operands, precision="highest")

    def sublists(self, operands, terms, output):
        pairs = (part for pair in zip(operands, terms, strict=True) for part in pair)
        return self.library.numpy.einsum(*pairs, output, precision="highest")

    def softmax(self, x):
        return self.library.nn.softmax(x)

    def calls(self, case, arrays, seed):
        jax = self.library
        operands, seed = [jax.numpy.asarray(array) for array in arrays], jax.numpy.asarray(seed)

        def value_and_gradients(seed, *xs):
            value, pullback = jax.vjp(lambda *ys: case.function(self, *ys), *xs)
            return value, *pullback(seed)

        forward, both = jax.jit(lambda *xs: case.function(self, *xs)), jax.jit(value_and_gradients)
        return (
            lambda: jax.block_until_ready(forward(*operands)),
            lambda: jax.block_until_ready(both(seed, *operands)),
        )

    def array(self, tensor):
        return np.asarray(tensor)

    def release(self):
        pass


ENGINES = {engine.name: engine for engine in (Ricci, Torch, Jax)}


def make_engines():
    """Ricci and those of the two rivals that are installed."""
    engines = []
    for engine in ENGINES.values():
        try:
            engines.append(engine())
        except ImportError as error:
            print(f"{engine.name} is skipped: {error}", file=sys.stderr)
    return engines


@dataclasses.dataclass
class Result:
    case: Case
    forward: dict[str, float]  # seconds by the engine's name
    both: dict[str, float]
    ratio: dict[str, float]  # of the better rival's time to Ricci's, median of the rounds: "forward", "both"
    growth: float  # Ricci's time with all gradients over forward alone, median of the rounds
    extra: dict[str, float]  # MiB at the peak beyond result and gradients, by the engine's name


def operands_of(case):
    generator = np.random.default_rng(0)
    return [generator.standard_normal(shape).astype("float32") * shape[-1] ** -0.5 for shape in case.shapes]


def measure(case, engines, rounds, sample_seconds):
    """Every engine turn by turn, forward and with gradients; results that differ are an error."""
    arrays, calls, expected = operands_of(case), {}, None
    shape = engines[0].array(engines[0].calls(case, arrays, np.zeros((), "float32"))[0]()).shape
    seed = np.random.default_rng(1).standard_normal(shape).astype("float32")
    for engine in engines:
        if engine.name == "torch" and not case.torch:
            continue
        calls[engine.name] = engine.calls(case, arrays, seed)
        got = [np.array(engine.array(tensor)) for tensor in calls[engine.name][1]()]
        expected = expected or got
        for mine, other in zip(expected, got, strict=True):
            np.testing.assert_allclose(other, mine, rtol=0, atol=2e-4 * np.abs(mine).max(), err_msg=engine.name)
    counts = {n: [max(1, int(sample_seconds / timed(call, 1))) for call in pair] for n, pair in calls.items()}
    samples = {name: ([], []) for name in calls}
    for _ in range(rounds):
        for which in (0, 1):
            for name, pair in calls.items():
                samples[name][which].append(timed(pair[which], counts[name][which]))
    seconds = [{name: statistics.median(s[which]) for name, s in samples.items()} for which in (0, 1)]
    ratio = {}
    for which, word in enumerate(("forward", "both")):
        rivals = {name: s for name, s in seconds[which].items() if name != "Ricci"}
        if rivals:
            best = samples[min(rivals, key=rivals.get)][which]
            ratio[word] = statistics.median(b / own for b, own in zip(best, samples["Ricci"][which], strict=True))
    growth = statistics.median(b / f for f, b in zip(*samples["Ricci"], strict=True))
    return Result(case, *seconds, ratio, growth, {name: extra_memory(case, name) for name in calls})


def resident(what):
    line = next(x for x in pathlib.Path("/proc/self/status").read_text().splitlines() if x.startswith(what))
    return int(line.split()[1]) / 1024


def extra_memory(case, name):
    """MiB, in a process whose allocator gives memory back: the peak of the second run, beyond what it returns."""
    command = [sys.executable, __file__, name, case.name]
    environment = {**os.environ, "MALLOC_MMAP_THRESHOLD_": "65536", "MALLOC_TRIM_THRESHOLD_": "0"}
    return float(subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout)


def report_memory(name, title):
    case, engine = next(c for c in cases() if c.name == title), ENGINES[name]()
    arrays = operands_of(case)
    shape = engine.array(engine.calls(case, arrays, np.zeros((), "float32"))[0]()).shape
    both = engine.calls(case, arrays, np.ones(shape, "float32"))[1]
    both()
    gc.collect()
    engine.release()
    pathlib.Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew
    before = resident("VmRSS")
    returned = both()
    print(resident("VmHWM") - before - sum(engine.array(t).nbytes for t in returned) / 2**20)


if __name__ == "__main__":
    report_memory(*sys.argv[1:])
