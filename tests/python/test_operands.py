"""Every kind of operand that people have: taken as it is, or refused with what to do instead."""

import array

import jax.numpy as jnp
import ml_dtypes
import numpy as np
import pytest

import ricci


@pytest.mark.parametrize(
    ("dtype", "name"),
    [
        (np.float32, "float32"),
        (np.dtype("complex64"), "complex64"),
        (jnp.float16, "float16"),
        (jnp.ones(1, "int8").dtype, "int8"),
        (ml_dtypes.bfloat16, "bfloat16"),
        (np.dtype(ml_dtypes.bfloat16), "bfloat16"),
        (float, "float64"),
        (bool, "bool"),
    ],
    ids=str,
)
def test_dtypes_of_others(dtype, name):
    assert ricci.zeros(2, dtype=dtype).dtype == name
    assert ricci.ones(2).to(dtype).dtype == name


WIDER = {"uint16": "int32 holds all", "uint32": "int64 holds all", "uint64": r"int64 holds its values below 2\*\*63"}


@pytest.mark.parametrize("name", WIDER)
def test_unsigned_integers_are_told_what_to_become(name):
    for x in (np.ones(3, name), array.array({"uint16": "H", "uint32": "I", "uint64": "L"}[name], [1, 2])):
        with pytest.raises(ricci.DTypeError, match=rf"operand 1(.|\n)*{name}(.|\n)*{WIDER[name]}"):
            ricci.exp(x)
    if name != "uint64":  # which JAX has only where it is asked for wide numbers
        with pytest.raises(ricci.DTypeError, match=rf"operand 1(.|\n)*{name}(.|\n)*{WIDER[name]}"):
            ricci.exp(jnp.ones(3, name))


@pytest.mark.parametrize(
    "x",
    [np.array([1, 2**70], object), np.array(["a"]), np.array(["2020-01-01"], "M8[D]"), np.zeros(2, [("a", "f4")])],
    ids=["object", "string", "date", "record"],
)
def test_arrays_of_no_numbers_are_refused(x):
    with pytest.raises(ricci.DTypeError, match="has no counterpart here\n  convert it with"):
        ricci.exp(x)


def test_what_a_mask_hides_is_not_counted():
    x = np.ma.array([1.0, 2.0], mask=[False, True])
    for call in (ricci.sum, ricci.asarray, ricci.tensor, lambda a: ricci.einsum("i->", a)):
        with pytest.raises(ricci.DTypeError, match=r"masked array(.|\n)*x.filled\(0\)"):
            call(x)
    assert ricci.sum(x.filled(0)) == 1
    assert ricci.sum(np.ma.getdata(x)) == 3


def test_positions_of_any_framework():
    x = ricci.arange(5)
    assert x[jnp.array([1, 2])].tolist() == [1, 2]
    assert x[jnp.array(3)].item() == 3
    assert x[np.int8(3)].item() == 3
    assert x[jnp.array([True, False, False, False, True])].tolist() == [0, 4]
    with pytest.raises(ricci.IndexError, match="positions are integers"):
        x[jnp.array([1.0])]


def test_out_is_any_array_that_shares_its_memory():
    x = np.array([[1.0, 2.0], [3.0, 4.0]])
    memory = bytearray(32)
    out = memoryview(memory).cast("d", (2, 2))
    assert ricci.einsum("ij->ji", x, out=out) is out
    assert out.tolist() == [[1, 3], [2, 4]]
    with pytest.raises(ricci.DTypeError, match="out: the memoryview is read-only"):
        ricci.einsum("ij->ji", x, out=memoryview(bytes(32)).cast("d", (2, 2)))
    with pytest.raises(ricci.DTypeError, match="JAX's arrays never change"):
        ricci.einsum("ij->ji", x, out=jnp.zeros((2, 2)))
    with pytest.raises(ricci.DTypeError, match="an array that can be written is needed, not an object of type list"):
        ricci.einsum("ij->ji", x, out=[[0.0, 0.0], [0.0, 0.0]])


def test_operands_in_a_list_are_told_how_to_be_written():
    a = np.ones((2, 2))
    with pytest.raises(ricci.EinsumError, match=r"one by one, not in a list\n  write einsum\('ij,jk->ik', \*operands\)"):
        ricci.einsum("ij,jk->ik", [a, a])
    assert ricci.einsum("bij->b", [ricci.ones(2, 2), ricci.ones(2, 2)]).tolist() == [4, 4]


def test_digits_are_labels():
    a, b = np.arange(6.0).reshape(2, 3), np.arange(12.0).reshape(3, 4)
    np.testing.assert_array_equal(ricci.einsum("a0,0b->ab", a, b), a @ b)
    np.testing.assert_array_equal(ricci.einsum("10,02", a, b), a @ b)  # as opt_einsum: in code-point order
    np.testing.assert_array_equal(ricci.einsum("a{0},0b->ab", a, b), a @ b)
