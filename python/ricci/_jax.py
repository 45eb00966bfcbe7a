"""Ricci's operations as one primitive of JAX, with its rules: jit, grad, vmap and their mixes, of any order."""

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.extend.core import Primitive
from jax.interpreters import ad, batching, mlir

from ricci import _core

Outline = tuple[tuple[int, ...], str]
_NUMBERS = (jax.Array, np.ndarray, np.generic, bool, int, float, complex)

primitive = Primitive("ricci")
jax.ffi.register_ffi_target("ricci", _core._xla_handlers(), platform="cpu")


def is_kept(array: Any) -> bool:
    """Whether JAX traces it."""
    return isinstance(array, jax.core.Tracer)


def dtype_among(operand: Any, operands: Sequence[Any]) -> str | None:
    """The dtype that jax.numpy gives an operand of a call; None where it takes no such object."""
    if not isinstance(operand, _NUMBERS):
        return None
    weak = type(operand) in (bool, int, float, complex) or getattr(operand, "weak_type", False)
    known = [x for x in operands if isinstance(x, _NUMBERS)] if weak else [operand]
    return str(jnp.result_type(*known))


def constant(array: Any) -> Any:
    """An array that nobody has seen yet, as an operand beside such that are traced."""
    return array


def call(operation: _core._Operation, inputs: Sequence[Any]) -> Any:
    """The operation as JAX records it."""
    return primitive.bind(*inputs, operation=operation)


def _outline(aval: Any) -> Outline:
    return tuple(aval.shape), str(aval.dtype)


@primitive.def_impl
def _run(*xs: Any, operation: _core._Operation) -> Any:
    return operation.run([jnp.asarray(x) for x in xs])


@primitive.def_abstract_eval
def _abstract(*xs: Any, operation: _core._Operation) -> Any:
    shape, dtype = operation.outline([_outline(x) for x in xs])
    return jax.core.ShapedArray(shape, jax.dtypes.canonicalize_dtype(np.dtype(dtype)))


def _lower(context: Any, *xs: Any, operation: _core._Operation) -> Any:
    registration = _core._Registration(operation)
    context.module_context.add_keepalive(registration)
    return jax.ffi.ffi_lowering("ricci")(context, *xs, key=np.int64(registration.key))


def _jvp(primals: Sequence[Any], tangents: Sequence[Any], *, operation: _core._Operation) -> Any:
    y = primitive.bind(*primals, operation=operation)
    dy = ad.Zero(jax.typeof(y).to_tangent_aval())
    if operation.differentiable:
        for i, dx in enumerate(tangents):
            if type(dx) is not ad.Zero:
                dy = ad.add_tangents(dy, operation.apply(i, primals, y, dx))
    return y, dy


# Under JAX's <g, Lx> = Re(g Lx), without conjugation, the transpose is the conjugate of ours between conjugates.
def _transpose(seed: Any, *xs: Any, operation: _core._Operation) -> Any:
    unknown = [ad.is_undefined_primal(x) for x in xs]
    if type(seed) is ad.Zero:
        return [ad.Zero(x.aval) if u else None for x, u in zip(xs, unknown, strict=True)]
    inputs = [_outline(x.aval) if u else x for x, u in zip(xs, unknown, strict=True)]
    gradients = operation.transposes(unknown, inputs, None, jnp.conj(seed))
    return [None if g is None else jnp.conj(g) for g in gradients]


def _batch(xs: Sequence[Any], axes: Sequence[Any], *, operation: _core._Operation) -> Any:
    flags = [axis is not None for axis in axes]
    first = [jnp.moveaxis(x, axis, 0) if f else x for x, axis, f in zip(xs, axes, flags, strict=True)]
    return operation.batched(first, flags), 0


mlir.register_lowering(primitive, _lower, platform="cpu")
ad.primitive_jvps[primitive] = _jvp
ad.primitive_transposes[primitive] = _transpose
batching.primitive_batchers[primitive] = _batch
