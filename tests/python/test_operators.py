"""The operators of Tensor, with numbers, arrays and strangers on the other side."""

import operator

import numpy as np
import pytest

import ricci

RNG = np.random.default_rng(0)


BINARY = [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow]
COMPARISONS = [operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge]


@pytest.mark.parametrize("op", BINARY + COMPARISONS, ids=lambda op: op.__name__)
def test_operators(op):
    a, b = RNG.uniform(1, 2, (3, 1)), RNG.uniform(1, 2, (4,))
    b[0] = a[0, 0]
    expected = op(a, b)
    t, u = ricci.tensor(a), ricci.tensor(b)
    for got in (op(t, u), op(t, b), op(a, u)):
        assert isinstance(got, ricci.Tensor)
        np.testing.assert_allclose(got.numpy(), expected, rtol=1e-14)
    np.testing.assert_allclose(op(t, 1.5).numpy(), op(a, 1.5), rtol=1e-14)
    np.testing.assert_allclose(op(1.5, u).numpy(), op(1.5, b), rtol=1e-14)
    np.testing.assert_allclose(op(2, u).numpy(), op(2, b), rtol=1e-14)
    np.testing.assert_allclose(op(np.float64(2), u).numpy(), op(2, b), rtol=1e-14)


def test_matrix_products_and_signs():
    a, b = RNG.uniform(size=(2, 3)), RNG.uniform(size=(3, 4))
    for got in (ricci.tensor(a) @ ricci.tensor(b), ricci.tensor(a) @ b, a @ ricci.tensor(b)):
        np.testing.assert_allclose(got.numpy(), a @ b, rtol=1e-14)
    t = ricci.tensor([-1.5, 2.0])
    assert (-t).tolist() == [1.5, -2.0]
    assert (+t).tolist() == [-1.5, 2.0]
    assert abs(t).tolist() == [1.5, 2.0]
    assert (~ricci.tensor([True, False])).tolist() == [False, True]
    with pytest.raises(ricci.ShapeError):
        t @ 2.0


def test_equality_with_strangers_is_identity():
    t = ricci.ones(2)
    assert t != None  # noqa: E711
    assert t != "text"
    assert {t: 1}[t] == 1
    assert hash(t) != hash(ricci.ones(2))
    assert len({t, t, ricci.ones(2)}) == 2


@pytest.mark.parametrize("dtype", ["int64", "int8", "float32", "float64"])
def test_floor_division_follows_numpys(dtype):
    a, b = np.array([7, -7, 7, -7, 0], dtype), np.array([2, 2, -2, -2, 3], dtype)
    x, y = ricci.asarray(a), ricci.asarray(b)
    for got, expected in ((x // y, a // b), (x % y, a % b), (x // 3, a // 3), (-5 % y, -5 % b), (-5 // y, -5 // b)):
        assert got.tolist() == expected.tolist()
        assert got.dtype == dtype
    z = ricci.tensor(a)
    z //= 2
    z %= 3
    assert z.tolist() == (a // 2 % 3).tolist()
    with pytest.raises(ricci.Error, match="by zero" if dtype.startswith("int") else "meaning|order"):
        x % 0 if dtype.startswith("int") else ricci.ones(2, dtype="complex64") % 2


def test_the_rest_of_a_division_has_a_gradient():
    a, b = ricci.tensor([7.5, -7.5], requires_grad=True), ricci.tensor([2.0, 3.0], requires_grad=True)
    (a % b).backward()
    assert a.grad.tolist() == [1.0, 1.0]
    assert b.grad.tolist() == [-3.0, 3.0]  # minus the floor of 3.75 and of -2.5
    assert ricci.grad((a // b), a)[0].tolist() == [0.0, 0.0]
