"""The Ising model on a 12 x 12 lattice with open boundary: ln Z is one contraction of 264 bond matrices,
the energy its first and the heat capacity its second derivative."""

import ricci

SIDE = 12


def log_partition(beta):
    bond = ricci.exp(beta * ricci.tensor([[1.0, -1.0], [-1.0, 1.0]], dtype="float64"))
    pairs = [(s, s + 1) for s in range(SIDE * SIDE) if (s + 1) % SIDE] + [
        (s, s + SIDE) for s in range(SIDE * SIDE - SIDE)
    ]
    operands = [part for pair in pairs for part in (bond, list(pair))]
    return ricci.log(ricci.einsum(*operands, []))


print("beta    ln Z         energy        heat capacity")
for value in (0.1, 0.3, 0.44, 0.6, 0.9):
    beta = ricci.tensor(value, dtype="float64", requires_grad=True)
    log_z = log_partition(beta)
    (first,) = ricci.grad(log_z, [beta], create_graph=True)
    (second,) = ricci.grad(first, [beta])
    print(f"{value:.2f}  {log_z.item():11.6f}  {-first.item():12.6f}  {value**2 * second.item():12.6f}")
