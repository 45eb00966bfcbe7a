"""Plain attribute, buffer, parameter: what a module knows of each."""

import ricci


class Centred(ricci.nn.Module):
    def __init__(self):
        super().__init__()
        self.register_parameter("weight", ricci.tensor([1.0, 2.0]))  # saved, moved, trained
        self.register_buffer("running_mean", ricci.tensor([0.5, 0.5]))  # saved, moved
        self.register_buffer("cache", ricci.tensor([9.0]), persistent=False)  # moved
        self.plain = ricci.tensor([3.0, 4.0])  # none of them


module = Centred()
print("state dict:", *module.state_dict())
print("parameters:", *(name for name, _ in module.named_parameters()))
print("buffers:", *(name for name, _ in module.named_buffers()))

module.to("float64")
print("after to(float64)")
for name in ("weight", "running_mean", "cache", "plain"):
    print(f"  {name:<12}", getattr(module, name))

# A state dict goes back by name; one that does not fit is refused as a whole.
other = Centred()
other.load_state_dict(module.state_dict())
try:
    other.load_state_dict({"weight": ricci.tensor([1.0, 2.0])})
except ValueError as error:
    print("refused:", error)
