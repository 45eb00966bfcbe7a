"""Calls every public function of ricci with arguments of all kinds, most of them wrong, and prints what went wrong.

usage: python any_arguments.py SEED COUNT [FIRST]

Every call has to end in a result, in a typed error, in TypeError or ValueError, or in what the caller's own object
raised. Call number k depends on the seed and k alone, so that FIRST=k COUNT=1 runs that one again.
"""

import ast
import contextlib
import faulthandler
import io
import itertools
import os
import pathlib
import random
import resource
import sys
import tempfile
import warnings

import numpy as np

import ricci

SECONDS_PER_CALL = 20
BYTES = 3 << 30


class Own(Exception):
    """What the caller's objects raise."""


class Raising:
    def __getattr__(self, name):
        raise Own(name)

    def __call__(self, *args, **kwargs):
        raise Own

    __index__ = __float__ = __iter__ = __len__ = __getitem__ = __bool__ = __fspath__ = __hash__ = __call__

    def __repr__(self):
        raise Own


class Lying:
    """Says it is anything, and gives something else."""

    shape, dtype, ndim, requires_grad = "shape", object(), -1, "yes"

    def __len__(self):
        return 2**40

    def __getitem__(self, i):
        if isinstance(i, int) and i < 3:
            return self
        raise IndexError

    def __fspath__(self):
        return 5

    def __repr__(self):
        return "\udcff\ud800"

    def __dlpack__(self, **options):
        return "a capsule"

    def __dlpack_device__(self):
        return None

    def __array__(self, *args, **kwargs):
        return 3

    def get_path(self):
        return [("a", None)]


def interface(**fields):
    """An object whose memory is described by these fields, right where they are not given."""

    class Described:
        kept = np.arange(6.0)
        __array_interface__ = {**np.arange(6.0).__array_interface__, "data": (kept.ctypes.data, False), **fields}

    return Described()


class Knot(list):
    def __init__(self):
        super().__init__([self])


class BadIndex:
    def __index__(self):
        return "one"


class Metaclass(type):
    def __instancecheck__(cls, other):
        raise Own


def raising(*args):
    raise Own


def numbers():
    return [0, 1, -1, 2, 3, 7, 255, 2**31, 2**32 + 1, 2**62, 2**63 - 1, -(2**63), 2**63, 2**64, -(2**64), 10**400]


def floats():
    return [0.0, -0.0, 0.5, 1e-320, 1e308, -1e30, float("nan"), float("inf"), -float("inf"), 1j, complex("nan+infj")]


def texts():
    return [
        "",
        "ij,jk->ik",
        "i->",
        "...",
        "->",
        "\ud800",
        "a\0b",
        "float32",
        "int8",
        "cpu",
        "x" * 5000,
        "a.b",
        "mean",
        "x.npy",
        "x.npz",
        "n.safetensors",
        "n.uai",
        "missing/x.npy",
        "\udcff.npy",
        "é",
        "{a}->{a}",
        "auto",
        "sum",
        "max_plus",
        "fan_in",
        "tanh",
        ".",
        "/",
        b"x.npy",
        b"\0",
        b"\xff.npy",
        bytearray(b"abc"),
        pathlib.Path("x.npz"),
        memoryview(b"abcd"),
    ]


def containers():
    return [
        [],
        (),
        {},
        set(),
        [[]],
        [[], []],
        [[1], [1, 2]],
        [1, [2]],
        [None],
        [1, 2, 3],
        (0, 1),
        [0, 0],
        [-1],
        [2**63],
        [1.5],
        ["a"],
        range(3),
        range(10**9),
        iter([1, 2]),
        (i for i in range(3)),
        {"a": 1},
        {1: 2},
        {"params": 3},
        {"i": 2, "j": 3},
        {"a": np.ones(2)},
        {"\ud800": 1},
        frozenset("ab"),
        [[(0, 1)]],
        [(0, 1)],
        ["ab", "bc"],
        Knot(),
        [[[[1.0]]]],
        [np.ones(2), 1],
        [ricci.ones(2), None],
    ]


