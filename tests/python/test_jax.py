"""JAX's arrays: the same kind out, and Ricci's calls under JAX's own jit, grad, forward mode and their mixes."""

import gc

import jax
import jax.numpy as jnp
import naive
import numpy as np
import pytest

import ricci

ROWS = naive.rows()
SHAPES = [(3, 4), (4, 5), (5, 2)]
A, B, C = (jax.random.normal(jax.random.key(k), shape, "float32") for k, shape in enumerate(SHAPES))


@pytest.fixture(autouse=True)
def wide():
    with jax.enable_x64(True):
        yield


def assert_trees_close(got, expected, tolerance=1e-5):
    got, expected = jax.tree.leaves(got), jax.tree.leaves(expected)
    assert len(got) == len(expected)
    for g, e in zip(got, expected, strict=True):
        assert (g.shape, g.dtype) == (e.shape, e.dtype)
        np.testing.assert_allclose(g, e, tolerance, tolerance)


def chain(a, b, c):
    return ricci.einsum("ij,jk,kl->il", a, b, c)


def same_chain(a, b, c):
    return jnp.einsum("ij,jk,kl->il", a, b, c)


def scalar(f):
    return lambda *xs: jnp.sum(jnp.sin(f(*xs)))


def test_arrays_come_back_as_jax_arrays_and_are_never_written():
    a = jnp.arange(6.0).reshape(2, 3)
    got = ricci.einsum("ij->ji", a)
    assert isinstance(got, jax.Array)
    assert_trees_close(got, a.T)
    assert isinstance(ricci.exp(a), jax.Array)
    assert isinstance(ricci.einsum("ij,ij->i", a, np.ones((2, 3))), jax.Array)
    ricci.asarray(a)[0, 0] = 7.0
    assert a[0, 0] == 0


@pytest.mark.parametrize(
    ("row", "dtype"), [(row, "complex128") for row in ROWS[::3]] + [(row, "float64") for row in ROWS[1::9]], ids=str
)
def test_gradients_are_riccis_in_jax_convention(row, dtype):
    arrays = naive.operands(row, dtype, seed=11)
    sizes = dict(row.sizes)
    y = ricci.einsum(row.equation, *arrays, sizes=sizes)
    weights = np.random.default_rng(12).uniform(-1, 1, np.shape(y))

    def loss(*xs):
        return jnp.sum(jnp.real(ricci.einsum(row.equation, *xs, sizes=sizes) * weights))

    got = jax.grad(loss, tuple(range(len(arrays))))(*map(jnp.asarray, arrays))
    leaves = [ricci.tensor(a, requires_grad=True) for a in arrays]
    out = ricci.einsum(row.equation, *leaves, sizes=sizes)
    expected = ricci.grad(out, leaves, gradient=ricci.tensor(weights.astype(dtype)))
    assert_trees_close(got, [e.numpy().conj() for e in expected], 1e-9)


@pytest.mark.parametrize("row", ROWS[::7], ids=str)
def test_compiled_values(row):
    for dtype in ("float32", "complex64", "float16", "int32", "bool"):
        arrays = naive.operands(row, dtype, seed=13)
        sizes = dict(row.sizes)
        got = jax.jit(lambda *xs, sizes=sizes: ricci.einsum(row.equation, *xs, sizes=sizes))(*map(jnp.asarray, arrays))
        assert_trees_close(got, ricci.einsum(row.equation, *arrays, sizes=sizes), 1e-2 if dtype == "float16" else 1e-5)


@pytest.mark.parametrize(
    "transform",
    [
        jax.jit,
        lambda f: jax.grad(scalar(f), (0, 1, 2)),
        lambda f: jax.jit(jax.grad(scalar(f), (0, 1, 2))),
        lambda f: jax.grad(jax.checkpoint(scalar(f)), (0, 2)),
        lambda f: lambda *xs: jax.jvp(f, xs, xs),
        lambda f: lambda *xs: jax.jvp(jax.grad(scalar(f)), xs, xs),
        lambda f: lambda *xs: jax.vjp(f, *xs)[1](jnp.ones((3, 2), xs[0].dtype)),
        lambda f: jax.grad(lambda *xs: jnp.sum(jax.grad(scalar(f), 1)(*xs) ** 2), (0, 1, 2)),
        lambda f: lambda *xs: jax.linearize(f, *xs)[1](*xs),
        lambda f: jax.hessian(scalar(f), (0, 1, 2)),
        lambda f: jax.jit(jax.jacfwd(f, (0, 1))),
        lambda f: jax.jacrev(f, (0, 2)),
    ],
    ids=[
        "jit",
        "grad",
        "jit-grad",
        "checkpoint",
        "jvp",
        "jvp-grad",
        "vjp",
        "grad-grad",
        "linearize",
        "hessian",
        "jacfwd",
        "jacrev",
    ],
)
def test_transforms_agree_with_jnp_einsum(transform):
    xs = [x.astype("float64") for x in (A, B, C)]  # in float32 either side is off by as much as they differ
    assert_trees_close(transform(chain)(*xs), transform(same_chain)(*xs), 1e-11)


