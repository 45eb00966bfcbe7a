"""The typed errors of Ricci. Each is also the built-in exception that fits, so `except ValueError` works too."""

import builtins


class Error(Exception):
    """Base of everything Ricci raises on purpose."""

    operand: int | None = None
    """The operand's number, from 0, where the error is about one."""
    label: str | None = None
    """The label it is about."""
    position: int | None = None
    """The character of the equation it is about, from 0."""


class EinsumError(Error, ValueError):
    """The equation, or how it fits its operands, is wrong."""


class ShapeError(Error, ValueError):
    """Shapes or axes do not fit."""


class IndexError(ShapeError, builtins.IndexError):
    """An index is out of range."""


class DTypeError(Error, TypeError):
    """An element type is unknown, or not one the operation works in."""


class GradError(Error, RuntimeError):
    """A derivative was asked for that does not exist or whose graph is gone."""


class DataError(Error, ValueError):
    """A file is missing, damaged, hostile, or can't be written."""


class DeviceError(Error, RuntimeError):
    """A device is unknown, or operands live on different ones."""


class MemoryError(Error, builtins.MemoryError):
    """The machine has no more memory."""


class BudgetError(MemoryError):
    """The call needs more bytes than its budget."""


for _class in (
    Error,
    EinsumError,
    ShapeError,
    IndexError,
    DTypeError,
    GradError,
    DataError,
    DeviceError,
    MemoryError,
    BudgetError,
):
    _class.__module__ = "ricci"
