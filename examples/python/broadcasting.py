"""Matrix products over batches, broadcast and by name."""

import ricci

x, w = ricci.arange(8.0).reshape(2, 2, 2), ricci.arange(12.0).reshape(2, 2, 3)
print("bmm      ", ricci.bmm(x, w))

# Leading axes broadcast: (2, 1, 2, 3) with (4, 3, 1) is (2, 4, 2, 1); each gradient has its operand's own shape.
p = ricci.arange(12.0).reshape(2, 1, 2, 3)
q = ricci.arange(12.0).reshape(4, 3, 1)
p.requires_grad = q.requires_grad = True
product = ricci.matmul(p, q)
product.backward()
print("matmul   ", product.shape)
print("p.grad   ", p.grad.shape, p.grad)
print("q.grad   ", q.grad.shape, q.grad)

s, t = ricci.tensor([1.0, 2.0, 3.0]), ricci.tensor([4.0, 5.0, 6.0])
print("dot      ", ricci.dot(s, t))
print("tensordot", ricci.tensordot(x, x, 2))
print("trace    ", ricci.trace(x, axis1=1, axis2=2))
print("diagonal ", ricci.diagonal(x, axis1=1, axis2=2))
print("permute  ", ricci.permute(x, (2, 0, 1)))
print("sum      ", ricci.sum(x, axis=(0, 2)))
