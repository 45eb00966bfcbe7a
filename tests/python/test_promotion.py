"""dtypes: what Python values become, how operands promote (torch's rules), names."""

import itertools

import numpy as np
import pytest

import ricci

INTEGERS = ["uint8", "int8", "int16", "int32", "int64"]
NAMES = ["bool", *INTEGERS, "float16", "bfloat16", "float32", "float64", "complex64", "complex128"]

# torch's table, upper triangle by the order of NAMES.
TORCH = """
bool uint8 int8  int16 int32 int64 float16  bfloat16 float32 float64 complex64 complex128
.    uint8 int16 int16 int32 int64 float16  bfloat16 float32 float64 complex64 complex128
.    .     int8  int16 int32 int64 float16  bfloat16 float32 float64 complex64 complex128
.    .     .     int16 int32 int64 float16  bfloat16 float32 float64 complex64 complex128
.    .     .     .     int32 int64 float16  bfloat16 float32 float64 complex64 complex128
.    .     .     .     .     int64 float16  bfloat16 float32 float64 complex64 complex128
.    .     .     .     .     .     float16  float32  float32 float64 complex64 complex128
.    .     .     .     .     .     .        bfloat16 float32 float64 complex64 complex128
.    .     .     .     .     .     .        .        float32 float64 complex64 complex128
.    .     .     .     .     .     .        .        .       float64 complex128 complex128
.    .     .     .     .     .     .        .        .       .       complex64 complex128
.    .     .     .     .     .     .        .        .       .       .         complex128
"""
TABLE = [line.split() for line in TORCH.strip().splitlines()]
PAIRS = [(i, j) for i, j in itertools.product(range(12), range(12))]


@pytest.mark.parametrize(("i", "j"), PAIRS, ids=lambda k: NAMES[k])
def test_operands_promote_as_torch(i, j):
    expected = TABLE[min(i, j)][max(i, j)]
    a, b = ricci.ones(2, dtype=NAMES[i]), ricci.ones(2, dtype=NAMES[j])
    assert (a * b).dtype == expected
    assert ricci.einsum("i,i->i", a, b).dtype == expected
    assert ricci.where(ricci.tensor([True, False]), a, b).dtype == expected


@pytest.mark.parametrize("name", NAMES)
def test_numbers_are_weak(name):
    x = ricci.ones(2, dtype=name)
    is_float = name.startswith(("float", "bfloat", "complex"))
    assert (x + 1).dtype == ("int64" if name == "bool" else name)
    assert (1 + x).dtype == (x + 1).dtype
    assert (x + 1.5).dtype == (name if is_float else "float32")
    complex_of = {"float64": "complex128", "complex128": "complex128"}
    assert (x * 1j).dtype == complex_of.get(name, "complex64")
    assert (x * True).dtype == name


def test_tensors_without_axes_are_not_weak():
    assert (ricci.ones(2) * ricci.tensor(1.0, dtype="float64")).dtype == "float64"
    assert (ricci.ones(2) * np.float32(1)).dtype == "float32"
    assert (ricci.ones(2) * np.float64(1)).dtype == "float32"  # a Python float too, and so weak
    assert (ricci.ones(2) * np.complex128(1)).dtype == "complex64"
    assert (ricci.ones(2, dtype="float16") * np.float32(1)).dtype == "float32"


def test_division_and_sums_of_integers():
    x = ricci.tensor([1, 2])
    assert (x / 2).dtype == "float32"
    assert (x / 2).tolist() == [0.5, 1.0]
    assert ricci.ones(3, dtype="int8").sum().dtype == "int64"
    assert ricci.tensor([True, True]).sum().item() == 2
    assert x.mean().dtype == "float32"


@pytest.mark.parametrize(
    ("value", "dtype"),
    [
        (1.0, "float32"),
        (1, "int64"),
        (True, "bool"),
        (1j, "complex64"),
        ([1, 2.0], "float32"),
        ([True, 2], "int64"),
        ([1, 1j], "complex64"),
        ([], "float32"),
        (np.float64(1), "float64"),
        (np.int8(1), "int8"),
        ([np.float64(1)], "float64"),
        (np.ones(2, "f2"), "float16"),
        (np.ones(2, ">f8"), "float64"),
        (range(3), "int64"),
        (b"ab", "uint8"),
    ],
    ids=repr,
)
def test_what_values_become(value, dtype):
    assert ricci.tensor(value).dtype == dtype


@pytest.mark.parametrize("name", NAMES)
def test_dtype_objects(name):
    dtype = getattr(ricci, name)
    assert ricci.zeros(1, dtype=name).dtype is dtype
    assert ricci.zeros(1, dtype=dtype).dtype is dtype
    assert dtype == name
    assert dtype != "nothing"
    assert hash(dtype) == hash(name)
    assert repr(dtype) == f"ricci.{name}"
    assert str(dtype) == name
    if name != "bfloat16":
        assert ricci.zeros(1, dtype=np.dtype(name)).dtype is dtype
        assert dtype == np.dtype(name)
        assert dtype.itemsize == np.dtype(name).itemsize


def test_python_types_are_dtypes():
    got = [ricci.zeros(1, dtype=t).dtype for t in (float, int, bool, complex)]
    assert got == ["float64", "int64", "bool", "complex128"]


def test_unknown_dtypes():
    with pytest.raises(ricci.DTypeError, match="unknown dtype 'float80'"):
        ricci.zeros(1, dtype="float80")
    with pytest.raises(ricci.DTypeError, match="no counterpart"):
        ricci.tensor(np.ones(2, "u4"))
    with pytest.raises(ricci.DTypeError, match="no element type"):
        ricci.zeros(1, dtype=3)
    with pytest.raises(ricci.DTypeError, match="operand 2: NumPy's dtype object has no counterpart"):
        ricci.einsum("i,i", np.ones(2), np.array([None, 1]))


def test_casts():
    x = ricci.tensor([1.75, -2.5])
    assert x.to("int32").tolist() == [1, -2]
    assert x.to(ricci.float64).dtype == "float64"
    assert x.to(np.float16).tolist() == [1.75, -2.5]
    assert ricci.tensor([0, 2]).to(bool).tolist() == [False, True]
    assert ricci.tensor([1 + 2j]).to("float32").tolist() == [1.0]


def test_bfloat16_crosses_through_ml_dtypes():
    ml_dtypes = pytest.importorskip("ml_dtypes")
    x = ricci.tensor([1.0, 3.140625], dtype="bfloat16")
    array = x.numpy()
    assert array.dtype == ml_dtypes.bfloat16
    assert array.astype("float32").tolist() == [1.0, 3.140625]
    assert ricci.asarray(array).dtype is ricci.bfloat16


def test_integers_out_of_range():
    with pytest.raises(ricci.DTypeError, match="does not fit in int64"):
        ricci.tensor(2**63)
    with pytest.raises(ricci.DTypeError, match="300 does not fit in uint8"):
        ricci.tensor([1, 300], dtype="uint8")
    with pytest.raises(ricci.DTypeError, match="complex number does not fit"):
        ricci.tensor([1j], dtype="float32")
    with pytest.raises(ricci.DTypeError, match="does not fit in int64"):
        ricci.ones(2) * 2**70
