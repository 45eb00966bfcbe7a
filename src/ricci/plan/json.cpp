#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "ricci/plan/explain.h"
#include "ricci/plan/fit.h"
#include "ricci/plan/format.h"
#include "ricci/plan/lower.h"

namespace ricci::planning {
namespace {

using Json = nlohmann::json;

constexpr const char* kFormat = "ricci-plan";
constexpr int kVersion = 1;
constexpr std::size_t kMostBytes = 64u << 20;
constexpr int kMostDepth = 8;
constexpr std::size_t kMostOperands = 1u << 20, kMostLabels = 1u << 20, kMostNameBytes = 256;

// ---- writing

// JSON has no infinity: null stands for what is beyond a double.
Json number_json(double value) { return std::isfinite(value) ? Json(value) : Json(); }

Json labels_json(const Labels& labels) { return Json(std::vector<Label>(labels.begin(), labels.end())); }

Json contraction_json(const Contraction& whole) {
  Json inputs = Json::array();
  for (const Term& term : whole.inputs) {
    inputs.push_back({{"labels", labels_json(term.labels)}, {"conjugated", term.conjugated}});
  }
  return {{"inputs", std::move(inputs)},
          {"output", labels_json(whole.output)},
          {"extents", std::vector<std::int64_t>(whole.extents.begin(), whole.extents.end())},
          {"names", whole.names},
          {"dtype", std::string(name_of(whole.dtype))},
          {"semiring", std::string(name_of(whole.semiring))}};
}

Json step_json(const Plan& plan, const Step& step) {
  return {{"values", std::vector<int>(step.values.begin(), step.values.end())},
          {"equation", equation_of(plan, step)},
          {"frees", std::vector<int>(step.frees.begin(), step.frees.end())},
          {"flops", number_json(step.flops)},
          {"bytes", step.bytes},
          {"predicted_seconds", number_json(step.predicted_seconds)}};
}

Json shapes_json(const std::vector<Extents>& shapes) {
  Json out = Json::array();
  for (const Extents& shape : shapes) out.push_back(std::vector<std::int64_t>(shape.begin(), shape.end()));
  return out;
}

Json slices_json(const std::vector<SlicedLabel>& slices) {
  Json out = Json::array();
  for (const SlicedLabel& slice : slices) out.push_back({{"label", slice.label}, {"piece", slice.piece}});
  return out;
}

// All but the steps.
Json frame_json(const Plan& plan) {
  return {{"format", kFormat},
          {"version", kVersion},
          {"contraction", contraction_json(plan.whole)},
          {"operand_shapes", shapes_json(plan.operand_shapes)},
          {"tree", plan.tree.merges},
          {"model",
           {{"multiplications_per_second", plan.model.multiplications_per_second},
            {"bytes_per_second", plan.model.bytes_per_second},
            {"seconds_per_step", plan.model.seconds_per_step},
            {"seconds_per_result", plan.model.seconds_per_result},
            {"seconds_per_product", plan.model.seconds_per_product}}},
          {"max_bytes", plan.max_bytes ? Json(*plan.max_bytes) : Json()},
          {"slices", slices_json(plan.slices)},
          {"hoists", plan.hoists},
          {"recomputes", plan.recomputes},
          {"gradients", plan.gradients},
          {"steps", Json::array()},
          {"flops", number_json(plan.flops)},
          {"peak_bytes", plan.peak_bytes},
          {"predicted_seconds", number_json(plan.predicted_seconds)}};
}

// ---- reading

[[noreturn]] void refuse(const std::string& where, const std::string& what) {
  fail<DataError>("plan JSON: ", where, " ", what);
}

// A value of the document and the way to it, for messages: "contraction.inputs[2].labels".
class Node {
 public:
  Node(const Json& json, std::string where) : json_(json), where_(std::move(where)) {}

  Node operator[](const char* key) const {
    if (!json_.is_object()) refuse(where_, "must be an object");
    const auto at = json_.find(key);
    if (at == json_.end()) refuse(where_, concat("lacks '", key, "'"));
    return {*at, where_ == "the document" ? key : where_ + "." + key};
  }

