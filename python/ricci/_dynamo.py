"""What torch.compile is told, when torch._dynamo is first imported: that it may trace Ricci's functions of arrays."""

import importlib.abc
import importlib.machinery
import importlib.util
import sys
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

from ricci import _core
from ricci.nn import functional

_COMPILER = "torch._dynamo"
# Random numbers and positions are read while a graph is made: dropout, take and their kin break it.
_ARRAYS = """argmax argmin bilinear bmm cat diagonal dot einsum expand flatten log_softmax logsumexp matmul max mean min
outer permute reshape softmax squeeze stack sum tensordot trace transpose unsqueeze where"""
_LAYERS = """bilinear binary_cross_entropy binary_cross_entropy_with_logits gelu l1_loss layer_norm leaky_relu linear
mse_loss silu smooth_l1_loss softplus"""


def _let_trace() -> None:
    import torch

    for function in [getattr(_core, name) for name in (*_ARRAYS.split(), *_core.__all__)]:
        torch.compiler.allow_in_graph(function)
    for name in _LAYERS.split():
        torch.compiler.allow_in_graph(getattr(functional, name))


class _Watch(importlib.abc.MetaPathFinder):
    """Calls a function once a module has been imported, and is gone."""

    def __init__(self, name: str, then: Callable[[], None]) -> None:
        self._name, self._then = name, then

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name != self._name:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.loader is not None:
            loader: Any = spec.loader
            run = loader.exec_module

            def run_and_tell(module: ModuleType) -> None:
                run(module)
                self._then()

            loader.exec_module = run_and_tell
        return spec


def watch() -> None:
    """Tells torch.compile now, or when it is there."""
    if _COMPILER in sys.modules:
        _let_trace()
    else:
        sys.meta_path.insert(0, _Watch(_COMPILER, _let_trace))
