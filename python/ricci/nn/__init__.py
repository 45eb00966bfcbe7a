"""Modules: parameters (trained), buffers (kept, not trained) and child modules under names; layers made of them."""

from ricci._core import (
    GELU,
    Bilinear,
    Dropout,
    Einsum,
    Embedding,
    LayerNorm,
    Linear,
    LoadReport,
    Module,
    ModuleList,
    Parameter,
    ReLU,
    Sequential,
    Sigmoid,
    SiLU,
    Tanh,
)
from ricci.nn import functional, init

__all__ = [
    "GELU",
    "Bilinear",
    "Dropout",
    "Einsum",
    "Embedding",
    "LayerNorm",
    "Linear",
    "LoadReport",
    "Module",
    "ModuleList",
    "Parameter",
    "ReLU",
    "Sequential",
    "SiLU",
    "Sigmoid",
    "Tanh",
    "functional",
    "init",
]