  /// Calls f(item) for each of at most `most` items.
  template <class F>
  void each(std::size_t most, F&& f) const {
    if (!json_.is_array()) refuse(where_, "must be an array");
    if (json_.size() > most) refuse(where_, concat("has ", json_.size(), " items; at most ", most, " are allowed"));
    for (std::size_t i = 0; i < json_.size(); ++i) f(Node(json_[i], concat(where_, "[", i, "]")));
  }

  std::int64_t integer(std::int64_t least, std::int64_t most) const {
    if (!json_.is_number_integer()) refuse(where_, "must be an integer");
    const bool huge = json_.is_number_unsigned() && json_.get<std::uint64_t>() > std::uint64_t{INT64_MAX};
    const std::int64_t value = huge ? INT64_MAX : json_.get<std::int64_t>();
    if (huge || value < least || value > most) {
      refuse(where_, concat("is ", json_.dump(), "; it must lie from ", least, " to ", most));
    }
    return value;
  }

  double number_from(double least) const {
    if (!json_.is_number()) refuse(where_, "must be a number");
    const double value = json_.get<double>();
    if (!(value >= least) || !std::isfinite(value))
      refuse(where_, "must be finite and at least " + short_number(least));
    return value;
  }

  bool is_null() const { return json_.is_null(); }
  bool boolean() const {
    if (!json_.is_boolean()) refuse(where_, "must be true or false");
    return json_.get<bool>();
  }

  const std::string& text() const {
    if (!json_.is_string()) refuse(where_, "must be a string");
    return json_.get_ref<const std::string&>();
  }

  const std::string& where() const { return where_; }

