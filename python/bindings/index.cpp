#include "index.h"

namespace ricci::python {
namespace {

// The parts of a key: what slice() takes, and at most one integer tensor.
struct Key {
  Index items{};
  Tensor positions{}, mask{};
  std::size_t place = 0;  // of `positions` among the items
};

std::optional<std::int64_t> slice_part(nb::handle slice, const char* name) {
  const nb::object part = slice.attr(name);
  if (part.is_none()) return std::nullopt;
  return integer_from(part, "slice");
}

Slice slice_of(nb::handle slice) {
  return {slice_part(slice, "start"), slice_part(slice, "stop"), slice_part(slice, "step").value_or(1)};
}

void add_positions(Key& key, nb::handle item) {
  const Tensor positions = as_tensor(item);
  if (positions.dtype() == DType::b8) {
    if (key.mask.defined()) fail<IndexError>("one bool mask at a time\n  index in two steps");
    key.mask = positions;
    return;
  }
  if (positions.numel() > 0 && !is_integer(positions.dtype()))
    fail<IndexError>("indexing by a tensor of ", positions.dtype(), "; positions are integers");
  if (key.positions.defined()) fail<IndexError>("one integer tensor at a time\n  index in two steps, or use gather");
  key.positions = to(positions, DType::i64);
  key.place = key.items.size();
  key.items.push_back(Slice{});
}

void add_item(Key& key, nb::handle item) {
  PyObject* o = item.ptr();
  if (PyBool_Check(o)) fail<IndexError>("indexing by one bool is not supported\n  None adds an axis");
  if (item.is_none()) return key.items.push_back(NewAxis{});
  if (o == Py_Ellipsis) return key.items.push_back(AllAxes{});
  if (PySlice_Check(o)) return key.items.push_back(slice_of(item));
  if (tensor_in(item) || is_foreign_array(item)) {
    const Tensor tensor = as_tensor(item);
    if (tensor.ndim() == 0 && is_integer(tensor.dtype()))
      return key.items.push_back(integer_from(to_python(tensor), "index"));
    return add_positions(key, item);
  }
  if (PyIndex_Check(o) && !is_array(item)) return key.items.push_back(integer_from(item, "index"));
  if (is_array(item) || PyList_Check(o)) return add_positions(key, item);
  fail<IndexError>("can't index by ", repr_of(item),
                   "\n  ints, slices, ..., None, integer tensors and a bool mask will do");
}

Key parse_key(nb::handle object) {
  Key key;
  if (PyTuple_Check(object.ptr()))
    for (nb::handle item : nb::borrow<nb::tuple>(object)) add_item(key, item);
  else
    add_item(key, object);
  if (key.mask.defined() && (key.positions.defined() || !key.items.empty()))
    fail<IndexError>("a bool mask beside other indices is not supported\n  index in two steps");
  return key;
}

// The axis of slice()'s result that an item with one axis makes. `all` stands for the axes the other items leave.
std::int64_t axis_of_place(const Key& key, std::int64_t rank) {
  std::int64_t used = 0, before = 0;
  bool all_before = false;
  for (std::size_t i = 0; i < key.items.size(); ++i) {
    const IndexItem& item = key.items[i];
    const bool makes_axis = std::holds_alternative<Slice>(item) || std::holds_alternative<NewAxis>(item);
    if (std::holds_alternative<Slice>(item) || std::holds_alternative<std::int64_t>(item)) ++used;
    if (std::holds_alternative<std::int64_t>(item))
      fail<IndexError>("ints beside an integer tensor: NumPy's rules for them are hard to read\n  index in two steps");
    if (std::holds_alternative<AllAxes>(item) && i < key.place) all_before = true;
    if (makes_axis && i < key.place) ++before;
  }
  return before + (all_before ? rank - used : 0);
}

bool only_positions(const Key& key) { return key.items.size() == 1 && key.positions.defined(); }

}  // namespace

Tensor index(const Tensor& x, nb::handle object) {
  const Key key = parse_key(object);
  if (key.mask.defined()) return unlocked([&] { return select(x, key.mask); });
  if (only_positions(key)) return unlocked([&] { return take(x, key.positions, 0); });
  if (!key.positions.defined()) return slice(x, key.items);
  const std::int64_t axis = axis_of_place(key, x.ndim());
  return unlocked([&] { return take(slice(x, key.items), key.positions, axis); });
}

void assign_index(Tensor& x, nb::handle object, nb::handle value) {
  const Key key = parse_key(object);
  if (key.mask.defined())
    fail<IndexError>("assigning at a bool mask is not supported\n  use x = where(mask, value, x)");
  if (key.positions.defined())
    fail<IndexError>(
        "assigning at an integer tensor is not supported\n  assign at ints and slices, or use scatter_add");
  const Tensor from = is_number(value)
                          ? full({}, scalar_from(value, "value"), {.dtype = x.dtype(), .device = x.device()})
                          : as_tensor(value);
  Tensor target = x;  // another thread may use the handle meanwhile
  unlocked([&] {
    assign(target, key.items, from);
    return 0;
  });
  x = target;
}

}  // namespace ricci::python
