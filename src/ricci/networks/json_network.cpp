#include "ricci/networks/json_network.h"

#include <charconv>
#include <nlohmann/json.hpp>

#include "ricci/algebra/notation_text.h"
#include "ricci/io/array_checks.h"
#include "ricci/networks/network_builder.h"
#include "ricci/networks/parse_network.h"

namespace ricci::networks {
namespace {

using Json = nlohmann::json;

constexpr std::int64_t kMostBytes = std::int64_t{1} << 28;
constexpr int kMostDepth = 8;
constexpr const char* kForms =
    "\n  write {\"equation\": ..., \"shapes\": [...]} or {\"inputs\": [...], \"output\": [...], \"size_dict\": {...}}";

class JsonNetwork {
 public:
  explicit JsonNetwork(const io::InputFile& file) : file_(file) { parse_text(); }
  Network read();

 private:
  template <class... Parts>
  [[noreturn]] void refuse(const Parts&... parts) const {
    fail<DataError>(file_.name(), ": ", parts...);
  }
  void parse_text();
  const Json* find(std::initializer_list<const char*> names) const;
  std::int64_t whole(const Json& json, std::string_view what, std::int64_t most = INT64_MAX) const;
  const Json& list(const Json& json, std::string_view what) const;
  std::string label(const Json& json) const;
  LabelNames labels(const Json& json) const;
  std::int64_t extent(const Json& sizes, const std::string& name) const;
  Network from_equation(const Json& equation) const;
  Network from_labels(const Json& inputs) const;
  io::ArrayInfo operand(Shape shape) const;
  void read_path(Network& network) const;

