"""Optimisers change parameters in place by the gradients that backward() left; clip_grad_norm limits those first."""

from ricci._core import SGD, Adam, AdamW, Optimizer, ParamGroup, clip_grad_norm

__all__ = ["SGD", "Adam", "AdamW", "Optimizer", "ParamGroup", "clip_grad_norm"]
