"""Random tensors: the same seed gives the same numbers, whatever the number of threads."""

import ricci

print("rand ", ricci.rand(2, 3, seed=1))
print("again", ricci.rand(2, 3, seed=1))
mean = ricci.randn(1000, 1000, dtype="float64", seed=2).mean().item()
print("a million normal numbers: mean within 0.005 of 0:", -0.005 < mean < 0.005)

# Without a seed the default generator goes on from call to call.
ricci.manual_seed(7)
first, second = ricci.rand(3), ricci.rand(3)
ricci.manual_seed(7)
repeated = ricci.rand(3)
print("goes on:", first.tolist() != second.tolist(), "starts anew:", first.tolist() == repeated.tolist())