def arrays():
    x = np.arange(6.0).reshape(2, 3)
    out = [x.astype(t) for t in "?bBhHiIqQefdgFDGSUOMm" if t not in "Mm"]
    out += [
        x.astype("M8[s]"),
        x.astype("m8[s]"),
        x.astype(">f8"),
        x.T,
        x[:, ::-1],
        x[:, ::2],
        np.zeros((0, 3)),
        np.zeros((2, 0)),
        np.array(3),
        np.array(1.5),
        np.array("a"),
        np.array(None),
        np.array([None, 1, "a"]),
        np.zeros(3, [("a", "i4"), ("b", "f8")]),
        np.full((2, 3), np.nan),
        np.full(3, np.inf),
        np.ma.masked_array(x),
        np.broadcast_to(x, (4, 2, 3)),
        np.broadcast_to(1.0, (2**40,))[:0],
        np.matrix(x),
        np.ones((1,) * 40),
        np.ones(3, bool),
        np.array([0, 5]),
        np.array([-(2**63)]),
        np.float32(1),
        np.int64(-1),
        np.bool_(True),
        np.str_("a"),
        np.datetime64("2020"),
        np.complex64(1j),
        np.random.default_rng(0),
    ]
    frozen = x.copy()
    frozen.flags.writeable = False
    return [*out, frozen]


def interfaces():
    return [
        interface(shape=(2, 3)),
        interface(shape=(2**62, 4)),
        interface(shape=(10**12,)),
        interface(shape=(-1,)),
        interface(shape="ab"),
        interface(shape=None),
        interface(strides=(2**60,)),
        interface(strides=(8, 8)),
        interface(strides=(-8,)),
        interface(data=(0, False)),
        interface(data=None),
        interface(data=(8, False)),
        interface(data="here"),
        interface(data=(-1, False)),
        interface(data=(2**70, True)),
        interface(typestr="<f0"),
        interface(typestr="|V2000000000"),
        interface(typestr=3),
        interface(version=2),
        interface(descr=5),
    ]


def tensors():
    x = ricci.tensor([[0.5, 1.0, 2.0], [3.0, 4.0, 5.0]])
    leaf = ricci.tensor([1.0, 2.0, 3.0], requires_grad=True)
    return [
        x,
        leaf,
        leaf * 2,
        x.T,
        x.to("float64"),
        x.to("int64"),
        x.to("bool"),
        x.to("complex64"),
        x.to("bfloat16"),
        ricci.zeros(0),
        ricci.zeros(2, 0, 3),
        ricci.tensor(2.0),
        ricci.tensor(3),
        ricci.ones(1).expand(2**40)[:0],
        ricci.ones(3, 3),
        ricci.full((2, 2), float("nan")),
        ricci.arange(3),
        ricci.nn.Parameter([1.0, 2.0]),
        x.to("reference"),
        ricci.Tensor.__new__(ricci.Tensor),
        ricci.ones(3) > 0,
    ]


def objects():
    class Empty(ricci.nn.Module):
        def __init__(self):
            pass

    class Wrong(ricci.nn.Module):
        def forward(self, x):
            return "x"

    class Odd(ricci.Function):
        pass

    parameter = ricci.nn.Parameter([1.0, 2.0, 3.0])
    return [
        None,
        True,
        False,
        ...,
        NotImplemented,
        object(),
        int,
        float,
        type,
        np.float32,
        np.dtype("f8"),
        slice(0, 2),
        slice("a", None),
        slice(None, None, -1),
        slice(2**70),
        ricci,
        ricci.float32,
        ricci.nn.Linear(3, 2),
        Empty(),
        Wrong(),
        ricci.nn.Sequential(ricci.nn.Tanh()),
        ricci.nn.ModuleList([]),
        ricci.nn.Module.__new__(Wrong),
        Odd,
        ricci.plan("ij,jk->ik", (2, 3), (3, 4)),
        ricci.Network("i,i->", [[1.0], [2.0]]),
        ricci.optim.SGD([parameter]),
        ricci.ShapeError("x"),
        lambda: 1,
        lambda *xs: xs[0] if xs else 1,
        lambda *xs: None,
        lambda x: x * x,
        raising,
        Raising(),
        Lying(),
        BadIndex(),
        Metaclass("Odd", (), {}),
        ricci.no_grad(),
        ricci.einsum,
        ricci.ones,
        {"params": [parameter], "lr": "a"},
        ricci.PathOptimizer(),
        io.BytesIO(b"abc"),
        lambda *xs: (xs, xs),
    ]


