"""Shapes that nobody thought of: views, broadcasting, reshapes and files against NumPy."""

import naive
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import ricci

ANY_DTYPE = st.sampled_from(naive.DTYPES)
SHAPES = hnp.array_shapes(min_dims=0, max_dims=5, min_side=0, max_side=4)


def numbers(shape, dtype, seed):
    return np.random.default_rng(seed).integers(0, 2, shape).astype(dtype)


@settings(max_examples=200, deadline=None)
@given(shape=SHAPES, dtype=ANY_DTYPE, data=st.data())
def test_any_view_of_any_array(shape, dtype, data):
    a = numbers(shape, dtype, 0)
    order = data.draw(st.permutations(range(a.ndim)))
    view = a.transpose(order)
    index = data.draw(hnp.basic_indices(view.shape, allow_newaxis=True))
    expected = view[index]
    t = ricci.asarray(view)[index]
    assert t.shape == expected.shape
    np.testing.assert_array_equal(t.numpy(), expected)
    np.testing.assert_array_equal(np.from_dlpack(t), expected)
    np.testing.assert_array_equal(np.asarray(memoryview(t)), expected)
    np.testing.assert_array_equal(ricci.tensor(t.tolist(), dtype=dtype).reshape(t.shape).numpy(), expected)
    assert t.is_contiguous() == expected.flags.c_contiguous or expected.size == 0


@settings(max_examples=200, deadline=None)
@given(
    shapes=hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=4, max_side=4, min_side=0), seed=st.integers(0, 99)
)
def test_broadcasting(shapes, seed):
    a, b = (np.random.default_rng(seed + k).uniform(1, 2, s) for k, s in enumerate(shapes.input_shapes))
    x, y = ricci.tensor(a, requires_grad=True), ricci.tensor(b, requires_grad=True)
    product = x * y
    assert product.shape == shapes.result_shape
    np.testing.assert_array_equal(product.detach().numpy(), a * b)
    np.testing.assert_array_equal(ricci.einsum("...,...->...", a, b), a * b)
    product.backward()
    for t, own, other in ((x, a, b), (y, b, a)):
        spread = np.broadcast_to(other, shapes.result_shape)
        lead = spread.ndim - own.ndim
        axes = (*range(lead), *(lead + k for k, n in enumerate(own.shape) if n == 1))
        np.testing.assert_allclose(t.grad.numpy(), spread.sum(axis=axes).reshape(own.shape), rtol=1e-13)


@settings(max_examples=100, deadline=None)
@given(shape=SHAPES, dtype=ANY_DTYPE, suffix=st.sampled_from(["npy", "npz"]))
def test_files(tmp_path_factory, shape, dtype, suffix):
    a = numbers(shape, dtype, 1)
    file = tmp_path_factory.getbasetemp() / f"any.{suffix}"
    ricci.save(file, {"a": a} if suffix == "npz" else a)
    got = ricci.load(file)
    got = got["a"] if suffix == "npz" else got
    assert (got.shape, got.dtype) == (a.shape, a.dtype)
    np.testing.assert_array_equal(got.numpy(), a)


@settings(max_examples=200, deadline=None)
@given(text=st.text(alphabet="ij{}.,->* 1A\u03b1", max_size=14), shapes=st.lists(SHAPES, max_size=3))
def test_no_equation_does_harm(text, shapes):
    try:
        got = ricci.einsum(text, *[np.ones(s) for s in shapes])
    except ricci.EinsumError:
        return
    assert isinstance(got, (np.ndarray, np.generic))
