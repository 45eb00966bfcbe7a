"""What is Python's own: with-statements, functions that make functions, printing."""

import contextlib
import functools
from collections.abc import Callable
from types import TracebackType
from typing import Any

from ricci import _core


class no_grad(contextlib.ContextDecorator):
    """While it is entered, nothing this thread computes is recorded; a function can be decorated with it too.

    >>> x = ricci.tensor([1.0, 2.0], requires_grad=True)
    >>> with ricci.no_grad():
    ...     y = x * x
    >>> y.requires_grad
    False
    """

    def __init__(self) -> None:
        self._scope = _core._NoGrad()

    def __enter__(self) -> "no_grad":
        self._scope.enter()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._scope.leave()


def value_and_grad(f: Callable[..., _core.Tensor]) -> Callable[..., tuple[_core.Tensor, Any]]:
    """The function that gives f's value and its gradient: one tensor for one argument, a tuple for several.

    >>> ricci.value_and_grad(lambda x: (x * x).sum())(ricci.tensor([1.0, 2.0]))
    (Tensor(5.0), Tensor([2.0, 4.0]))
    """

    @functools.wraps(f)
    def with_gradient(*xs: Any) -> tuple[_core.Tensor, Any]:
        return _core._value_and_gradients(f, *xs)

    return with_gradient


def vmap(f: Callable[..., Any], in_axes: Any = 0, out_axes: Any = 0) -> Callable[..., Any]:
    """The function that is f on a whole batch at once; f itself is written for one example.

    in_axes: the axis that is the batch, for all arguments or (a tuple) for each; None where an argument is the same for
    all. out_axes: where the batch goes in the result, or (a tuple) in each of several. No loop: an einsum gets one more
    label, other operations one more axis. Nests with every derivative. Raises ShapeError for an axis that is not there
    and for batches of unequal extents, GradError where f reads a single value (item(), bool(), NumPy).

    >>> w = ricci.tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> ricci.vmap(lambda x: w @ x)(ricci.eye(2))
    Tensor([[1.0, 3.0], [2.0, 4.0]])
    """

    @functools.wraps(f)
    def mapped(*xs: Any) -> Any:
        return _core._vmap(f, in_axes, out_axes, *xs)

    return mapped


class detect_anomaly(contextlib.ContextDecorator):
    """While it is entered, backward stops at the first gradient with a NaN or an infinity and names what made it.

    The GradError names the operation and the line of Python that called it; so it does when the value itself has one.
    It looks at every value and gradient of this thread, so it is for finding faults, not for training.

    >>> x = ricci.tensor([0.0, 4.0], requires_grad=True)
    >>> with ricci.detect_anomaly():  # doctest: +ELLIPSIS
    ...     ricci.sqrt(x).sum().backward()
    Traceback (most recent call last):
    ricci.GradError: backward: the gradient that sqrt gives its operand 1 has a NaN or an infinity
      made at <doctest ...>, line 2: ricci.sqrt(x).sum().backward()
    """

    def __init__(self) -> None:
        self._scope = _core._Anomaly()

    def __enter__(self) -> "detect_anomaly":
        self._scope.enter()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._scope.leave()


class Context:
    """What forward() of a Function leaves for its rules: saved tensors, and any attribute set on it."""

    saved_tensors: tuple[_core.Tensor, ...] = ()
    needs_input_grad: tuple[bool, ...] = ()

    def save_for_backward(self, *tensors: _core.Tensor) -> None:
        """Keeps tensors: arguments and the value stay differentiable, others count as constants."""
        self.saved_tensors = tensors


class Function:
    """An operation with a rule of your own: write forward and backward, and jvp for forward mode; call apply.

    forward(ctx, *args) gives the value of tensors and other arguments; it is not recorded. backward(ctx, g) gives, for
    the gradient g of the value, one gradient for each argument: None for none and for what is no tensor. jvp(ctx,
    *tangents) gives the value's tangent. ctx.save_for_backward(...) keeps tensors for ctx.saved_tensors, and ctx keeps
    attributes. Rules written in functions of ricci can be differentiated again and go through vmap.

    >>> class Cube(ricci.Function):
    ...     @staticmethod
    ...     def forward(ctx, x):
    ...         ctx.save_for_backward(x)
    ...         return x * x * x
    ...
    ...     @staticmethod
    ...     def backward(ctx, g):
    ...         (x,) = ctx.saved_tensors
    ...         return 3.0 * x * x * g
    >>> x = ricci.tensor([1.0, 2.0], requires_grad=True)
    >>> Cube.apply(x).sum().backward()
    >>> x.grad
    Tensor([3.0, 12.0])
    """

    @classmethod
    def apply(cls, *arguments: Any) -> _core.Tensor:
        """forward(ctx, *arguments), with this class's rules for its derivatives."""
        return _core._apply_function(cls, *arguments)


def show_config() -> None:
    """Prints the version, the compiler, the number of threads, and which rates seconds are predicted by.

    >>> ricci.show_config()  # doctest: +ELLIPSIS
    ricci ...
    """
    print(_core._configuration())


def rebuild_tensor(*state: Any) -> _core.Tensor:
    """What a pickled tensor is made from."""
    return _core._rebuild(*state)


def rebuild_plan(text: str) -> _core.Plan:
    """What a pickled plan is made from."""
    return _core.Plan.from_json(text)