POOLS = [numbers, floats, texts, containers, arrays, interfaces, tensors, tensors, objects]

# What an argument of this name mostly is, so that calls get as far as the others.
LIKELY = {
    "x": tensors,
    "y": tensors,
    "a": tensors,
    "b": tensors,
    "xs": tensors,
    "input": tensors,
    "weight": tensors,
    "data": arrays,
    "tensor": tensors,
    "tensors": lambda: [[ricci.ones(2)] * 2, {"a": ricci.ones(2)}],
    "axis": lambda: [0, 1, -1, None, (0, 1)],
    "axes": lambda: [0, (1, 0), ([0], [1])],
    "shape": lambda: [(2, 3), 3],
    "dtype": lambda: ["float32", "int64", ricci.float64, None],
    "device": lambda: ["cpu", "reference", None],
    "f": lambda: [lambda x, *xs: (x * x).sum(), lambda x: x * x, lambda x, *xs: x],
    "equation": lambda: ["ij,jk->ik", "i,i->", "i->i"],
    "file": lambda: ["x.npy", "n.safetensors", "p.json"],
    "seed": lambda: [None, 1],
    "p": lambda: [0.5],
    "size": lambda: [3, (2, 3)],
    "n": lambda: [3],
    "params": lambda: [[ricci.nn.Parameter([1.0])]],
    "module": lambda: [ricci.nn.Tanh()],
    "name": lambda: ["w", "a"],
    "key": numbers,
    "operands": tensors,
    "positions": lambda: [[0, 1], np.array([1]), ricci.arange(2)],
}

# Those that wait for as long as they are told, print, or change the process for all later calls.
LEFT_OUT = {"show_config", "set_num_threads"}


def parameter_names():
    """By the name of a function or "Class.method": the names of its arguments, from the stub."""
    stub = ast.parse(pathlib.Path(ricci._core.__file__).with_name("_core.pyi").read_text(encoding="utf-8"))
    found = {}
    for node in stub.body:
        members = node.body if isinstance(node, ast.ClassDef) else [node]
        for f in members:
            if isinstance(f, ast.FunctionDef):
                name = f.name if f is node else f"{node.name}.{f.name}"
                arguments = [*f.args.posonlyargs, *f.args.args]
                named = [a.arg for a in [*arguments, *f.args.kwonlyargs] if a.arg != "self"]
                found[name] = named + ([f.args.vararg.arg] * 3 if f.args.vararg else [])
    return found


def subjects():
    """Objects whose methods are called and whose attributes are set."""
    return [
        ricci.ones(2, 3),
        ricci.tensor([1.0, 2.0], requires_grad=True),
        ricci.plan("ij,jk->ik", (2, 3), (3, 4)),
        ricci.Network("i,i->", [[1.0], [2.0]]),
        ricci.nn.Linear(3, 2),
        ricci.nn.Einsum("ij,jk->ik", (3, 2)),
        ricci.nn.Sequential(ricci.nn.Linear(3, 2), ricci.nn.Tanh()),
        ricci.nn.ModuleList([ricci.nn.Tanh()]),
        ricci.nn.Embedding(4, 2),
        ricci.optim.SGD([ricci.nn.Parameter([1.0])]),
        ricci.nn.Module(),
        ricci.float32,
        ricci.optim.Adam([ricci.nn.Parameter([1.0])]).param_groups[0],
        ricci.plan("i->", (2,)).steps[0],
        ricci.ones(2, requires_grad=True).register_hook(lambda g: None),
        ricci.no_grad(),
        ricci.detect_anomaly(),
        ricci.vjp(lambda x: x * x, ricci.ones(2))[1],
        ricci.value_and_grad(lambda x: x.sum()),
        ricci.vmap(lambda x: x * 2),
        ricci.PathOptimizer(),
        ricci.plan,
    ]


SPECIAL = [
    "__getitem__",
    "__setitem__",
    "__setattr__",
    "__call__",
    "__array__",
    "__dlpack__",
    "__deepcopy__",
    "__add__",
    "__rsub__",
    "__matmul__",
    "__pow__",
    "__iadd__",
    "__lt__",
    "__eq__",
    "__format__",
    "__contains__",
    "__enter__",
    "__exit__",
    "__delattr__",
    "__truediv__",
    "__and__",
    "__rpow__",
]


