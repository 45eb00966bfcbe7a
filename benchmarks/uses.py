"""The programs of examples/uses under Ricci and under torch, from one source: `torch_as_ricci` gives torch the names
that they import. Each run is a process of its own, turn by turn, timed without the imports."""

import dataclasses
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
import types

USES = pathlib.Path(__file__).resolve().parent.parent / "examples" / "uses"
NAMES = ("vision", "graph", "recommendation", "language", "reinforcement", "attention")


def torch_as_ricci():
    """Modules named ricci, ricci.nn and so on, whose functions are torch's and take arrays where Ricci's do."""
    import numpy as np
    import torch
    from torch.nn import functional

    def tensor(x):
        return torch.from_numpy(np.ascontiguousarray(x)) if isinstance(x, np.ndarray) else x

    def taking_arrays(function):
        return lambda *xs, **named: function(*map(tensor, xs), **{key: tensor(x) for key, x in named.items()})

    class Module(torch.nn.Module):
        def __call__(self, *xs):
            return super().__call__(*map(tensor, xs))

    class Einsum(Module):
        def __init__(self, equation, shape):
            super().__init__()
            self.equation = equation
            inputs, output = equation.split("->")
            weight = inputs.split(",")[-1]
            fan = np.prod([n for label, n in zip(weight, shape, strict=True) if label not in output])
            self.weight = torch.nn.Parameter((2 * torch.rand(shape) - 1) * fan**-0.5)

        def forward(self, *xs):
            return torch.einsum(self.equation, *xs, self.weight)

    class Embedding(torch.nn.Embedding):
        def forward(self, x):
            return super().forward(tensor(x))

    def listed(function):
        def call(x, target, **named):
            named = {key: torch.tensor(v) if isinstance(v, list) else tensor(v) for key, v in named.items()}
            return function(x, torch.tensor(target) if isinstance(target, list) else tensor(target), **named)

        return call

    def module(name, **names):
        sys.modules[name] = types.ModuleType(name)
        vars(sys.modules[name]).update(names)
        return sys.modules[name]

    import ricci  # for its reader of safetensors alone

    files = {path.name: ricci.load(path) for path in (USES.parent / "data").glob("digits.safetensors")}
    arrays = {n: {key: torch.from_numpy(t.numpy()) for key, t in file.items()} for n, file in files.items()}
    losses = ("cross_entropy", "binary_cross_entropy_with_logits")
    f = module(
        "ricci.nn.functional",
        one_hot=taking_arrays(functional.one_hot),
        **{name: listed(getattr(functional, name)) for name in losses},
    )
    layers = ("Linear", "LayerNorm", "Sequential", "ModuleList", "ReLU", "Tanh", "Dropout", "Parameter", "init")
    nn = module("ricci.nn", functional=f, Module=Module, Einsum=Einsum, Embedding=Embedding)
    vars(nn).update({name: getattr(torch.nn, name) for name in layers})
    optim = module(
        "ricci.optim",
        **{name: getattr(torch.optim, name) for name in ("Adam", "AdamW", "SGD")},
        clip_grad_norm=torch.nn.utils.clip_grad_norm_,
    )
    same = ("no_grad", "manual_seed", "zeros", "ones", "randn", "cat", "tanh", "where")
    module(
        "ricci",
        nn=nn,
        optim=optim,
        load=lambda path: arrays[pathlib.Path(path).name],
        tensor=lambda x: torch.from_numpy(np.array(x)),
        einsum=lambda equation, *xs: torch.einsum(equation, *map(tensor, xs)),
        softmax=lambda x: torch.softmax(tensor(x), -1),
        log_softmax=lambda x: torch.log_softmax(x, -1),
        take=lambda x, rows: x[torch.tensor(rows)],
        gather=lambda x, index, axis: torch.gather(x, axis, tensor(index)),
        **{name: getattr(torch, name) for name in same},
    )


@dataclasses.dataclass
class Result:
    name: str
    seconds: dict[str, float]  # by library, medians
    ratio: float  # torch's time to Ricci's, median of the rounds
    reached: dict[str, dict]  # what the program says it reached, by library


def run_alone(name, library, threads):
    """In a process of its own: seconds, and what the program reached."""
    command = [sys.executable, __file__, name, library, str(threads)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def measure(name, rounds, threads):
    runs = {library: [] for library in ("Ricci", "torch")}
    for _ in range(rounds):
        for library, done in runs.items():
            done.append(run_alone(name, library, threads))
    seconds = {library: statistics.median(run["seconds"] for run in done) for library, done in runs.items()}
    ratio = statistics.median(b["seconds"] / a["seconds"] for a, b in zip(*runs.values(), strict=True))
    return Result(name, seconds, ratio, {library: done[0]["reached"] for library, done in runs.items()})


def main(name, library, threads):
    sys.path.insert(0, str(USES))
    if library == "torch":
        import torch

        torch.set_num_threads(int(threads))
        torch_as_ricci()
    else:
        import ricci

        ricci.set_num_threads(int(threads))
    program = __import__(name)
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        reached = program.run(pathlib.Path(folder))
        seconds = time.perf_counter() - start
    numbers = {key: value for key, value in reached.items() if isinstance(value, float)}
    print(json.dumps({"seconds": seconds, "reached": numbers}))


if __name__ == "__main__":
    main(*sys.argv[1:])
