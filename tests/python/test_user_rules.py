"""Function: operations with a rule of one's own, in every mode, and what a wrong rule is told."""

import gc
import weakref

import numpy as np
import pytest
from points import BATCH, X, close, gradient

import ricci


class Power(ricci.Function):
    """x^n, with the exponent as it is given."""

    @staticmethod
    def forward(ctx, x, n):
        ctx.save_for_backward(x)
        ctx.n = n
        return x**n

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        assert ctx.needs_input_grad == (True, False)
        return ctx.n * x ** (ctx.n - 1) * g, None

    @staticmethod
    def jvp(ctx, dx, dn):
        (x,) = ctx.saved_tensors
        assert dn is None
        return ctx.n * x ** (ctx.n - 1) * dx


class Same(ricci.Function):
    """The argument itself, whose gradient is turned round."""

    @staticmethod
    def forward(ctx, x):
        return x

    @staticmethod
    def backward(ctx, g):
        return -g


def test_function():
    cube = lambda x: Power.apply(x, 3.0)  # noqa: E731
    x = ricci.tensor(np.abs(X) + 0.5)
    assert ricci.gradcheck(cube, x)
    assert ricci.gradgradcheck(cube, x)
    close(ricci.hessian(lambda t: cube(t).sum(), x), np.diag(6 * x.numpy()))
    batch = np.abs(BATCH) + 0.5
    close(ricci.vmap(gradient(lambda t: cube(t).sum()))(batch), 3 * batch**2)
    close(ricci.jacobian(lambda t: ricci.checkpoint(cube, t), x), np.diag(3 * x.numpy() ** 2))
    leaf = ricci.tensor([1.0, 2.0], requires_grad=True)
    Same.apply(leaf).sum().backward()
    assert leaf.grad.tolist() == [-1, -1]
    assert leaf.is_leaf


def test_wrong_rules_are_told():
    class Wrong(ricci.Function):
        @staticmethod
        def forward(ctx, x, what):
            ctx.what = what
            return x * 1

        @staticmethod
        def backward(ctx, g):
            return ctx.what

    x = ricci.tensor([1.0, 2.0], requires_grad=True)
    for what, says in (
        (None, "gave 1 gradients for 2 arguments"),
        ((ricci.ones(3), None), r"shape \(3,\) where float32 of shape \(2,\) is needed"),
    ):
        with pytest.raises(ricci.GradError, match=says):
            Wrong.apply(x, what).sum().backward()
    with pytest.raises(ricci.GradError, match="has no jvp"):
        ricci.jvp(lambda t: Wrong.apply(t, None), x, x)
    with pytest.raises(ricci.GradError, match="needs at least one tensor"):
        Wrong.apply(3, None)
    with pytest.raises(ricci.GradError, match="reverse mode but"):
        ricci.gradcheck(Same.apply, ricci.tensor(X), forward_mode=False)


def test_functions_kept_on_the_tape_are_let_go():
    class Marker:
        pass

    marker = Marker()
    alive = weakref.ref(marker)
    x = ricci.tensor(X, requires_grad=True)
    y = ricci.checkpoint(lambda t, kept=marker: t * 2 if kept else t, x)
    y.register_hook(lambda g, kept=marker: g)
    _, pullback = ricci.vjp(lambda t, kept=marker: Power.apply(t, 2.0), x)
    del marker
    assert alive() is not None
    del y, pullback
    gc.collect()
    assert alive() is None