def test_a_running_call_outlives_its_function():
    x = jnp.eye(600)

    def long_then_ours(x):
        for _ in range(20):
            x = x @ x
        return ricci.einsum("ij->ji", x)

    compiled = jax.jit(long_then_ours)
    for _ in range(2):
        y = compiled(x)
    del compiled, long_then_ours
    jax.clear_caches()
    gc.collect()
    assert_trees_close(y, x)


@pytest.mark.parametrize("row", [row for row in ROWS if row.shapes[0]][::4], ids=str)
def test_vmap_is_a_loop(row):
    arrays = naive.operands(row, "float64", seed=14)
    sizes = dict(row.sizes)
    f = lambda *xs: ricci.einsum(row.equation, *xs, sizes=sizes)  # noqa: E731
    many = np.stack([arrays[0], arrays[0] + 1, arrays[0] * 2], axis=-1)
    got = jax.vmap(f, (many.ndim - 1,) + (None,) * (len(arrays) - 1))(many, *arrays[1:])
    assert_trees_close(got, np.stack([f(many[..., k], *arrays[1:]) for k in range(3)]), 1e-9)


def test_vmap_of_the_rest():
    xs = jax.random.normal(jax.random.key(7), (3, 4, 4))
    for name, ours, theirs in [
        ("per-example gradients", jax.grad(scalar(lambda x: ricci.matmul(x, x))), jax.grad(scalar(lambda x: x @ x))),
        ("softmax", lambda x: ricci.softmax(x, 1), lambda x: jax.nn.softmax(x, 1)),
        ("outer", ricci.outer, jnp.outer),
        ("trace", ricci.trace, jnp.trace),
        (
            "max_plus",
            lambda x: ricci.einsum("ij,jk->ik", x, x, semiring="max_plus"),
            lambda x: jnp.max(x[:, :, None] + x, 1),
        ),
        ("nested", jax.vmap(lambda r: ricci.outer(r, r)), jax.vmap(lambda r: jnp.outer(r, r))),
    ]:
        many = (xs, xs) if name == "outer" else (xs,)
        assert_trees_close(jax.jit(jax.vmap(ours))(*many), jax.vmap(theirs)(*many), 1e-5)


def test_loops_of_jax():
    def power(f):
        return lambda x: jax.lax.scan(lambda y, _: (f(y, x), None), x, None, length=4)[0]

    square = jax.random.normal(jax.random.key(5), (4, 4))
    for transform in (jax.jit, lambda f: jax.grad(scalar(f))):
        assert_trees_close(transform(power(ricci.matmul))(square), transform(power(jnp.matmul))(square), 1e-4)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (lambda x: ricci.outer(x, x), lambda x: jnp.outer(x, x)),
        (lambda x: ricci.matmul(x, x), lambda x: x @ x),
        (lambda x: ricci.tensordot(x, x, 1), lambda x: jnp.tensordot(x, x, 1)),
        (lambda x: ricci.trace(x), jnp.trace),
        (lambda x: ricci.diagonal(x, 1), lambda x: jnp.diagonal(x, 1)),
        (lambda x: ricci.permute(x, (1, 0)), lambda x: x.T),
        (lambda x: ricci.expand(x, (3, 4, 4)), lambda x: jnp.broadcast_to(x, (3, 4, 4))),
        (lambda x: ricci.sum(x, axis=0, keepdims=True), lambda x: jnp.sum(x, 0, keepdims=True)),
        (
            lambda x: ricci.bilinear(x, x, jnp.ones((2, 4, 4), "float32"), jnp.ones(2, "float32")),
            lambda x: 1 + (x.sum(1) ** 2)[:, None] + jnp.zeros(2, "float32"),
        ),
        (lambda x: ricci.softmax(x, 1), lambda x: jax.nn.softmax(x, 1)),
        (lambda x: ricci.logsumexp(x, axis=0), lambda x: jax.nn.logsumexp(x, 0)),
        (lambda x: ricci.tanh(x), jnp.tanh),
        (lambda x: ricci.einsum("ij,jk->ik", x, x, alpha=2.5), lambda x: 2.5 * x @ x),
        (lambda x: ricci.einsum("ij,jk->ik", x, x, semiring="max_plus"), lambda x: jnp.max(x[:, :, None] + x, 1)),
        (
            lambda x: ricci.einsum("ij,jk->ik", x, x, semiring="log_sum_exp"),
            lambda x: jax.nn.logsumexp(x[:, :, None] + x, 1),
        ),
        (lambda x: ricci.plan("ij,jk->ik", (4, 4), (4, 4), dtype="float64")(x, x), lambda x: x @ x),
    ],
)
def test_functions(ours, theirs):
    x = jax.random.normal(jax.random.key(6), (4, 4))
    for transform in (
        jax.jit,
        lambda f: jax.jit(jax.grad(scalar(f))),
        lambda f: lambda x: jax.jvp(jax.grad(scalar(f)), (x,), (x + 1,)),
    ):
        assert_trees_close(transform(ours)(x), transform(theirs)(x), 1e-4)


