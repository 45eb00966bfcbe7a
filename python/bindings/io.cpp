// Files: tensors by file name, networks.
#include "convert.h"
#include "public_function.h"

namespace ricci::python {
namespace {

nb::object load_file(nb::handle file, nb::handle name) {
  const std::string path = path_from(file);
  if (!name.is_none()) {
    const std::string wanted = string_from(name, "name");
    return to_python(unlocked([&] { return load_tensor(path, wanted); }));
  }
  const std::vector<NamedTensor> all = unlocked([&] { return load(path); });
  if (!io::format_of(path).several) return to_python(all.at(0).tensor);
  nb::dict out;
  for (const NamedTensor& entry : all) out[text_of(entry.name)] = to_python(entry.tensor);
  return out;
}

// The values without history: a file has no tape.
Tensor values_of(nb::handle object) { return as_tensor(object).detach(); }

void save_file(nb::handle file, nb::handle tensors, nb::handle metadata) {
  const std::string path = path_from(file);
  io::Metadata words;
  if (!metadata.is_none())
    for (auto [key, value] : dict_from(metadata, "metadata"))
      words[string_from(key, "metadata")] = string_from(value, "metadata");
  if (!PyDict_Check(tensors.ptr())) return save(path, values_of(tensors), words);
  std::vector<NamedTensor> all;
  for (auto [name, tensor] : nb::borrow<nb::dict>(tensors))
    all.push_back({string_from(name, "name"), values_of(tensor)});
  unlocked([&] {
    save(path, all, words);
    return 0;
  });
}

void make_network(Network* self, nb::handle equation, nb::handle operands, nb::handle sizes, nb::handle semiring,
                  nb::handle name, nb::handle comment, nb::handle path) {
  Network network;
  network.equation = string_from(equation, "equation");
  for (nb::handle operand : items_from(operands, "operands")) network.operands.push_back(values_of(operand));
  if (!sizes.is_none())
    for (auto [label, extent] : dict_from(sizes, "sizes"))
      network.sizes[string_from(label, "sizes")] = integer_from(extent, "sizes");
  network.semiring = parse_semiring(string_from(semiring, "semiring"));
  network.name = string_from(name, "name");
  network.comment = string_from(comment, "comment");
  if (!path.is_none())
    for (nb::handle step : items_from(path, "path")) network.path.push_back(positions_from(step, "path"));
  new (self) Network(std::move(network));
}

nb::object sizes_of(const Network& network) {
  nb::dict out;
  for (const auto& [label, extent] : network.sizes) out[text_of(label)] = extent;
  return out;
}

nb::object operands_of(const Network& network) {
  nb::list out;
  for (const Tensor& operand : network.operands) out.append(to_python(operand));
  return out;
}

Network read_network(nb::handle file, nb::handle semiring, nb::handle evidence, nb::handle keep, nb::handle bits) {
  const std::string path = path_from(file);
  NetworkOptions options{.semiring = parse_semiring(string_from(semiring, "semiring"))};
  if (!evidence.is_none()) options.evidence = path_from(evidence);
  if (!bits.is_none()) options.bits = string_from(bits, "bits");
  if (!keep.is_none())
    for (const std::int64_t variable : integers_from(keep, "keep")) options.keep.push_back(variable);
  return unlocked([&] { return load_network(path, options); });
}

nb::list shapes_of(const Network& network) {
  nb::list out;
  for (const Tensor& operand : network.operands) out.append(tuple_of(operand.shape()));
  for (const io::ArrayInfo& info : network.absent) out.append(tuple_of(info.shape));
  return out;
}

nb::list path_of(const Network& network) {
  nb::list out;
  for (const std::vector<int>& step : network.path) {
    nb::list positions;
    for (const int position : step) positions.append(position);
    out.append(nb::tuple(positions));
  }
  return out;
}

void bind_network(nb::module_& m) {
  nb::class_<Network>(m, "Network", nb::type_slots(constructor_slots),
                      "A contraction with its tensors, as a network file holds it.")
      .def("__init__", make_network, "equation"_a, "operands"_a, "sizes"_a = nb::none(), "semiring"_a = "sum_product",
           "name"_a = "", "comment"_a = "", "path"_a = nb::none(),
           nb::sig("def __init__(self, equation: str, operands: typing.Sequence[TensorLike], sizes: "
                   "typing.Mapping[str, int] | None = "
                   "None, semiring: str = 'sum_product', name: str = '', comment: str = '', path: "
                   "typing.Sequence[typing.Sequence[int]] | None = None) -> None"))
      .def_prop_ro(
          "equation", [](const Network& n) { return text_of(n.equation); }, nb::sig("def equation(self) -> str"),
          "As einsum takes it.")
      .def_prop_ro("operands", operands_of, nb::sig("def operands(self) -> list[Tensor]"), "The tensors, in order.")
      .def_prop_ro("sizes", sizes_of, nb::sig("def sizes(self) -> dict[str, int]"),
                   "Extents of output labels that no operand has.")
      .def_prop_ro("shapes", shapes_of, nb::sig("def shapes(self) -> list[tuple[int, ...]]"),
                   "The operands' shapes; a .json file has no more of them than these.")
      .def_prop_ro("path", path_of, nb::sig("def path(self) -> list[tuple[int, ...]]"),
                   "An order that comes with it, as opt_einsum writes it; empty without one.")
      .def_prop_ro(
          "semiring", [](const Network& n) { return text_of(name_of(n.semiring)); },
          nb::sig("def semiring(self) -> str"), "What it is summed in.")
      .def_prop_ro(
          "name", [](const Network& n) { return text_of(n.name); }, nb::sig("def name(self) -> str"), "For people.")
      .def_prop_ro(
          "comment", [](const Network& n) { return text_of(n.comment); }, nb::sig("def comment(self) -> str"),
          "For people.")
      .def(
          "__repr__",
          [](const Network& n) {
            return text_of(concat("Network(", n.operands.size(), " operands, name='", n.name, "')"));
          },
          nb::sig("def __repr__(self) -> str"));
  m.def(
      "load_network", read_network, "file"_a, "semiring"_a = "sum_product", "evidence"_a = nb::none(),
      "keep"_a = nb::none(), "bits"_a = nb::none(),
      nb::sig("def load_network(file: str | os.PathLike[str], semiring: str = 'sum_product', evidence: str | "
              "os.PathLike[str] | None = None, keep: typing.Sequence[int] | None = None, bits: str | None = None) -> "
              "Network"),
      "Reads a network by the file's suffix: .safetensors (as save_network writes it), .json (an equation and shapes, "
      "no values),\n.cnf (DIMACS: its value counts the models), .uai (a graphical model: its partition function), "
      ".qasm (OpenQASM 2: a state).\n\n"
      "semiring  of .cnf and .uai: what weights are summed and multiplied in; max_plus, min_plus and log_sum_exp take "
      "logarithms\n"
      "evidence  of .uai: a file of observed values\n"
      "keep      of .cnf and .uai: variables that are not summed, an axis of the result each\n"
      "bits      of .qasm: '0', '1' or '?' (an axis of the result) for each qubit; without it, the whole state\n\n"
      "Raises DataError naming line and column.\n\n"
      ">>> ricci.save_network('n.safetensors', ricci.Network('ij,j->i', [np.ones((2, 3)), np.ones(3)]))\n"
      ">>> n = ricci.load_network('n.safetensors')\n>>> ricci.einsum(n.equation, *n.operands).tolist()\n[3.0, 3.0]");
  m.def(
      "save_network",
      [](nb::handle file, const Network& network) {
        const std::string path = path_from(file);
        unlocked([&] {
          save_network(path, network);
          return 0;
        });
      },
      "file"_a, "network"_a, nb::sig("def save_network(file: str | os.PathLike[str], network: Network) -> None"),
      "Writes a network file, whole or not at all; a shared operand is written once.\n\n"
      "Raises EinsumError when the equation does not fit the operands, DataError when the file can't be written.\n\n"
      ">>> ricci.save_network('n.safetensors', ricci.Network('ii->', [np.eye(3)], name='trace', path=[(0,)]))\n"
      ">>> n = ricci.load_network('n.safetensors')\n>>> n.name, n.path\n('trace', [(0,)])");
}

}  // namespace

void bind_io(nb::module_& m) {
  m.def("load", load_file, "file"_a, "name"_a = nb::none(),
        nb::sig("def load(file: str | os.PathLike[str], name: str | None = None) -> typing.Any"),
        "The tensor of an npy file, or the dict of tensors of an npz or safetensors file; with a name, that one.\n\n"
        "Raises DataError.\n\n"
        ">>> ricci.save('x.npz', {'a': [1.0, 2.0], 'b': [3]})\n>>> ricci.load('x.npz', 'b')\nTensor([3], dtype=int64)");
  m.def(
      "save", save_file, "file"_a, "tensors"_a, "metadata"_a = nb::none(),
      nb::sig("def save(file: str | os.PathLike[str], tensors: TensorLike | typing.Mapping[str, TensorLike], metadata: "
              "typing.Mapping[str, str] | None = None) -> None"),
      "Writes one array, or a dict of arrays by name; the suffix .npy, .npz or .safetensors decides the format.\n\n"
      "The file appears whole or not at all. metadata goes into safetensors files. Raises DataError, DTypeError.\n\n"
      ">>> ricci.save('x.safetensors', {'w': np.eye(2)})\n>>> ricci.load('x.safetensors')['w'].shape\n(2, 2)");
  bind_network(m);
}

}  // namespace ricci::python
