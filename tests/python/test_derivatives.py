"""jacobian, hessian, hvp, vmap, checkpoint, hooks, detect_anomaly, gradcheck: against JAX and against loops."""

import itertools

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive import rows  # the table of equations
from points import BATCH, V, W, X, close, gradient, random

import ricci

jax.config.update("jax_enable_x64", True)
jnp = jax.numpy


def energy(lib, x, w):
    """Coupled, with derivatives of every order, in ricci or jax.numpy."""
    return (lib.tanh(lib.einsum("ij,j->i", w, x)) ** 2.0).sum() * lib.sin(x).sum()


def ours(x):
    return energy(ricci, x, ricci.tensor(W))


def theirs(x):
    return energy(jnp, x, jnp.asarray(W))


def along(lib_jvp, f):
    """The derivative of f along V, in forward mode."""
    return lambda x: lib_jvp(f, (x,), (x * 0.0 + V,))[1]


def kept(f):
    return lambda *xs: ricci.checkpoint(f, *xs)


COMPOSITIONS = {
    "gradient": (gradient(ours), jax.grad(theirs)),
    "jacobian": (lambda x: ricci.jacobian(gradient(ours), x), jax.jacobian(jax.grad(theirs))),
    "hessian": (lambda x: ricci.hessian(ours, x), jax.hessian(theirs)),
    "hessian through checkpoint": (lambda x: ricci.hessian(kept(ours), x), jax.hessian(jax.checkpoint(theirs))),
    "hvp": (
        lambda x: ricci.hvp(ours, x, ricci.tensor(V)),
        lambda x: jax.jvp(jax.grad(theirs), (x,), (jnp.asarray(V),))[1],
    ),
    "gradient of jvp": (gradient(along(ricci.jvp, ours)), jax.grad(along(jax.jvp, theirs))),
    "jvp of gradient": (along(ricci.jvp, gradient(ours)), along(jax.jvp, jax.grad(theirs))),
    "third derivatives": (lambda x: ricci.jacobian(lambda y: ricci.hessian(ours, y), x), jax.jacfwd(jax.hessian(theirs))),
    "hessian of vmap": (
        lambda x: ricci.hessian(lambda y: ricci.vmap(lambda b: ours(y * b))(ricci.tensor(BATCH)).sum(), x),
        jax.hessian(lambda y: jax.vmap(lambda b: theirs(y * b))(BATCH).sum()),
    ),
    "hessian of vmap through checkpoint": (
        lambda x: ricci.hessian(lambda y: ricci.vmap(kept(lambda b: ours(y * b)))(ricci.tensor(BATCH)).sum(), x),
        jax.hessian(lambda y: jax.vmap(jax.checkpoint(lambda b: theirs(y * b)))(BATCH).sum()),
    ),
    "checkpoint of vmap of checkpoint": (
        lambda x: ricci.hessian(kept(lambda y: ricci.vmap(kept(lambda b: ours(y * b)))(BATCH).sum()), x),
        jax.hessian(lambda y: jax.vmap(lambda b: theirs(y * b))(BATCH).sum()),
    ),
    "vmap of hessian": (
        lambda x: ricci.vmap(lambda b: ricci.hessian(kept(ours), x * b))(BATCH),
        lambda x: jax.vmap(lambda b: jax.hessian(theirs)(x * b))(BATCH),
    ),
    "gradient of vmap of gradient": (
        gradient(lambda x: ricci.vmap(lambda b: gradient(lambda y: ours(x * y))(b))(BATCH).sum()),
        jax.grad(lambda x: jax.vmap(lambda b: jax.grad(lambda y: theirs(x * y))(b))(BATCH).sum()),
    ),
}


@pytest.mark.parametrize("name", COMPOSITIONS)
def test_every_composition_is_jaxs(name):
    mine, other = COMPOSITIONS[name]
    close(mine(ricci.tensor(X)), other(jnp.asarray(X)))