def test_errors():
    with pytest.raises(ricci.EinsumError, match="label 'j'"):
        jax.jit(lambda a: ricci.einsum("ij,jk->ik", a, a))(A)
    with pytest.raises(ricci.GradError, match="operand 1: torch or JAX differentiates or traces(.|\n)*outside jit"):
        jax.jit(lambda a: ricci.plan("ij->i", (3, 4)).gradients(a))(A)
    with pytest.raises(ricci.GradError, match="out="):
        jax.jit(lambda a: ricci.einsum("ij->i", a, out=ricci.zeros(3)))(A)
    with pytest.raises(ricci.GradError, match="another is a ricci.Tensor"):
        jax.jit(lambda a: ricci.matmul(a, ricci.ones(4, 2)))(A)
    with pytest.raises(Exception, match="max_product needs nonnegative values"):
        jax.jit(lambda a: ricci.einsum("ij,ij->i", a, a, semiring="max_product"))(A - 10).block_until_ready()


CONSTANTS = {
    "float64": lambda: np.ones(3),
    "int32": lambda: np.ones(3, "int32"),
    "arange": lambda: np.arange(3),
    "complex128": lambda: np.ones(3, complex),
    "a float of NumPy": lambda: np.float64(2),
    "a weak array": lambda: jnp.asarray(2.0),
    "a float": lambda: 2.0,
    "an int": lambda: 2,
    "a list": lambda: [1.0, 2.0, 3.0],
}


@pytest.mark.parametrize("wide", [False, True])
@pytest.mark.parametrize("dtype", ["float32", "float16", "int32"])
@pytest.mark.parametrize("name", CONSTANTS)
def test_constants_beside_arrays_get_the_dtype_that_jax_gives_them(name, dtype, wide):
    if (name, dtype, wide) == ("an int", "int32", True):
        pytest.skip("jax.numpy.einsum fails there")
    with jax.enable_x64(wide):
        constant = CONSTANTS[name]()
        a = jnp.array([1, 2, 3], dtype)
        equation = "i,i->i" if np.ndim(constant) else "i,->i"
        swapped = "i,i->i" if np.ndim(constant) else ",i->i"
        like = jnp.array(constant, "float32") if name == "a list" else constant  # jax.numpy takes no lists
        expected = jnp.einsum(equation, a, like)
        got = ricci.einsum(equation, a, constant)
        assert_trees_close(got, expected)
        assert_trees_close(jax.jit(lambda x: ricci.einsum(equation, x, constant))(a), expected)
        assert_trees_close(jax.jit(lambda x: ricci.einsum(swapped, constant, x))(a), expected)
        assert_trees_close(jax.vmap(lambda x: ricci.einsum(equation, x, constant))(a[None]), expected[None])
        if dtype != "int32" and not jnp.iscomplexobj(expected):
            f, g = ((lambda x, e=e: e(equation, x, constant).sum()) for e in (ricci.einsum, jnp.einsum))
            if name != "a list":
                assert_trees_close(jax.grad(f)(a), jax.grad(g)(a))
