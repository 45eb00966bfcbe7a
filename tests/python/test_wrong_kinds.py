"""Arguments of the wrong kind, paths that name no file, and objects that lie about their memory: typed errors."""

import builtins
import ctypes

import numpy as np
import pytest

import ricci

X = ricci.ones(2, 3)
LEAF = ricci.tensor([1.0, 2.0], requires_grad=True)

WRONG = {
    "__dlpack__ version": (lambda: X.__dlpack__(max_version=("a", 0)), ricci.DTypeError, "max_version"),
    "__dlpack__ version alone": (lambda: X.__dlpack__(max_version=1), ricci.DTypeError, "max_version: 1 is not a pair"),
    "__dlpack__ huge version": (lambda: X.__dlpack__(max_version=(2**64, 0)), ricci.DTypeError, "does not fit"),
    "__dlpack__ device": (lambda: X.__dlpack__(dl_device=("cpu", 0)), ricci.DTypeError, "dl_device"),
    "__dlpack__ copy": (lambda: X.__dlpack__(copy="yes"), ricci.DTypeError, "copy: 'yes' is neither True nor False"),
    "__array__ copy": (lambda: X.__array__(copy=1.5), ricci.DTypeError, "copy: 1.5 is neither True nor False"),
    "retain_graph": (
        lambda: (LEAF * 2).sum().backward(retain_graph=np.ones(2)),
        ricci.DTypeError,
        "retain_graph: array",
    ),
    "retain_graph of grad": (lambda: ricci.grad(LEAF.sum(), LEAF, retain_graph="a"), ricci.DTypeError, "retain_graph"),
    "no module": (lambda: ricci.nn.Module().register_module("a", 3), ricci.DTypeError, "a Module is needed"),
    "no list of modules": (lambda: ricci.nn.ModuleList(3), ricci.DTypeError, "a sequence is needed"),
    "vjp of nothing": (lambda: ricci.vjp(lambda *xs: xs[0]), ricci.GradError, "nothing to differentiate by"),
    "jacobian of nothing": (lambda: ricci.jacobian(lambda *xs: xs[0]), ricci.GradError, "nothing to differentiate by"),
    "gradient of nothing": (
        lambda: ricci.value_and_grad(lambda *xs: xs[0])(),
        ricci.GradError,
        "nothing to differentiate by",
    ),
    "a pullback's seeds": (
        lambda: ricci.vjp(lambda x: x, X)[1](X, X),
        TypeError,
        r"pullback\(\) takes 1 argument by place, not 2",
    ),
    "metadata": (lambda: ricci.save("x.npy", X, metadata=["a"]), ricci.DTypeError, "metadata: a dict is needed"),
    "sizes": (lambda: ricci.Network("i->i", [[1.0]], sizes=[2]), ricci.DTypeError, "sizes: a dict is needed"),
    "operands": (lambda: ricci.Network("i->i", 3), ricci.DTypeError, "operands: a sequence is needed"),
    "params": (lambda: ricci.optim.SGD(3.0), ricci.DTypeError, "a sequence is needed"),
    "a file": (lambda: ricci.load(3), ricci.DTypeError, "a file is named by a str, bytes or a path"),
    "half a character": (lambda: ricci.load("\ud800.npy"), ricci.DataError, "half of a surrogate pair"),
    "a null character": (lambda: ricci.load("a\0.npy"), ricci.DataError, "null character"),
    "a null byte": (lambda: ricci.save(b"a\0.npy", X), ricci.DataError, "null character"),
    "a plan's file": (lambda: ricci.load_plan("a\0"), ricci.DataError, "null character"),
    "an integer of 5000 digits": (lambda: ricci.tensor(10**5000), ricci.DTypeError, "does not fit in int64"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_kind_is_told(name):
    wrong, error, message = WRONG[name]
    with pytest.raises(error, match=message):
        wrong()


def test_flags_of_numpy_are_flags():
    x = ricci.tensor([1.0], requires_grad=True)
    y = (x * x).sum()
    y.backward(retain_graph=np.bool_(True))
    y.backward(retain_graph=np.bool_(False))
    assert x.grad.tolist() == [4.0]


def test_what_has_no_words_is_told_by_its_type():
    class Silent:
        def __repr__(self):
            raise KeyError("mine")

    class Halved:
        def __repr__(self):
            return "\udcff\ud800"

    with pytest.raises(ricci.DTypeError, match="an object of type Silent is not a number"):
        ricci.full(2, Silent(), "int8")
    with pytest.raises(ricci.DTypeError, match=r"\\udcff\\ud800 is not a number"):
        ricci.full(2, Halved(), "int8")
    with pytest.raises(ricci.EinsumError, match="has no size"):
        ricci.path([[Halved()]], [], {})


def test_bytes_that_are_no_utf8_name_a_file(tmp_path):
    name = str(tmp_path).encode() + b"/\xff.npy"
    ricci.save(name, X)
    assert ricci.load(name.decode("utf-8", "surrogateescape")).tolist() == X.tolist()


def test_a_sequence_that_says_it_is_endless():
    class Endless:
        def __len__(self):
            return 2**62

        def __getitem__(self, i):
            return 1.0

    with pytest.raises(ricci.MemoryError, match="no memory for all items"):
        ricci.tensor(Endless())


def test_what_a_caller_s_object_raises_comes_through():
    class Raising:
        def __iter__(self):
            raise KeyError("mine")

    for f in (ricci.nn.ModuleList, ricci.optim.SGD, lambda x: ricci.jvp(lambda y: y, x, x)):
        with pytest.raises(KeyError, match="mine"):
            f(Raising())


def test_containers_are_indexed_as_lists_are():
    layers = [ricci.nn.Tanh(), ricci.nn.ReLU(), ricci.nn.SiLU()]
    for container in (ricci.nn.Sequential(*layers), ricci.nn.ModuleList(layers)):
        for i in (0, 2, -1, -3, True, np.int64(1)):
            assert container[i] is layers[i]
        for key in (slice(1, None), slice(None, None, -1), slice(-2, 5), slice(5, 9)):
            assert type(container[key]) is type(container)
            assert list(container[key]) == layers[key]
        for i in (3, -4, 2**64, -(2**64)):
            with pytest.raises(ricci.IndexError, match=f"index {i} is out of range for 3 modules") as caught:
                container[i]
            assert isinstance(caught.value, builtins.IndexError)
        with pytest.raises(ricci.DTypeError, match="'a' is neither a whole number nor a slice"):
            container["a"]
        with pytest.raises(ValueError, match="zero"):
            container[::0]


KEPT = np.arange(6.0)
HERE = KEPT.ctypes.data


def described(**fields):
    class Described:
        __array_interface__ = {"version": 3, "typestr": "<f8", "shape": (6,), "data": (HERE, False), **fields}

    return Described()


RIGHT = {
    "whole": ({}, KEPT),
    "reversed": ({"data": (HERE + 40, False), "strides": (-8,)}, KEPT[::-1]),
    "every second": ({"shape": (3,), "strides": (16,)}, KEPT[::2]),
    "nothing, nowhere": ({"shape": (2, 0), "data": (0, False)}, np.zeros((2, 0))),
    "a buffer": ({"data": KEPT}, KEPT),
    "a part of a buffer": ({"shape": (2,), "data": KEPT, "offset": 16}, KEPT[2:4]),
    "no axes": ({"shape": ()}, np.array(0.0)),
}


@pytest.mark.parametrize("name", RIGHT)
def test_an_interface_that_tells_the_truth(name):
    fields, expected = RIGHT[name]
    assert ricci.tensor(described(**fields)).tolist() == expected.tolist()


LIES = {
    "more than memory": ({"shape": (2**62, 4)}, "larger than memory can be"),
    "terabytes": ({"shape": (10**12,)}, "no memory where its elements would lie"),
    "a gigabyte": ({"shape": (2**40,), "strides": (0,), "typestr": "<f8", "data": (8, False)}, "no memory"),
    "negative": ({"shape": (-1,)}, r"its shape is \(-1,\)"),
    "no shape": ({"shape": None}, "its shape is no tuple"),
    "long strides": ({"strides": (2**60,)}, "larger than memory|no memory"),
    "too many strides": ({"strides": (8, 8)}, "not one stride for each axis"),
    "below zero": ({"strides": (-(2**50),)}, "no memory"),
    "a null pointer": ({"data": (0, False)}, "null pointer"),
    "a small pointer": ({"data": (8, False)}, "no memory"),
    "a negative pointer": ({"data": (-8, False)}, "no address"),
    "a word": ({"data": "here"}, "neither an address nor a buffer"),
    "no data": ({"data": None}, "neither an address nor a buffer"),
    "a short buffer": ({"data": KEPT[:5].copy()}, "40 bytes is too short"),
    "a buffer and an offset": ({"data": KEPT, "offset": 8}, "48 bytes is too short"),
    "before a buffer": ({"data": KEPT, "strides": (-8,)}, "48 bytes is too short"),
    "elements of nothing": ({"typestr": "<f0"}, "names no elements"),
}


@pytest.mark.parametrize("name", LIES)
@pytest.mark.filterwarnings("error")
def test_an_interface_that_lies_about_its_memory(name):
    fields, message = LIES[name]
    for f in (ricci.tensor, ricci.asarray, lambda x: ricci.einsum("i->", x), lambda x: ricci.take(X, x)):
        with pytest.raises(ricci.ShapeError, match=message):
            f(described(**fields))
    with pytest.raises(ricci.ShapeError, match=message):
        ricci.gather(X, described(**fields), 1)


def test_capsules_that_are_none():
    class Wrong:
        def __init__(self, capsule):
            self.capsule = capsule

        def __dlpack__(self, **options):
            return self.capsule

    used = X.__dlpack__()
    ricci.asarray(Wrong(used))
    new = ctypes.pythonapi.PyCapsule_New
    new.restype, new.argtypes = ctypes.py_object, [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
    for capsule in (None, "a capsule", used, new(HERE, b"another", None)):
        with pytest.raises(ricci.DTypeError, match="gave no fresh capsule"):
            ricci.asarray(Wrong(capsule))