def jax_knows(row):
    """JAX has no long names, no conjugation, no repeated or new output labels, and does not broadcast extents of 1."""
    labels = row.equation.replace(" ", "")
    output = labels.partition("->")[2].replace("...", "")
    sizes = {}
    for term, shape in zip(labels.partition("->")[0].split(","), row.shapes, strict=True):
        if "." not in term:
            for label, extent in zip(term, shape, strict=False):
                sizes.setdefault(label, set()).add(extent)
    plain = not row.sizes and not set("{*") & set(labels) and len(set(output)) == len(output)
    return plain and all(len(extents) == 1 for extents in sizes.values()) and len(row.shapes) <= 3


def test_gradients_of_every_equation_are_jaxs():
    """JAX gives the conjugate of torch's gradient, which is ours; forward mode is the same in both."""
    known = [row for row in rows() if jax_knows(row)][::3]
    assert len(known) > 15
    with jax.disable_jit():
        for row in known:
            xs = [random(*shape, dtype="complex128") for shape in row.shapes]
            tangents = [random(*shape, dtype="complex128") for shape in row.shapes]
            mine = lambda *t, e=row.equation: ricci.einsum(e, *t)  # noqa: E731
            other = lambda *t, e=row.equation: jnp.einsum(e, *t)  # noqa: E731
            y, pull = jax.vjp(other, *xs)
            seed = random(*y.shape, dtype="complex128")
            value, pullback = ricci.vjp(mine, *xs)
            close(value, y)
            for got, expected in zip(pullback(seed), pull(jnp.conj(seed)), strict=True):
                close(got, jnp.conj(expected))
            close(ricci.jvp(mine, xs, tangents)[1], jax.jvp(other, tuple(xs), tuple(tangents))[1])


SEMIRINGS = ["sum_product", "max_plus", "min_plus", "max_product", "log_sum_exp"]


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_every_mode_of_any_contraction(data):
    """Forward is the transpose of reverse, in first and second derivatives, for equations nobody wrote."""
    extents = {label: data.draw(st.integers(0, 3)) for label in "abcd"}
    terms = data.draw(st.lists(st.lists(st.sampled_from("abcd"), max_size=3), min_size=1, max_size=4))
    used = sorted({label for term in terms for label in term})
    output = data.draw(st.permutations(used).map(lambda p: p[: data.draw(st.integers(0, len(p)))]))
    semiring = data.draw(st.sampled_from(SEMIRINGS))
    equation = ",".join("".join(term) for term in terms) + "->" + "".join(output)
    shapes = [tuple(extents[label] for label in term) for term in terms]
    xs, vs, ws = ([ricci.tensor(random(*shape)) for shape in shapes] for _ in range(3))
    if semiring == "max_product":
        xs = [abs(x) for x in xs]
    f = lambda *points: ricci.einsum(equation, *points, semiring=semiring)  # noqa: E731
    if semiring != "sum_product" and any(extents[label] == 0 for label in used):
        return  # a sum over nothing is an infinity
    y, along = ricci.jvp(f, xs, vs)
    seed = ricci.tensor(random(*y.shape))
    inner = lambda a, b: sum(float((p * q).sum().item()) for p, q in zip(a, b, strict=True))  # noqa: E731
    slope = lambda *at: sum((g * v).sum() for g, v in zip(ricci.vjp(f, *at)[1](seed), vs, strict=True))  # noqa: E731
    assert inner([seed], [along]) == pytest.approx(slope(*xs).item(), rel=1e-10, abs=1e-10)
    bent = ricci.jvp(slope, xs, ws)[1].item()  # forward over reverse
    turned = inner([seed], [ricci.jvp(lambda *points: ricci.jvp(f, points, vs)[1], xs, ws)[1]])
    back = inner(ricci.vjp(lambda *points: ricci.jvp(f, points, vs)[1], *xs)[1](seed), ws)  # reverse over forward
    assert bent == pytest.approx(turned, rel=1e-9, abs=1e-9)
    assert bent == pytest.approx(back, rel=1e-9, abs=1e-9)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 4), st.integers(0, 4), st.booleans())