  const io::InputFile& file_;
  Json document_;
  DType dtype_ = DType::f32;
};

// Depth is looked at while parsing, before a tree is made of nested text.
void JsonNetwork::parse_text() {
  if (file_.size() > kMostBytes) refuse(file_.size(), " bytes are too many; at most ", kMostBytes, " are read");
  std::string text(static_cast<std::size_t>(file_.size()), '\0');
  file_.read(0, text.data(), file_.size());
  bool deep = false;
  const auto watch = [&](int depth, Json::parse_event_t, Json&) {
    deep = deep || depth > kMostDepth;
    return !deep;
  };
  try {
    document_ = Json::parse(text, watch);
  } catch (const Json::parse_error& error) {
    if (!deep) refuse("not JSON at byte ", error.byte, " of ", text.size());
  } catch (const Json::exception&) {
    refuse("a number is out of range");
  }
  if (deep) refuse("brackets nest deeper than ", kMostDepth);
  if (!document_.is_object()) refuse("a network is a JSON object", kForms);
}

const Json* JsonNetwork::find(std::initializer_list<const char*> names) const {
  for (const char* name : names)
    if (const auto at = document_.find(name); at != document_.end()) return &*at;
  return nullptr;
}

std::int64_t JsonNetwork::whole(const Json& json, std::string_view what, std::int64_t most) const {
  const bool number = json.is_number_unsigned() && json.get<std::uint64_t>() <= static_cast<std::uint64_t>(most);
  if (!number) refuse(what, " must be a whole number from 0 to ", most, ", not ", notation::shown(json.dump(), 40));
  return json.get<std::int64_t>();
}

const Json& JsonNetwork::list(const Json& json, std::string_view what) const {
  if (!json.is_array()) refuse(what, " must be a list, not ", json.type_name());
  return json;
}

std::string JsonNetwork::label(const Json& json) const {
  if (json.is_number_integer()) return json.dump();
  const std::string name = json.is_string() ? json.get<std::string>() : "";
  if (name.empty() || name.find_first_of("{}") != std::string::npos)
    refuse("a label is text without braces or a whole number, not ",
           notation::shown(json.dump(-1, ' ', false, Json::error_handler_t::replace), 40));
  return name;
}

// ["i", "j"], [0, 1], or "ij".
LabelNames JsonNetwork::labels(const Json& json) const {
  LabelNames out;
  if (json.is_string()) {
    const std::string text = json.get<std::string>();
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t size = notation::decode(text, at).size;
      out.push_back(label(text.substr(at, size)));
      at += size;
    }
    return out;
  }
  for (const Json& item : list(json, "an operand's labels")) out.push_back(label(item));
  return out;
}

std::int64_t JsonNetwork::extent(const Json& sizes, const std::string& name) const {
  const Json* size = nullptr;
  if (sizes.is_array()) {
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (error == std::errc() && *end == '\0' && number < sizes.size()) size = &sizes[number];
  } else if (const auto at = sizes.find(name); at != sizes.end()) {
    size = &*at;
  }
  if (!size) refuse("label '", notation::shown(name, 40), "' has no size");
  return whole(*size, "an extent");
}

io::ArrayInfo JsonNetwork::operand(Shape shape) const {
  io::ArrayInfo info{.name = "", .dtype = dtype_, .shape = std::move(shape)};
  io::checked_bytes(info, file_.name());
  return info;
}

Network JsonNetwork::from_equation(const Json& equation) const {
  if (!equation.is_string()) refuse("the equation must be text, not ", equation.type_name());
  const Json* shapes = find({"shapes"});
  if (!shapes) refuse("there is an equation, but no 'shapes'", kForms);
  Network network;
  network.equation = equation.get<std::string>();
  for (const Json& item : list(*shapes, "'shapes'")) {
    Shape shape;
    for (const Json& extent : list(item, "a shape")) shape.push_back(whole(extent, "an extent"));
    network.absent.push_back(operand(std::move(shape)));
  }
  return network;
}

Network JsonNetwork::from_labels(const Json& inputs) const {
  const Json *output = find({"output"}), *sizes = find({"size_dict", "sizes"});
  if (!output || !sizes) refuse("'inputs' need 'output' and 'size_dict' too", kForms);
  if (!sizes->is_object() && !sizes->is_array())
    refuse("'size_dict' must be an object of labels and extents, or a list by label number, not ", sizes->type_name());
  NetworkBuilder builder;
  std::vector<io::ArrayInfo> operands;
  for (const Json& item : list(inputs, "'inputs'")) {
    const LabelNames names = labels(item);
    Shape shape;
    for (const std::string& name : names) shape.push_back(extent(*sizes, name));
    operands.push_back(operand(std::move(shape)));
    builder.add(names, Tensor());
  }
  Network network = std::move(builder).finish(labels(*output));
  network.operands.clear();
  network.absent = std::move(operands);
  return network;
}

void JsonNetwork::read_path(Network& network) const {
  const Json* path = find({"path"});
  if (!path && find({"ssa_path"}))
    refuse("'ssa_path' is not read\n  write the path with positions in the list of what is left, as 'path'",
           " (cotengra: tree.get_path())");
  if (!path || path->is_null()) return;
  const auto most = static_cast<std::int64_t>(network.absent.size());
  for (const Json& step : list(*path, "'path'")) {
    if (step.is_string() && network.path.empty()) continue;  // NumPy's paths begin with 'einsum_path'
    std::vector<int> positions;
    for (const Json& position : list(step, "a step of 'path'"))
      positions.push_back(static_cast<int>(whole(position, "a position of 'path'", most)));
    network.path.push_back(std::move(positions));
  }
}

Network JsonNetwork::read() {
  if (const Json* format = find({"format"}); format && *format == "ricci-plan")
    refuse(
        "a saved plan, not a network\n  load_plan() reads it, `ricci plan` shows it, `ricci run ... --plan` follows "
        "it");
  if (const Json* dtype = find({"dtype"})) {
    try {
      dtype_ = parse_dtype(dtype->is_string() ? dtype->get<std::string>() : dtype->dump());
    } catch (const DTypeError& error) {
      refuse(error.what());
    }
  }
  const Json *equation = find({"equation", "eq"}), *inputs = find({"inputs"});
  if (!equation && !inputs) refuse("there is neither an equation nor 'inputs'", kForms);
  Network network = equation ? from_equation(*equation) : from_labels(*inputs);
  read_path(network);
  if (const Json* name = find({"name"}); name && name->is_string()) network.name = name->get<std::string>();
  return network;
}

}  // namespace

Network read_json_network(const io::InputFile& file, const NetworkOptions& options) {
  Network network = JsonNetwork(file).read();
  network.semiring = options.semiring;
  try {
    parse_network(network, network.absent);
  } catch (const Error& error) {
    fail<DataError>(file.name(), ": its equation does not fit its shapes\n", error.what());
  }
  return network;
}

}  // namespace ricci::networks
