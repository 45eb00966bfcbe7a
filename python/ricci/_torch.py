"""Ricci's operations as functions of torch, with its rules: autograd, forward mode, torch.func, torch.compile."""

import itertools
from collections.abc import Sequence
from typing import Any

import torch
from torch.autograd import forward_ad

from ricci import _core

_is_legacy_batch = torch._C._functorch.is_legacy_batchedtensor  # of is_grads_batched and vectorize=True
_dispatches_itself = torch.Tensor.__torch_dispatch__


def is_kept(tensor: Any) -> bool:
    """Whether torch records, transforms or traces what is done with it."""
    return (tensor.requires_grad and torch.is_grad_enabled()) or _is_seen(tensor)


def _is_seen(tensor: Any) -> bool:
    """Whether more than the tape looks: torch.func, forward mode, tracing, subclasses that stand for others."""
    return (
        _is_transformed()
        or torch._C._len_torch_dispatch_stack() > 0
        or _is_legacy_batch(tensor)
        or type(tensor).__torch_dispatch__ is not _dispatches_itself
    )


def _is_transformed() -> bool:
    return torch._C._are_functorch_transforms_active() or forward_ad._current_level >= 0


def constant(tensor: torch.Tensor) -> torch.Tensor:
    """A tensor that nobody has seen yet, as an operand beside such that are traced."""
    return torch.ops.aten.lift_fresh_copy(tensor) if torch._C._len_torch_dispatch_stack() > 0 else tensor


def call(operation: _core._Operation, inputs: Sequence[torch.Tensor]) -> Any:
    """The operation as torch records it."""
    if any(map(_is_legacy_batch, inputs)):
        return _call_legacy_batch(operation, inputs)
    if _is_transformed():
        return _Operation.apply(operation, *inputs)
    if any(map(_is_seen, inputs)):
        return _call_registered(operation, inputs)
    return _Recorded.apply(operation, *inputs)


def _run(operation: _core._Operation, inputs: Sequence[torch.Tensor]) -> Any:
    """The value, of tensors that may stand for others."""
    return _call_registered(operation, inputs) if any(map(_is_seen_below, inputs)) else operation.run(inputs)


def _is_seen_below(tensor: Any) -> bool:
    return torch._C._len_torch_dispatch_stack() > 0 or type(tensor).__torch_dispatch__ is not _dispatches_itself


def _save(ctx: Any, operation: _core._Operation, xs: Sequence[torch.Tensor], y: torch.Tensor) -> None:
    """Keeps what the rules read; of other inputs shape and dtype."""
    *reads, reads_value = operation.reads(ctx.needs_input_grad[1:])
    ctx.operation = operation
    ctx.outlines = [(x.shape, x.dtype) for x in (*xs, y)]
    ctx.save_for_backward(*(x if read else None for x, read in zip(xs, reads, strict=True)), y if reads_value else None)
    if not operation.differentiable:
        ctx.mark_non_differentiable(y)


def _values(ctx: Any) -> list[Any]:
    """The saved tensors, and of the others what is known of them: shape and dtype."""
    return [o if v is None else v for v, o in zip(ctx.saved_tensors, ctx.outlines, strict=True)]


def _gradients(ctx: Any, seed: torch.Tensor) -> tuple[Any, ...]:
    *xs, y = _values(ctx)
    return None, *ctx.operation.transposes(ctx.needs_input_grad[1:], xs, y, seed)


def _batched(
    axes: Sequence[int | None], operation: _core._Operation, xs: Sequence[torch.Tensor]
) -> tuple[torch.Tensor, int]:
    first = [x if axis is None else x.movedim(axis, 0) for x, axis in zip(xs, axes, strict=True)]
    return operation.batched(first, [axis is not None for axis in axes]), 0


