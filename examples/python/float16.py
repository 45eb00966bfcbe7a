"""Half precision: sums are kept in float32 and rounded once."""

import ricci

x = ricci.tensor([[1.0, 2.0], [3.0, 4.0]], dtype="float16", requires_grad=True)
y = ricci.einsum("ij,jk->ik", x, x)
print(y)
y.backward()
print("x.grad", x.grad)

# 4096 times 1: a sum kept in float16 would stop at 2048, where 2048 + 1 rounds back.
ones = ricci.ones(4096, dtype="float16")
print("dot of ones", ricci.dot(ones, ones))