 private:
  const Json& json_;
  std::string where_;
};

Labels read_labels(const Node& node, Label label_count) {
  Labels out;
  node.each(kMostLabels, [&](const Node& item) {
    out.push_back(static_cast<Label>(item.integer(0, static_cast<std::int64_t>(label_count) - 1)));
  });
  return out;
}

// What a parser of names threw, as an error about the document.
template <class F>
auto named(const Node& node, F&& parse_name) {
  try {
    return parse_name(node.text());
  } catch (const DataError&) {
    throw;
  } catch (const Error& error) {
    refuse(node.where(), concat("is not known: ", error.what()));
  }
}

void read_names(const Node& node, Contraction& out) {
  node.each(kMostLabels, [&](const Node& item) {
    if (item.text().empty() || item.text().size() > kMostNameBytes) {
      refuse(item.where(), concat("must have 1 to ", kMostNameBytes, " bytes"));
    }
    out.names.push_back(item.text());
  });
  if (!out.names.empty() && out.names.size() != out.extents.size()) {
    refuse(node.where(), concat("has ", out.names.size(), " names for ", out.extents.size(), " extents"));
  }
}

Contraction read_contraction(const Node& node) {
  Contraction out;
  node["extents"].each(kMostLabels, [&](const Node& item) { out.extents.push_back(item.integer(0, INT64_MAX)); });
  node["inputs"].each(kMostOperands, [&](const Node& item) {
    out.inputs.push_back({read_labels(item["labels"], out.label_count()), item["conjugated"].boolean()});
  });
  if (out.inputs.empty()) refuse(node.where(), "has no inputs");
  out.output = read_labels(node["output"], out.label_count());
  read_names(node["names"], out);
  out.dtype = named(node["dtype"], [](const std::string& name) { return parse_dtype(name); });
  out.semiring = named(node["semiring"], [](const std::string& name) { return parse_semiring(name); });
  return out;
}

std::vector<Extents> read_shapes(const Node& node, const Contraction& whole) {
  std::vector<Extents> shapes;
  node.each(kMostOperands, [&](const Node& item) {
    Extents shape;
    item.each(kMostLabels, [&](const Node& extent) { shape.push_back(extent.integer(0, INT64_MAX)); });
    if (shapes.size() >= whole.inputs.size() || !squeezed_axes(whole, shapes.size(), shape))
      refuse(item.where(), "is no shape of that operand");
    shapes.push_back(std::move(shape));
  });
  if (shapes.size() != whole.inputs.size()) refuse(node.where(), "must have a shape for each operand");
  return shapes;
}

// Merges, ascending.
std::vector<int> read_recomputes(const Node& node, const path::Tree& tree) {
  std::vector<int> out;
  node.each(kMostOperands, [&](const Node& item) {
    const std::int64_t least = out.empty() ? 0 : std::int64_t{out.back()} + 1;
    out.push_back(static_cast<int>(item.integer(least, static_cast<std::int64_t>(tree.merges.size()) - 1)));
  });
  return out;
}

path::Tree read_tree(const Node& node, std::size_t operand_count) {
  path::Tree tree{operand_count, {}};
  node.each(kMostOperands, [&](const Node& item) {
    std::vector<int> nodes;
    item.each(2, [&](const Node& value) {
      nodes.push_back(static_cast<int>(value.integer(0, std::numeric_limits<int>::max())));
    });
    if (nodes.size() != 2) refuse(item.where(), "must be a pair");
    tree.merges.emplace_back(nodes[0], nodes[1]);
  });
  return tree;
}

path::CostModel read_model(const Node& node) {
  path::CostModel model;
  constexpr double kLeastRate = 1e-300;
  model.multiplications_per_second = node["multiplications_per_second"].number_from(kLeastRate);
  model.bytes_per_second = node["bytes_per_second"].number_from(kLeastRate);
  model.seconds_per_step = node["seconds_per_step"].number_from(0);
  model.seconds_per_result = node["seconds_per_result"].number_from(0);
  model.seconds_per_product = node["seconds_per_product"].number_from(0);
  return model;
}

// Labels that an operand has, that the output doesn't repeat, those of the output first.
std::vector<SlicedLabel> read_slices(const Node& node, const Contraction& whole) {
  std::vector<SlicedLabel> out;
  std::size_t short_ones = 0;
  node.each(kMostLabels, [&](const Node& item) {
    const auto label = static_cast<Label>(item["label"].integer(0, static_cast<std::int64_t>(whole.label_count()) - 1));
    const std::int64_t extent = whole.extents[static_cast<std::size_t>(label)];
    const std::int64_t piece = item["piece"].integer(1, std::max<std::int64_t>(extent - 1, 0));
    const bool kept = contains(whole.output, label);
    bool has = false;
    for (const Term& term : whole.inputs) has = has || contains(term.labels, label);
    if (!has || std::count(whole.output.begin(), whole.output.end(), label) > 1)
      refuse(item.where(), "is a label that can't be sliced");
    for (const SlicedLabel& before : out)
      if (before.label == label || (kept && !contains(whole.output, before.label)))
        refuse(item.where(), "is out of order: each label once, those of the output first");
    short_ones += extent % piece != 0;
    if (short_ones > kMostShortPieces) refuse(item.where(), "is one more label with a short last piece");
    out.push_back({label, piece});
  });
  return out;
}

// Depth is looked at before parsing, so that no parser recurses into a hostile file.
void check_depth(std::string_view text) {
  int depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (quoted) {
      if (text[i] == '\\')
        ++i;
      else if (text[i] == '"')
        quoted = false;
      continue;
    }
    if (text[i] == '"') quoted = true;
    if (text[i] == '[' || text[i] == '{') ++depth;
    if (text[i] == ']' || text[i] == '}') --depth;
    if (depth > kMostDepth) fail<DataError>("plan JSON: brackets nest deeper than ", kMostDepth, " at byte ", i);
  }
}

Json parse_text(std::string_view text) {
  if (text.size() > kMostBytes)
    fail<DataError>("plan JSON: ", text.size(), " bytes; at most ", kMostBytes, " are read");
  check_depth(text);
  try {
    return Json::parse(text.begin(), text.end());
  } catch (const Json::parse_error& error) {
    fail<DataError>("plan JSON: not JSON at byte ", error.byte, " of ", text.size());
  } catch (const Json::exception&) {
    fail<DataError>("plan JSON: a number is out of range");
  }
}

// Equal, floating numbers up to rounding (another machine may have contracted its multiply-adds).
bool same(const Json& a, const Json& b) {
  if (a.is_number_float() && b.is_number()) {
    const double x = a.get<double>(), y = b.get<double>();
    return x == y || std::abs(x - y) <= 1e-9 * std::abs(x);
  }
  if (a.type() != b.type() && !(a.is_number_integer() && b.is_number_integer())) return false;
  if (!a.is_structured()) return a == b;
  if (a.size() != b.size()) return false;
  if (a.is_array()) return std::equal(a.begin(), a.end(), b.begin(), same);
  for (const auto& [key, value] : a.items()) {
    if (!b.contains(key) || !same(value, b[key])) return false;
  }
  return true;
}

[[noreturn]] void refuse_derived(const std::string& where) {
  refuse(where, "does not follow from the contraction and the tree; save the plan again");
}

// One by one: long names in a small file could make all equations together enormous.
void check_steps(const Json& steps, const Plan& plan) {
  if (!steps.is_array() || steps.size() != plan.steps.size()) refuse_derived("steps");
  for (std::size_t k = 0; k < plan.steps.size(); ++k) {
    if (!same(step_json(plan, plan.steps[k]), steps[k])) refuse_derived(concat("steps[", k, "]"));
  }
}

// What follows from contraction, tree and model stands in the file for readers; it must be true.
void check_derived(const Json& document, const Plan& plan, const std::string& unchecked) {
  const Json expected = frame_json(plan);
  for (const auto& [key, value] : document.items()) {
    if (!expected.contains(key)) refuse("the document", concat("has an unknown key '", shortened(key, 40), "'"));
  }
  for (const auto& [key, value] : expected.items()) {
    if (!document.contains(key)) refuse("the document", concat("lacks '", key, "'"));
  }
  check_steps(document["steps"], plan);
  for (const auto& [key, value] : expected.items()) {
    if (key != "steps" && key != unchecked && !same(value, document[key])) refuse_derived(key);
  }
}

}  // namespace

