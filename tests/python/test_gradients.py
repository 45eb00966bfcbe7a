"""Derivatives from Python: what is recorded, backward, grad, vjp, jvp, every function by central differences."""

import itertools

import numpy as np
import pytest

import ricci

RNG = np.random.default_rng(0)
FLAGS = list(itertools.product([False, True], repeat=2))


@pytest.mark.parametrize("recording", [True, False])
@pytest.mark.parametrize("flags", FLAGS)
@pytest.mark.parametrize(
    "f",
    [
        lambda a, b: ricci.outer(a, b),
        lambda a, b: ricci.einsum("i,i->", a, b),
        lambda a, b: a + b,
        lambda a, b: a @ b,
        lambda a, b: ricci.where(ricci.tensor([True, False]), a, b),
        lambda a, b: ricci.cat([a, b]),
        lambda a, b: ricci.maximum(a, b),
        lambda a, b: ricci.plan("i,j->ij", a, b)(a, b),
    ],
)
def test_a_result_requires_grad_when_an_input_does(f, flags, recording):
    a = ricci.tensor([1.0, 2.0], requires_grad=flags[0])
    b = ricci.tensor([3.0, 4.0], requires_grad=flags[1])
    if recording:
        y = f(a, b)
    else:
        with ricci.no_grad():
            y = f(a, b)
    assert y.requires_grad == (any(flags) and recording)
    assert y.is_leaf == (not y.requires_grad)
    if y.requires_grad:
        y.backward()
        assert (a.grad is not None) == flags[0]
        assert (b.grad is not None) == flags[1]


def test_what_has_no_derivative_does_not_require_grad():
    x = ricci.ones(3, requires_grad=True)
    for y in (x > 0, x.argmax(), x.to("int64"), x.detach(), ricci.isnan(x), ricci.zeros_like(x)):
        assert not y.requires_grad


def test_outer_seeded_with_ones():
    a, b = ricci.tensor([1.0, 2.0], requires_grad=True), ricci.tensor([3.0, 4.0], requires_grad=True)
    ricci.outer(a, b).backward()
    assert (a.grad.tolist(), b.grad.tolist()) == ([7, 7], [3, 3])
    p = ricci.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    q = ricci.tensor([[5.0, 6.0], [7.0, 8.0]], requires_grad=True)
    ricci.outer(p, q).backward()
    assert (p.grad.tolist(), q.grad.tolist()) == ([[26, 26], [26, 26]], [[10, 10], [10, 10]])


def test_gradients_add_up_and_can_be_forgotten():
    x = ricci.tensor([1.0, 2.0], requires_grad=True)
    (x * x).backward()
    (x * x).backward(gradient=[1.0, 10.0])
    assert x.grad.tolist() == [4, 44]
    x.grad = None
    assert x.grad is None
    x.grad = ricci.ones(2)
    assert x.grad.tolist() == [1, 1]
    with pytest.raises(ricci.GradError):
        x.grad = ricci.ones(3)
    with pytest.raises(ricci.GradError):
        x.grad = 3


def test_requires_grad_can_be_set_on_leaves():
    x = ricci.ones(2)
    assert x.requires_grad_() is x
    assert x.requires_grad
    x.requires_grad = False
    assert not (x * 2).requires_grad
    x.requires_grad = True
    with pytest.raises(ricci.GradError):
        (x * 2).requires_grad = False
    with pytest.raises(ricci.GradError):
        ricci.ones(2, dtype="int64").requires_grad = True


def test_backward_options():
    x, z = ricci.tensor([1.0, 2.0], requires_grad=True), ricci.tensor([3.0, 4.0], requires_grad=True)
    y = (x * z).sum()
    y.backward(inputs=[x], retain_graph=True)
    assert z.grad is None
    y.backward(inputs=z)
    assert z.grad.tolist() == [1, 2]
    with pytest.raises(ricci.GradError):
        y.backward()
    with pytest.raises(ricci.GradError):
        (x * z).backward(gradient=[1.0])
    w = (x * x * x).sum()
    w.backward(create_graph=True, inputs=[x])
    assert x.grad.requires_grad


