"""Traces, diagonals, products and permutations in Einstein notation."""

import ricci

a = ricci.arange(9.0).reshape(3, 3)
print("trace   ", ricci.einsum("ii", a))
print("diagonal", ricci.einsum("ii->i", a))
print("diagonal written", ricci.einsum("i->ii", ricci.tensor([1.0, 2.0])))

x, y = ricci.tensor([1.0, 2.0, 3.0]), ricci.tensor([10.0, 20.0])
print("outer   ", ricci.einsum("i,j->ij", x, y))

# A batch of matrix products, as text and as lists of labels.
As, Bs = ricci.arange(12.0).reshape(2, 2, 3), ricci.arange(12.0).reshape(2, 3, 2)
print("batched ", ricci.einsum("bij,bjk->bik", As, Bs))
print("by lists", ricci.einsum(As, [..., 0, 1], Bs, [..., 1, 2], [..., 0, 2]))

# The last two axes exchanged under any number of batch axes.
print("permuted", ricci.einsum("...ij->...ji", ricci.randn(2, 3, 4, 5)).shape)
