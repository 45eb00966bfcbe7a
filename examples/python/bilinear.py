"""A bilinear form l A r for each of a batch, by einsum and by name."""

import ricci

left = ricci.tensor([[1.0, 2.0, 3.0], [0.0, -1.0, 4.0]], requires_grad=True)  # [batch, n]
A = ricci.arange(24.0).reshape(2, 3, 4)  # [out, n, m]
A.requires_grad = True
right = ricci.tensor([[1.0, 0.0, -1.0, 2.0], [3.0, 1.0, 0.0, 1.0]], requires_grad=True)

y = ricci.einsum("bn,anm,bm->ba", left, A, right)
print("einsum  ", y)
y.backward()
print("l.grad", left.grad)
print("A.grad", A.grad)
print("r.grad", right.grad)

bias = ricci.tensor([100.0, 200.0])
print("bilinear", ricci.bilinear(left.detach(), right.detach(), A.detach(), bias))
