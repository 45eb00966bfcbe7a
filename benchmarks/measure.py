"""How it is measured: the engines turn by turn in one process, each sample some milliseconds of calls, medians."""

import dataclasses
import json
import statistics
import subprocess
import time

import numpy as np


@dataclasses.dataclass
class Result:
    case: object
    seconds: dict[str, float]  # by the engine's name
    faults: list[str]
    predicted: float | None = None  # Ricci's seconds, by its plan; none for a result that is there already

    @property
    def best_rival(self):
        rivals = {name: s for name, s in self.seconds.items() if name != "Ricci"}
        return min(rivals, key=rivals.get) if rivals else None

    @property
    def ratio(self):
        """The best rival's time over Ricci's: above 1, Ricci is quicker."""
        best = self.best_rival
        return self.seconds[best] / self.seconds["Ricci"] if best else None


@dataclasses.dataclass
class Roofline:
    """FLOP/s of multiply-adds in registers by dtype, and bytes/s of a copy that is larger than the caches."""

    peak: dict[str, float]
    bandwidth: float

    @classmethod
    def measured(cls, ricci, threads):
        command = [ricci, "bench", "--threads", str(threads), "--json"]
        data = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        return cls(data["peak"], data["bandwidth"])

    def share(self, case, seconds):
        real = {"complex64": "float32", "complex128": "float64"}.get(case.dtype, case.dtype)
        return max(case.flops / self.peak[real], case.bytes / self.bandwidth) / seconds


def random_array(generator, shape, dtype):
    array = generator.standard_normal(shape)
    if "complex" in dtype:
        array = array + 1j * generator.standard_normal(shape)
    return array.astype(dtype)


def timed(call, count):
    start = time.perf_counter()
    for _ in range(count):
        call()
    return (time.perf_counter() - start) / count


def affordable(rounds, samples, seconds):
    """As many rounds of samples that take so long as `seconds` hold, but three at the least."""
    return max(3, min(rounds, int(seconds / sum(samples))))


def measure(case, engines, rounds, sample_seconds, case_seconds=5):
    """One case by all engines, in about `case_seconds` at the most; a rival whose result is not Ricci's is named, and
    its time left out."""
    generator = np.random.default_rng(0)
    arrays = [random_array(generator, shape, case.dtype) for shape in case.shapes]
    shape = tuple(case.extents[label] for label in case.terms[1])
    calls, counts, faults, expected = {}, {}, [], None
    for engine in engines:
        if case.reused and not engine.takes_out:
            continue
        operands = [engine.operand(array.copy()) for array in arrays]  # its own: none finds another's in the caches
        out = engine.operand(np.zeros(shape, case.dtype)) if case.reused else None
        call = engine.call(case, operands, out)
        if call is None:
            continue
        try:
            got = np.array(engine.array(call()))
        except Exception as error:  # a rival may not know the equation
            faults.append(f"{engine.name}: {type(error).__name__}")
            continue
        if expected is None:
            expected = got
        elif np.max(np.abs(got - expected), initial=0) > 1e-3 * np.max(np.abs(expected), initial=1e-30):
            faults.append(f"{engine.name}: another result")
            continue
        calls[engine.name] = call
        counts[engine.name] = max(1, int(sample_seconds / max(timed(call, 1), 1e-7)))
    samples = {name: [] for name in calls}
    once = [counts[name] * timed(call, counts[name]) for name, call in calls.items()]
    for _ in range(affordable(rounds, once, case_seconds)):
        for name, call in calls.items():
            samples[name].append(timed(call, counts[name]))
    medians = {name: statistics.median(s) for name, s in samples.items()}
    return Result(case, medians, faults, engines[0].predicted(case))
