"""x += y and its like: they change the elements, as x[...] = x + y does."""

import numpy as np
import pytest
import ricci


def test_the_elements_change_and_the_object_stays():
    data = np.arange(6.0).reshape(2, 3)
    x = ricci.asarray(data)
    same = x
    x += 1
    x *= np.array([1.0, 2.0, 3.0])
    x -= ricci.ones(2, 1, dtype="float64")
    x /= 2
    assert x is same
    np.testing.assert_array_equal(data, (((np.arange(6.0).reshape(2, 3) + 1) * [1, 2, 3]) - 1) / 2)


def test_a_step_of_descent_keeps_the_leaf():
    w = ricci.tensor([1.0, 2.0], requires_grad=True)
    for _ in range(3):
        w.grad = None
        (w * w).sum().backward()
        with ricci.no_grad():
            w -= 0.25 * w.grad
    assert w.requires_grad
    np.testing.assert_allclose(w.detach().numpy(), [0.125, 0.25])


def test_a_leaf_is_refused_while_recording_and_a_result_becomes_the_sum():
    w = ricci.tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(ricci.GradError, match="leaf that requires grad"):
        w += 1
    y = w * 2
    y += w
    y.backward()
    np.testing.assert_array_equal(w.grad.numpy(), [3.0, 3.0])


def test_what_the_elements_cannot_hold_is_refused():
    n = ricci.tensor([1, 2])
    with pytest.raises(ricci.DTypeError, match="int64"):
        n += 0.5
    with pytest.raises(ricci.ShapeError):
        n += ricci.tensor([[1], [2]])
    with pytest.raises(TypeError):
        n += "a"
    assert n.tolist() == [1, 2]