std::string to_json(const Plan& plan) {
  Json document = frame_json(plan);
  for (const Step& step : plan.steps) document["steps"].push_back(step_json(plan, step));
  return document.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Plan from_json(std::string_view text, const ScratchBytes& scratch) {
  const Json document = parse_text(text);
  const Node root(document, "the document");
  if (root["format"].text() != kFormat) refuse("format", concat("is not '", kFormat, "'"));
  root["version"].integer(kVersion, kVersion);
  const Contraction whole = read_contraction(root["contraction"]);
  const std::vector<Extents> shapes = read_shapes(root["operand_shapes"], whole);
  const path::Tree tree = read_tree(root["tree"], whole.inputs.size());
  const path::CostModel model = read_model(root["model"]);
  try {
    path::check(tree, whole);
    // Every label of a result stands in its step's equation, so an honest file is longer than they are many.
    Plan plan = lower(whole, tree, model, read_slices(root["slices"], whole), text.size());
    plan.operand_shapes = shapes;
    plan.hoists = root["hoists"].boolean();
    plan.recomputes = read_recomputes(root["recomputes"], tree);
    PlanningOptions options;
    options.gradients = root["gradients"].boolean();
    if (const Node cap = root["max_bytes"]; !cap.is_null()) options.max_bytes = cap.integer(1, INT64_MAX);
    predict(plan, options);
    check_derived(document, plan, "peak_bytes");
    const std::int64_t peak = root["peak_bytes"].integer(plan.peak_bytes, INT64_MAX);
    options.scratch = scratch;
    if (scratch)
      predict(plan, options);
    else
      plan.peak_bytes = peak;
    return plan;
  } catch (const EinsumError& error) {
    refuse("tree", concat("does not fit: ", error.what()));
  }
}

}  // namespace ricci::planning
