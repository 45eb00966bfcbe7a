"""Modules: parameters (trained), buffers (kept, not trained) and child modules under names."""

from ricci._core import LoadReport, Module, Parameter

__all__ = ["LoadReport", "Module", "Parameter"]
