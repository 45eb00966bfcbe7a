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
        self._recording = _core._Recording(False)

    def __enter__(self) -> "no_grad":
        self._recording.enter()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._recording.leave()


def value_and_grad(f: Callable[..., _core.Tensor]) -> Callable[..., tuple[_core.Tensor, Any]]:
    """The function that gives f's value and its gradient: one tensor for one argument, a tuple for several.

    >>> ricci.value_and_grad(lambda x: (x * x).sum())(ricci.tensor([1.0, 2.0]))
    (Tensor(5.0), Tensor([2.0, 4.0]))
    """

    @functools.wraps(f)
    def with_gradient(*xs: Any) -> tuple[_core.Tensor, Any]:
        return _core._value_and_gradients(f, *xs)

    return with_gradient


def show_config() -> None:
    """Prints the version, the compiler and the number of threads.

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