def callables(rng):
    """A name, what to call, and the names of its arguments."""
    modules = [ricci, ricci.nn, ricci.nn.functional, ricci.nn.init, ricci.optim, ricci.memory]
    where = rng.randrange(len(modules) + 6)
    if where < len(modules):
        module = modules[where]
        names = [n for n in (getattr(module, "__all__", None) or dir(module)) if not n.startswith("_")]
        name = rng.choice([n for n in names if n not in LEFT_OUT and callable(getattr(module, n))])
        return f"{module.__name__}.{name}", getattr(module, name), name
    subject = rng.choice(subjects())
    kind = type(subject).__name__
    names = [n for n in dir(subject) if not n.startswith("_") or n in SPECIAL]
    name = rng.choice([n for n in names if n not in LEFT_OUT])
    try:
        f = getattr(subject, name)
    except (ricci.Error, AttributeError):
        f = None
    if name.startswith("__"):
        return f"{kind}.{name}", lambda *a, **k: getattr(subject, name)(*a, **k), f"{kind}.{name}"
    if not callable(f):
        return f"{kind}.{name} =", lambda value: setattr(subject, name, value), "setter"
    return f"{kind}.{name}", f, f"{kind}.{name}"


def value(rng, name):
    if name in LIKELY and rng.random() < 0.75:
        return rng.choice(LIKELY[name]())
    return rng.choice(rng.choice(POOLS)())


def make_call(seed, k, known):
    rng = random.Random(f"{seed} {k}")
    shown, f, name = callables(rng)
    wanted = known.get(name) or known.get(f"{name}.__init__") or []
    count = rng.choice([len(wanted), len(wanted), rng.randrange(len(wanted) + 1), rng.randrange(4)])
    if name == "setter":
        count, wanted = 1, ["value"]
    names = list(itertools.islice(itertools.chain(wanted, itertools.repeat("")), count))
    by_place = rng.randrange(count + 1) if rng.random() < 0.3 else count
    positional = [value(rng, n) for n in names[:by_place]]
    named = {n: value(rng, n) for n in names[by_place:] if n}
    if "seconds" in named:
        named["seconds"] = rng.choice([0.01, -1, float("nan"), "a", None])
    return shown, f, positional, named


def is_allowed(error):
    if isinstance(error, (ricci.Error, Own, NotImplementedError)):
        return "std::" not in str(error) and "bad_cast" not in str(error)
    if isinstance(error, UnicodeError) or "incompatible function arguments" in str(error):
        return False
    return type(error) in (TypeError, ValueError, AttributeError, OSError, MemoryError) or isinstance(
        error, np.exceptions.AxisError
    )


def show(x):
    try:
        return repr(x)[:60].encode("ascii", "backslashreplace").decode()
    except Exception:
        return f"<{type(x).__name__}>"


def run(seed, k, known):
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        shown, f, positional, named = make_call(seed, k, known)
        call = (
            f"{k}: {shown}({', '.join([show(x) for x in positional] + [f'{n}={show(x)}' for n, x in named.items()])})"
        )
        os.pwrite(LOG, call.encode().ljust(4000)[:4000], 0)
        faulthandler.dump_traceback_later(SECONDS_PER_CALL, exit=True)
        try:
            result = f(*positional, **named)
            show(result)
            del result
        except BaseException as error:  # a call that ends the process or the interpreter is a finding too
            if not is_allowed(error):
                return f"{call}\n    {type(error).__name__}: {show(str(error))}"
        finally:
            faulthandler.cancel_dump_traceback_later()
    return None


LOG = 2

if __name__ == "__main__":
    seed, count = sys.argv[1], int(sys.argv[2])
    first = int(sys.argv[3]) if len(sys.argv) > 3 else 0
    LOG = os.open(sys.argv[4], os.O_RDWR | os.O_CREAT) if len(sys.argv) > 4 else os.open(os.devnull, os.O_RDWR)
    faulthandler.enable()
    known_names = parameter_names()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
        ricci.set_num_threads(2)
        for number in range(first, first + count):
            if finding := run(seed, number, known_names):
                print(finding, flush=True)
