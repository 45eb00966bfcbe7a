"""Outer products under batch axes."""

import ricci

A, v = ricci.arange(6.0).reshape(1, 2, 3), ricci.tensor([1.0, 10.0])
print("bij,k->bijk  ", ricci.einsum("bij,k->bijk", A, v))

x, w = ricci.arange(4.0).reshape(2, 1, 2), ricci.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
print("ijk,il->ijkl ", ricci.einsum("ijk,il->ijkl", x, w))

# Of (b, n, m) with (m) the outer product has four axes, (b, n, m, m); (b, n, m * m) is a reshape of it.
table = ricci.arange(8.0).reshape(2, 2, 2)
four = ricci.einsum("bni,j->bnij", table, v)
three = four.reshape(2, 2, 2 * 2)
print("four axes    ", four.shape)
print("three axes   ", three.shape, three)