def test_jacobians_of_any_shape(n, m, second):
    w = random(m, n)
    f = lambda x: (w @ x) ** 2.0  # noqa: E731
    x = random(n)
    jacobian = ricci.jacobian(lambda t: f(t), ricci.tensor(x))
    close(jacobian, 2 * (w @ x)[:, None] * w)
    if second and m:
        close(ricci.hessian(lambda t: f(t).sum(), x), 2 * w.T @ w)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda x: ricci.vmap(lambda t: t.sum().item())(x), "stands for 5"),
        (lambda x: ricci.vmap(lambda t: t if t.sum() > 0 else -t)(x), r"use where\(\) instead of if"),
        (lambda x: ricci.vmap(lambda t: ricci.tensor(t.numpy()))(x), "stands for 5"),
        (lambda x: ricci.vmap(lambda t: t.tolist())(x), "stands for 5"),
        (lambda x: ricci.vmap(lambda t: 3)(x), "has to return Tensors, not an object of type int"),
        (lambda x: ricci.vmap(lambda t: t, in_axes=2)(x), "axis 2 for argument 1 of shape"),
        (lambda x: ricci.vmap(lambda t, u: t, in_axes=(0, 1))(x, x), "has 3 along axis 1, but argument 1 has 5"),
        (lambda x: ricci.vmap(lambda t: t, in_axes=(0, 0))(x), "in_axes names 2 arguments, but there are 1"),
        (lambda x: ricci.vmap(lambda t: t, in_axes=None)(x), "no argument has a batch"),
        (lambda x: ricci.vmap(lambda t: t, out_axes=None)(x), "out_axes is None for a result that differs"),
        (lambda x: ricci.vmap(lambda t: t, out_axes=(0, 0))(x), "out_axes names 2 results"),
        (lambda x: ricci.jacobian(lambda t: t, x.to("complex128")), "real numbers"),
        (lambda x: ricci.hessian(lambda t: t, x.to("int64")), "has no derivatives"),
        (lambda x: ricci.hvp(lambda t: t, x, x), "one real value"),
        (lambda x: ricci.hvp(lambda t: t.sum(), x, [x, x]), "1 points but 2 directions"),
        (lambda x: ricci.jacobian(3, x), "a function of tensors is needed, not an object of type int"),
        (lambda x: ricci.checkpoint(lambda t: 3, x), "has to return a Tensor"),
        (lambda x: ricci.gradcheck(lambda t: t, x.to("float32")), "need float64 or complex128"),
        (lambda x: x.register_hook(lambda g: g), "does not require grad"),
        (lambda x: (x * 1).requires_grad_().register_hook(3), "a function of the gradient is needed"),
    ],
)
def test_wrong_calls_are_told(call, says):
    with pytest.raises(ricci.Error, match=says):
        call(ricci.tensor(BATCH))


def test_python_errors_go_through_every_transform():
    def fails(*_):
        raise KeyError("mine")

    x = ricci.tensor(X)
    for call in (
        lambda: ricci.vmap(fails)(x),
        lambda: ricci.jacobian(fails, x),
        lambda: ricci.hessian(fails, x),
        lambda: ricci.checkpoint(fails, x),
        lambda: ricci.gradcheck(fails, x),
        lambda: ricci.vjp(fails, x),
        lambda: ricci.jvp(fails, x, x),
    ):
        with pytest.raises(KeyError, match="mine"):
            call()
    leaf = ricci.tensor(X, requires_grad=True)
    leaf.register_hook(fails)
    with pytest.raises(KeyError, match="mine"):
        (leaf * 2).sum().backward()
    assert leaf.grad is None


