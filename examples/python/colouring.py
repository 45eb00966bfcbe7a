"""The network file of the US map: its proper 4-colourings, counted exactly in int64."""

import pathlib

import ricci

network = ricci.load_network(str(pathlib.Path(__file__).parent.parent / "data" / "us_map.safetensors"))
print(network.comment)
print(len(network.operands), "operands,", network.equation[:24] + "...")
print(ricci.einsum(network.equation, *network.operands))

# The gradient for a state's vector counts the colourings by that state's colour.
plan = ricci.plan(network.equation, *network.operands)
count, gradients = plan.gradients(*network.operands, wrt=[len(network.operands) - 1])
print("Wyoming's colours", gradients[-1])