class _Recorded(torch.autograd.Function):
    """The operation where nothing but the tape looks, which costs half as much."""

    @staticmethod
    def forward(ctx: Any, operation: _core._Operation, *xs: torch.Tensor) -> torch.Tensor:
        y = operation.run(xs)
        _save(ctx, operation, xs, y)
        return y

    backward = staticmethod(_gradients)


class _Operation(torch.autograd.Function):
    """The operation under torch.func and in forward mode."""

    @staticmethod
    def forward(operation: _core._Operation, *xs: torch.Tensor) -> torch.Tensor:
        return _run(operation, xs)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: torch.Tensor) -> None:
        operation, *xs = inputs
        _save(ctx, operation, xs, output)
        ctx.save_for_forward(*xs, output)

    backward = staticmethod(_gradients)

    @staticmethod
    def jvp(ctx: Any, _: None, *tangents: torch.Tensor | None) -> Any:
        *xs, y = _values(ctx)
        parts = [ctx.operation.apply(i, xs, y, t) for i, t in enumerate(tangents) if t is not None]
        return sum(parts[1:], parts[0])

    @staticmethod
    def vmap(
        info: Any, axes: tuple[int | None, ...], operation: _core._Operation, *xs: torch.Tensor
    ) -> tuple[Any, int]:
        return _batched(axes[1:], operation, xs)


def _call_legacy_batch(operation: _core._Operation, inputs: Sequence[torch.Tensor]) -> Any:
    """The operation on tensors that is_grads_batched=True has batched, which no autograd.Function sees."""
    torch._C._vmapmode_increment_nesting()
    level = torch._C._vmapmode_decrement_nesting()
    flags = [_is_legacy_batch(x) for x in inputs]
    first = [torch._remove_batch_dim(x, level, 1, 0) if f else x for x, f in zip(inputs, flags, strict=True)]
    return torch._add_batch_dim(operation.batched(first, flags), 0, level)


# What torch traces, ricci::call, names an operation by a number, which compiled code may hold as long as the process.
_operations: dict[int, _core._Operation] = {}
_numbers = itertools.count()
_library = torch.library.Library("ricci", "DEF")
_library.define("call(int operation, Tensor[] inputs) -> Tensor", tags=(torch.Tag.pt2_compliant_tag,))


def _call_registered(operation: _core._Operation, inputs: Sequence[torch.Tensor]) -> Any:
    number = next(_numbers)
    _operations[number] = operation
    return torch.ops.ricci.call(number, list(inputs))


def _run_registered(number: int, inputs: list[torch.Tensor]) -> torch.Tensor:
    return _operations[number].run(inputs)


def _outline_registered(number: int, inputs: list[torch.Tensor]) -> torch.Tensor:
    shape, dtype = _operations[number].outline([(tuple(x.shape), x.dtype) for x in inputs])
    return inputs[0].new_empty(shape, dtype=getattr(torch, dtype))


def _save_registered(ctx: Any, inputs: tuple[int, list[torch.Tensor]], output: torch.Tensor) -> None:
    number, xs = inputs
    ctx.number = number
    ctx.save_for_backward(*xs, output)


def _gradients_registered(ctx: Any, seed: torch.Tensor) -> tuple[None, list[torch.Tensor | None]]:
    *xs, y = ctx.saved_tensors
    operation = _operations[ctx.number]
    if not operation.differentiable:
        return None, [None] * len(xs)
    return None, operation.transposes(ctx.needs_input_grad[1], xs, y, seed)


def _batch_registered(
    info: Any, axes: tuple[None, list[int | None]], number: int, xs: list[torch.Tensor]
) -> tuple[torch.Tensor, int]:
    return _batched(axes[1], _operations[number], xs)


_library.impl("call", _run_registered, "CPU")
torch.library.register_fake("ricci::call", _outline_registered, lib=_library)
torch.library.register_autograd("ricci::call", _gradients_registered, setup_context=_save_registered, lib=_library)
torch.library.register_vmap("ricci::call", _batch_registered, lib=_library)
