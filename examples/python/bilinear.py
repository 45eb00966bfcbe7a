"""A bilinear form l A r for each of a batch, by einsum and by name."""

import ricci

l = ricci.tensor([[1.0, 2.0, 3.0], [0.0, -1.0, 4.0]], requires_grad=True)  # [batch, n]
A = ricci.arange(24.0).reshape(2, 3, 4)  # [out, n, m]
A.requires_grad = True
r = ricci.tensor([[1.0, 0.0, -1.0, 2.0], [3.0, 1.0, 0.0, 1.0]], requires_grad=True)

y = ricci.einsum("bn,anm,bm->ba", l, A, r)
print("einsum  ", y)
y.backward()
print("l.grad", l.grad)
print("A.grad", A.grad)
print("r.grad", r.grad)

bias = ricci.tensor([100.0, 200.0])
print("bilinear", ricci.bilinear(l.detach(), r.detach(), A.detach(), bias))