def test_grad():
    x, unused = ricci.tensor(3.0, requires_grad=True), ricci.tensor(1.0, requires_grad=True)
    y = x**3
    first, nothing = ricci.grad(y, [x, unused], create_graph=True, allow_unused=True)
    assert first.item() == 27
    assert nothing is None
    (second,) = ricci.grad(first, x, create_graph=True)
    (third,) = ricci.grad(second, (x,))
    assert (second.item(), third.item()) == (18, 6)
    assert x.grad is None
    with pytest.raises(ricci.GradError):
        ricci.grad(x * 2, unused)


def test_no_grad_nests_decorates_and_ends_on_errors():
    x = ricci.ones(2, requires_grad=True)

    @ricci.no_grad()
    def twice(t):
        return t * 2

    assert not twice(x).requires_grad
    assert (x * 2).requires_grad
    scope = ricci.no_grad()
    with scope, scope:
        assert not ricci.recording()
    assert ricci.recording()
    with pytest.raises(ZeroDivisionError), ricci.no_grad():
        1 / 0  # noqa: B018
    assert ricci.recording()


def smooth(low=0.5, high=2.0, shape=(3, 4)):
    return RNG.uniform(low, high, shape)


AT = np.array([[1, 0], [2, 2], [3, 1]])
FUNCTIONS = {
    "exp": (ricci.exp, smooth()),
    "log": (ricci.log, smooth()),
    "sqrt": (ricci.sqrt, smooth()),
    "tanh": (ricci.tanh, smooth()),
    "sigmoid": (ricci.sigmoid, smooth(-2, 2)),
    "relu": (ricci.relu, smooth(-2, -0.1)),
    "abs": (ricci.abs, smooth(-2, -0.1)),
    "sin": (ricci.sin, smooth()),
    "cos": (ricci.cos, smooth()),
    "erf": (ricci.erf, smooth()),
    "log1p": (ricci.log1p, smooth()),
    "reciprocal": (ricci.reciprocal, smooth()),
    "power": (lambda x: x**2.5, smooth()),
    "exponent": (lambda x: 1.7**x, smooth()),
    "divide": (lambda x: 2.0 / x - x / 3.0, smooth()),
    "maximum": (lambda x: ricci.maximum(x, 1.25), smooth()),
    "where": (lambda x: ricci.where(x > 1.0, x * x, -x), smooth()),
    "sum": (lambda x: ricci.sum(x, axis=1, keepdims=True) * x, smooth()),
    "mean": (lambda x: ricci.mean(x * x, axis=0), smooth()),
    "max": (lambda x: ricci.max(x, axis=1), smooth()),
    "min": (lambda x: ricci.min(x), smooth()),
    "logsumexp": (lambda x: ricci.logsumexp(x, axis=0), smooth()),
    "softmax": (lambda x: ricci.softmax(x, axis=1) * x, smooth()),
    "log_softmax": (lambda x: ricci.log_softmax(x, axis=0) * x, smooth()),
    "reshape": (lambda x: x.reshape(2, 6) * x.reshape(2, 6), smooth()),
    "slices": (lambda x: x[::-1, 1::2] * x[:, :2], smooth()),
    "rows": (lambda x: x[[2, 0, 2]] * x, smooth()),
    "gather": (lambda x: ricci.gather(x, AT, 1) ** 2.0, smooth()),
    "scatter": (lambda x: ricci.scatter_add(x, np.array([[1, 0, 1, 1]] * 3), 1, 2) ** 2.0, smooth()),
    "stack": (lambda x: ricci.stack([x, x * x], axis=1), smooth()),
    "cat": (lambda x: ricci.cat([x, x * x], axis=1), smooth()),
    "diagonal": (lambda x: ricci.diagonal(x * x, 1), smooth()),
    "expand": (lambda x: ricci.expand(x * x, (2, 3, 4)), smooth()),
    "cast": (lambda x: x.to("complex128").real * x, smooth()),
    "matmul": (lambda x: x @ x.T, smooth()),
    "outer": (lambda x: ricci.outer(x, x), smooth(shape=(2, 3))),
    "bilinear": (lambda x: ricci.bilinear(x, x, ricci.tensor(smooth(shape=(2, 4, 4)))), smooth()),
    "max_plus": (lambda x: ricci.einsum("ij,kj->ik", x, x * x, semiring="max_plus"), smooth()),
    "log_sum_exp": (lambda x: ricci.einsum("ij,kj->ik", x, x * x, semiring="log_sum_exp"), smooth()),
}
FIXED = {name: RNG.uniform(-1, 1, (16, 16, 16)) for name in FUNCTIONS}


