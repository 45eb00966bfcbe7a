"""A result requires grad when any input does and recording is on."""

import ricci

for first in (False, True):
    for second in (False, True):
        a = ricci.tensor([1.0, 2.0], requires_grad=first)
        b = ricci.tensor([3.0, 4.0], requires_grad=second)
        recorded = ricci.outer(a, b).requires_grad
        with ricci.no_grad():
            paused = ricci.outer(a, b).requires_grad
        print(f"outer({first}, {second}) -> {recorded}, not recording -> {paused}")
