"""The outer product and its gradients."""

import ricci

a = ricci.tensor([1.0, 2.0], requires_grad=True)
b = ricci.tensor([3.0, 4.0], requires_grad=True)
out = ricci.outer(a, b)
print(out)

# A tensor that is no scalar is seeded with ones: a.grad is sum(b) everywhere, b.grad is sum(a).
out.backward()
print("a.grad", a.grad)
print("b.grad", b.grad)

# Matrices are flattened for the product; the gradients have the matrices' shape.
p = ricci.Tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
q = ricci.Tensor([[5.0, 6.0], [7.0, 8.0]], requires_grad=True)
product = ricci.outer(p, q)
print(product)
product.backward()
print("p.grad", p.grad)
print("q.grad", q.grad)