def test_hooks():
    x = ricci.tensor([1.0, 2.0], requires_grad=True)
    seen = []
    with x.register_hook(lambda g: g * 10):
        handle = x.register_hook(lambda g: seen.append(g.tolist()))
        (x * x).sum().backward()
    assert seen == [[20, 40]]
    assert x.grad.tolist() == [20, 40]
    handle.remove()
    handle.remove()
    assert ricci.grad((x * x).sum(), x)[0].tolist() == [2, 4]
    with pytest.raises(ricci.GradError, match="a hook got"), x.register_hook(lambda g: ricci.ones(3)):
        (x * x).sum().backward()
    y = x * 3
    y.register_hook(lambda g: -g)
    assert ricci.grad(y.sum(), x)[0].tolist() == [-3, -3]


def test_detect_anomaly_names_the_line():
    x = ricci.tensor([0.0, 4.0], requires_grad=True)
    with ricci.detect_anomaly():
        y = ricci.sqrt(x) * 2  # the line
        with pytest.raises(ricci.GradError, match=r"sqrt gives its operand 1 (.|\n)*test_derivatives.py, line \d+: y = "):
            y.sum().backward()
        z = ricci.log(x - 1)  # makes a NaN
        with pytest.raises(ricci.GradError, match=r"the first was made by log(.|\n)*z = ricci.log\(x - 1\)"):
            (z * z).sum().backward()
    assert x.grad is None
    ricci.sqrt(x).sum().backward()
    assert x.grad is not None


def test_detect_anomaly_sees_changes_by_numpy():
    shared = np.ones(3)
    x = ricci.tensor([1.0, 2.0, 3.0], requires_grad=True, dtype="float64")
    with ricci.detect_anomaly():
        y = (x * ricci.asarray(shared)).sum()
        y.backward()
        y = (x * ricci.asarray(shared)).sum()
        shared[1] = 7
        with pytest.raises(ricci.GradError, match="changed in place after it was used"):
            y.backward()
    assert x.grad.tolist() == [1, 1, 1]


def test_checkpoint_repeats_random_numbers_and_runs_once_more():
    runs = []

    def f(x):
        runs.append(1)
        return x.exp() * (ricci.rand(3, dtype="float64") > 0.5).to("float64")

    x = ricci.tensor(X, requires_grad=True)
    y = ricci.checkpoint(f, x)
    y.sum().backward()
    assert len(runs) == 2
    close(x.grad, y.detach())


def test_what_a_gradient_needs_may_not_change():
    x, w = ricci.tensor([1.0, 2.0], requires_grad=True), ricci.tensor([3.0, 4.0])
    y = x * w
    w[0] = 5.0
    with pytest.raises(ricci.GradError, match="multiply: a value of shape"):
        y.sum().backward()
    z = ricci.checkpoint(lambda t: t * w, x)
    w[0] = 6.0
    with pytest.raises(ricci.GradError, match="changed in place"):
        z.sum().backward()
    assert x.grad is None


def test_all_modes_agree_on_every_mix_of_three():
    one = ricci.ones(1, dtype="float64")
    wraps = {
        "forward": lambda f: lambda t: ricci.jvp(f, t, one)[1],
        "reverse": lambda f: lambda t: ricci.vjp(f, t)[1]()[0],
        "jacobian": lambda f: lambda t: ricci.jacobian(f, t).reshape(1),
        "batched": lambda f: lambda t: ricci.vmap(lambda v: ricci.jvp(f, t, v)[1])(one.reshape(1, 1)).reshape(1),
        "kept": lambda f: lambda t: ricci.vjp(kept(f), t)[1]()[0],
    }
    for mix in itertools.product(wraps, repeat=3):
        f = lambda t: t**4.0 * ricci.sin(t)  # noqa: E731
        for mode in mix:
            f = wraps[mode](f)
        t = 0.7
        exact = (24 * t - 12 * t**3) * np.sin(t) + (36 * t**2 - t**4) * np.cos(t)
        assert f(ricci.tensor([t], dtype="float64")).item() == pytest.approx(exact, rel=1e-12), mix