def weights(name, shape):
    return ricci.tensor(np.resize(FIXED[name], shape))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_by_central_differences(name):
    f, at = FUNCTIONS[name]
    if name == "bilinear":
        w = ricci.tensor(smooth(shape=(2, 4, 4)))
        f = lambda x: ricci.bilinear(x, x, w)  # noqa: E731
    direction = RNG.uniform(-1, 1, at.shape)
    x = ricci.tensor(at, requires_grad=True)
    y = f(x)
    seed = weights(name, y.shape)
    (gradient,) = ricci.grad(y, x, gradient=seed)
    step = 1e-5
    ahead, behind = f(ricci.tensor(at + step * direction)), f(ricci.tensor(at - step * direction))
    slope = ((ahead - behind) / (2 * step)).numpy()
    assert (gradient.numpy() * direction).sum() == pytest.approx((slope * seed.numpy()).sum(), rel=1e-7, abs=1e-8)
    value, tangent = ricci.jvp(f, [ricci.tensor(at)], [ricci.tensor(direction)])
    np.testing.assert_allclose(value.numpy(), y.detach().numpy(), rtol=1e-13)
    np.testing.assert_allclose(tangent.numpy(), slope, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_second_derivatives(name):
    """Hessian times a direction: reverse over reverse, forward over reverse and reverse over forward agree."""
    f, at = FUNCTIONS[name]
    if name == "bilinear":
        w = ricci.tensor(smooth(shape=(2, 4, 4)))
        f = lambda x: ricci.bilinear(x, x, w)  # noqa: E731
    direction = ricci.tensor(RNG.uniform(-1, 1, at.shape))

    def scalar(x):
        y = f(x)
        return (y * y * weights(name, y.shape)).sum()

    def gradient(x):
        y, pullback = ricci.vjp(scalar, x)
        return pullback(ricci.ones_like(y))[0]

    x = ricci.tensor(at, requires_grad=True)
    (first,) = ricci.grad(scalar(x), x, create_graph=True)
    (reverse_reverse,) = ricci.grad((first * direction).sum(), x)
    _, forward_reverse = ricci.jvp(gradient, [ricci.tensor(at)], [direction])
    tangent = ricci.jvp(scalar, [x], [direction])[1]
    (reverse_forward,) = ricci.grad(tangent, x)
    for other in (forward_reverse, reverse_forward):
        np.testing.assert_allclose(other.numpy(), reverse_reverse.numpy(), rtol=1e-10, atol=1e-11)


def test_complex_gradients_follow_torch():
    z = ricci.tensor([1 + 2j, -0.5j], requires_grad=True)
    (abs(z) ** 2.0).sum().backward()
    np.testing.assert_allclose(z.grad.numpy(), 2 * z.detach().numpy(), rtol=1e-6)
    with pytest.raises(ricci.GradError):
        (z * z).backward()


def test_vjp_and_value_and_grad():
    x, w = ricci.tensor([1.0, 2.0]), ricci.tensor([3.0, 4.0])
    y, pullback = ricci.vjp(lambda a, b: a * a * b, x, w)
    assert y.tolist() == [3, 16]
    gx, gw = pullback(ricci.tensor([1.0, 10.0]))
    assert (gx.tolist(), gw.tolist()) == ([6, 160], [1, 40])
    assert pullback()[1].tolist() == [1, 4]
    value, gradient = ricci.value_and_grad(lambda a: (a * a).sum())(x)
    assert (value.item(), gradient.tolist()) == (5, [2, 4])
    value, (gx, gw) = ricci.value_and_grad(lambda a, b: (a * b).sum())(x, w)
    assert (gx.tolist(), gw.tolist()) == ([3, 4], [1, 2])


def test_forward_mode_nests():
    x = ricci.tensor(2.0)
    one = ricci.ones()

    def derivative(f):
        return lambda t: ricci.jvp(f, [t], [one])[1]

    cube = lambda t: t * t * t  # noqa: E731
    values = [
        cube(x),
        derivative(cube)(x),
        derivative(derivative(cube))(x),
        derivative(derivative(derivative(cube)))(x),
    ]
    assert [v.item() for v in values] == [8, 12, 12, 6]
    # perturbations of nested derivatives are not confused: d/dx (x * d/dy (x + y)) = 1
    inner = lambda t: t * derivative(lambda y: t + y)(ricci.tensor(1.0))  # noqa: E731
    assert derivative(inner)(x).item() == 1
    _, tangent = ricci.jvp(lambda a, b: a * b, [x, ricci.tensor(5.0)], [None, one])
    assert tangent.item() == 2


def test_tangents_do_not_leak_out():
    for leak in (lambda x: ricci.tensor(x.numpy()), lambda x: ricci.tensor(np.from_dlpack(x))):
        with pytest.raises(ricci.GradError, match="tangent"):
            ricci.jvp(leak, [ricci.ones(2)], [ricci.ones(2)])
    with pytest.raises(ricci.GradError, match="tangent"):
        ricci.jvp(lambda x: ricci.tensor(np.exp(x)), [ricci.ones(2)], [ricci.ones(2)])


def test_assignment_keeps_gradients_right():
    x = ricci.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x * x
    y[1] = 10.0
    y.sum().backward()
    assert x.grad.tolist() == [2, 0, 6]
    with pytest.raises(ricci.GradError):
        x[0] = 5.0
    with ricci.no_grad():
        x.detach()[0] = 5.0
    assert x.tolist() == [5, 2, 3]


def test_a_long_tape():
    x = y = ricci.tensor(1.0, requires_grad=True)
    for _ in range(20000):
        y = y + 1.0
    y.backward()
    assert x.grad.item() == 1
    del y


def test_out_while_recording_is_refused():
    x, out = ricci.ones(2, 2, requires_grad=True), ricci.zeros(2, 2)
    with pytest.raises(ricci.GradError):
        ricci.einsum("ij,jk->ik", x, x, out=out)
    with ricci.no_grad():
        assert ricci.einsum("ij,jk->ik", x, x, out=out) is out
    assert out.tolist() == [[2, 2], [2, 2]]


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@pytest.mark.parametrize("semiring", ["max_plus", "min_plus", "max_product", "log_sum_exp"])
def test_semirings_of_16_bits_over_several_steps(semiring, dtype):
    arrays = [RNG.uniform(0.5, 1, shape) for shape in [(3, 4), (4, 5), (5, 2)]]
    leaves = [ricci.tensor(a, dtype=dtype, requires_grad=True) for a in arrays]
    wide = [leaf.detach().to("float64").requires_grad_() for leaf in leaves]
    y, z = (ricci.einsum("ij,jk,kl->il", *xs, semiring=semiring) for xs in (leaves, wide))
    with ricci.no_grad():
        plain = ricci.einsum("ij,jk,kl->il", *leaves, semiring=semiring)
    np.testing.assert_array_equal(y.detach().to("float64").numpy(), plain.to("float64").numpy())
    half = 2.0**-8 if dtype == "bfloat16" else 2.0**-11
    for got, want in zip(ricci.grad(y.sum(), leaves), ricci.grad(z.sum(), wide), strict=True):
        assert str(got.dtype) == dtype
        np.testing.assert_allclose(got.to("float64").numpy(), want.numpy(), rtol=8 * half, atol=half)
