"""vmap against loops: axes of every form, and what it gives back."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from points import BATCH, W, close, random

import ricci


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_vmap_of_any_shape_is_a_loop(data):
    rank = data.draw(st.integers(0, 3))
    shape = tuple(data.draw(st.lists(st.integers(0, 3), min_size=rank, max_size=rank)))
    extent = data.draw(st.integers(1, 4))
    at, out = data.draw(st.integers(-rank - 1, rank)), data.draw(st.integers(-rank - 1, rank))
    batch = random(extent, *shape)
    f = lambda x, w: (ricci.exp(x) * w + x).T  # noqa: E731
    w = random(*shape)
    placed = np.moveaxis(batch, 0, at)
    expected = np.moveaxis(np.stack([(np.exp(b) * w + b).T for b in batch]), 0, out)
    close(ricci.vmap(f, in_axes=(at, None), out_axes=out)(placed, w), expected)


def test_vmap_takes_axes_and_results_of_every_form():
    a, b = random(2, 3, 4), random(3)
    first, second = ricci.vmap(lambda x, y: (x * y, y), in_axes=(1, 0), out_axes=(1, 0))(a, b)
    close(first, a * b[None, :, None])
    close(second, b)
    same, constant = ricci.vmap(lambda x: (x, ricci.ones(2)), out_axes=(0, None))(b)
    close(same, b)
    assert constant.shape == (2,)
    assert ricci.vmap(lambda x, n: x * n, in_axes=(0, None))(b, 3).tolist() == pytest.approx((b * 3).tolist())
    nested = ricci.vmap(ricci.vmap(lambda x, y: x * y, in_axes=(None, 0)), in_axes=(0, None))
    close(nested(b, b), np.outer(b, b))


def test_vmap_of_a_module_gives_a_gradient_for_each_example():
    w = ricci.tensor(W, requires_grad=True)

    def loss(x):
        return ((w @ x) ** 2.0).sum()

    each = ricci.vmap(lambda x: ricci.grad(loss(x), w)[0])(BATCH)
    close(each, 2 * np.einsum("ij,bj,bk->bik", W, BATCH, BATCH))


def test_a_tensor_under_vmap_prints_what_it_is():
    seen = []
    ricci.vmap(lambda t: seen.append(repr(t)) or t)(ricci.zeros(5, 3))
    assert seen == ["Tensor(5 under vmap, shape=(3,))"]
