"""How tensors print."""

import ricci

a = ricci.tensor([[3.0, 4.0], [6.0, 8.0]])
b = ricci.tensor([[3.0, 4.0], [6.0, 8.0]], requires_grad=True)
print(a)
print(b)
print(a.to("float64"))
(b * b).sum().backward()
print(b)
print(ricci.arange(5))
print(ricci.tensor([True, False]))
print(ricci.tensor(2.5))
print(ricci.zeros(0, 3))
print(ricci.arange(2000.0).reshape(40, 50))
