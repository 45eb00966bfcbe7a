"""Ricci's operations as functions of torch, with its rules: autograd, forward mode, torch.func, torch.compile."""

from collections.abc import Sequence
from typing import Any

import torch
from torch.autograd import forward_ad

from ricci import _core

Outline = tuple[tuple[int, ...], str]


def is_kept(tensor: Any) -> bool:
    """Whether torch records, transforms or traces what is done with it."""
    return (
        (tensor.requires_grad and torch.is_grad_enabled())
        or torch._C._are_functorch_transforms_active()
        or forward_ad._current_level >= 0
        or torch._C._len_torch_dispatch_stack() > 0
    )


def call(operation: _core._Operation, inputs: Sequence[torch.Tensor]) -> Any:
    """The operation as torch records it."""
    return _Operation.apply(operation, *inputs)


def _outline(tensor: torch.Tensor) -> Outline:
    return tuple(tensor.shape), str(tensor.dtype).removeprefix("torch.")


class _Operation(torch.autograd.Function):
    @staticmethod
    def forward(operation: _core._Operation, *xs: torch.Tensor) -> torch.Tensor:
        return operation.run(xs)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: torch.Tensor) -> None:
        operation, *xs = inputs
        wanted = [i for i, needed in enumerate(ctx.needs_input_grad[1:]) if needed]
        reads = [operation.reads(i, len(xs)) for i in wanted]
        kept = [x if any(r[k] for r in reads) else None for k, x in enumerate([*xs, output])]
        ctx.operation = operation
        ctx.outlines = [_outline(x) for x in [*xs, output]]
        ctx.save_for_backward(*kept)
        ctx.save_for_forward(*xs, output)
        if not operation.differentiable:
            ctx.mark_non_differentiable(output)

    @staticmethod
    def backward(ctx: Any, seed: torch.Tensor) -> tuple[Any, ...]:
        *xs, y = _values(ctx)
        wanted = ctx.needs_input_grad[1:]
        return None, *(ctx.operation.transpose(i, xs, y, seed) if w else None for i, w in enumerate(wanted))

    @staticmethod
    def jvp(ctx: Any, _: None, *tangents: torch.Tensor | None) -> Any:
        *xs, y = _values(ctx)
        parts = [ctx.operation.apply(i, xs, y, t) for i, t in enumerate(tangents) if t is not None]
        return sum(parts[1:], parts[0])

    @staticmethod
    def vmap(
        info: Any, axes: tuple[int | None, ...], operation: _core._Operation, *xs: torch.Tensor
    ) -> tuple[Any, int]:
        flags = [axis is not None for axis in axes[1:]]
        first = [x if axis is None else x.movedim(axis, 0) for x, axis in zip(xs, axes[1:], strict=True)]
        return operation.batched(first, flags), 0


def _values(ctx: Any) -> list[Any]:
    """The saved tensors, and of the others what is known of them: shape and dtype."""
    return [o if v is None else v for v, o in zip(ctx.saved_tensors, ctx.outlines, strict=True)]
