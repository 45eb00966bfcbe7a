"""What the process has allocated for tensors and scratch, in bytes. A plan's own account is `plan.peak_bytes`."""

from ricci._core import cached_bytes, empty_cache, live_bytes, peak_bytes, reset_peak

__all__ = ["cached_bytes", "empty_cache", "live_bytes", "peak_bytes", "reset_peak"]
