"""Ricci's search as an optimizer that opt_einsum and cotengra take; imported when it is first asked for."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any

from ricci import _core
from ricci.errors import EinsumError


def _base() -> Any:
    """opt_einsum tells optimizers by their class, so where it is installed ours derives from its own."""
    try:
        from opt_einsum.paths import PathOptimizer as base
    except ImportError:
        return object
    return base


class PathOptimizer(_base()):  # type: ignore[misc]
    """An `optimize=` for opt_einsum, cotengra, quimb and jnp.einsum that searches the order as ricci.path does.

    method, seconds, seed and goal are ricci.path's. For np.einsum, which takes paths only, write
    optimize=["einsum_path", *ricci.plan(equation, *arrays).path].

    >>> optimizer = ricci.PathOptimizer(seconds=0.1)
    >>> optimizer(["ab", "bc", "cd"], "ad", dict(a=2, b=3, c=40, d=5))
    [(1, 2), (0, 1)]
    """

    def __init__(self, method: str = "auto", seconds: float | None = None, seed: int = 0, goal: str = "flops") -> None:
        self.method, self.seconds, self.seed, self.goal = method, seconds, seed, goal

    def __call__(
        self,
        inputs: Sequence[Iterable[Hashable]],
        output: Iterable[Hashable],
        size_dict: Mapping[Any, int],
        memory_limit: int | None = None,
    ) -> list[tuple[int, ...]]:
        """The path, as positions in the list of what is left. Raises EinsumError for a memory limit."""
        if memory_limit is not None:
            raise EinsumError(
                "PathOptimizer: memory_limit is not kept by a path alone\n  leave it away, and search with goal='size'"
            )
        # Sets have no order that two processes share; with one, the same call gives the same path.
        terms = [sorted(term, key=str) for term in inputs]
        return _core.path(
            terms,
            sorted(output, key=str),
            size_dict,
            method=self.method,
            seconds=self.seconds,
            seed=self.seed,
            goal=self.goal,
        )
