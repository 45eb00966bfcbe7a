// ricci inspect: what a file holds, from its header alone.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "cli/results.h"
#include "cli/simplifications.h"
#include "ricci/documents/plan.h"
#include "ricci/networks/formats.h"
#include "ricci/networks/parse_network.h"
#include "ricci/plan/explain.h"
#include "ricci/plan/format.h"

namespace ricci::cli {
namespace {

using Json = nlohmann::ordered_json;

struct InspectOptions : Common {
  std::string file;
  bool all = false;
};

constexpr std::size_t kRows = 40;

// What --all prints is cut nowhere.
std::size_t columns_of(const InspectOptions& options) { return options.all ? SIZE_MAX / 4 : output_columns(); }

// Every line cut to `columns`.
std::string fitted(std::string_view text, std::size_t columns) {
  std::string out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    out += planning::shortened(text.substr(0, end), columns) + "\n";
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::string shape_text(const Shape& shape) { return shape.empty() ? "scalar" : concat(shape); }

std::int64_t bytes_of(const io::ArrayInfo& info) {
  return element_count(info.shape) * static_cast<std::int64_t>(size_of(info.dtype));
}

// `uses`: how often a network reads each; empty: no network.
std::string table(const std::vector<io::ArrayInfo>& arrays, bool all, const std::vector<std::size_t>& uses = {}) {
  const std::size_t rows = all ? arrays.size() : std::min(arrays.size(), kRows);
  std::size_t names = 0, shapes = 0;
  for (std::size_t i = 0; i < rows; ++i) {
    names = std::max(names, planning::display_width(arrays[i].name));
    shapes = std::max(shapes, shape_text(arrays[i].shape).size());
  }
  std::string out;
  for (std::size_t i = 0; i < rows; ++i) {
    const io::ArrayInfo& info = arrays[i];
    const bool column_major = info.column_major, repeated = !uses.empty() && uses[i] > 1;
    const std::string remark = column_major ? "  column-major" : repeated ? fmt::format("  {} times", uses[i]) : "";
    const std::string padding(names - planning::display_width(info.name), ' ');
    out +=
        fmt::format("  {}{}{}{:<10}  {:<{}}  {:>9}{}\n", info.name, padding, names > 0 ? "  " : "", name_of(info.dtype),
                    shape_text(info.shape), shapes, bytes_text(static_cast<double>(bytes_of(info))), remark);
  }
  if (rows < arrays.size()) out += fmt::format("  ... and {} more (--all lists them)\n", arrays.size() - rows);
  return out;
}

Json array_json(const io::ArrayInfo& info) {
  Json out;
  if (!info.name.empty()) out["name"] = info.name;
  out["dtype"] = name_of(info.dtype);
  out["shape"] = shape_json(info.shape);
  if (info.column_major) out["column_major"] = true;
  return out;
}

void print_arrays(const InspectOptions& options, const io::FileInfo& info) {
  if (options.json) {
    Json out{
        {"file", options.file}, {"format", info.format->name()}, {"bytes", info.file_bytes}, {"arrays", Json::array()}};
    for (const io::ArrayInfo& array : info.arrays) out["arrays"].push_back(array_json(array));
    if (!info.metadata.empty()) out["metadata"] = info.metadata;
    return print(out.dump() + "\n");
  }
  std::string out = fmt::format("{}: {}, {}, {}\n", options.file, info.format->name(),
                                info.arrays.size() == 1 ? "1 array" : fmt::format("{} arrays", info.arrays.size()),
                                bytes_text(static_cast<double>(info.file_bytes)));
  out += table(info.arrays, options.all);
  for (const auto& [key, value] : info.metadata) out += fmt::format("  {}: {}\n", key, value);
  print(fitted(out, columns_of(options)));
}

std::string extents_text(const Contraction& contraction) {
  if (contraction.extents.empty()) return "none";
  const auto [low, high] = std::minmax_element(contraction.extents.begin(), contraction.extents.end());
  return fmt::format(
      "{}, {}", contraction.extents.size(),
      *low == *high ? fmt::format("each of extent {}", *low) : fmt::format("extents {} to {}", *low, *high));
}

void print_network(const InspectOptions& options, const networks::NetworkInfo& info) {
  const Parsed parsed = networks::parse_network(info, info.operands);
  const Contraction& contraction = parsed.contraction;
  const auto findings = simplifications(parsed);
  const Extents result = contraction.output_shape();
  std::vector<io::ArrayInfo> tensors;  // each once
  std::map<std::string, std::size_t> places;
  std::vector<std::size_t> uses;
  for (const io::ArrayInfo& operand : info.operands) {
    const auto [at, fresh] = places.emplace(operand.name, tensors.size());
    if (fresh) {
      tensors.push_back(operand);
      uses.push_back(0);
    }
    ++uses[at->second];
  }
  if (options.json) {
    Json out{{"file", options.file},
             {"format", "network"},
             {"bytes", info.file_bytes},
             {"name", info.name},
             {"comment", info.comment},
             {"equation", info.equation},
             {"semiring", name_of(info.semiring)},
             {"dtype", name_of(contraction.dtype)},
             {"labels", contraction.extents.size()},
             {"result", shape_json(Shape(result.begin(), result.end()))},
             {"simplifications", findings},
             {"operands", Json::array()}};
    for (const io::ArrayInfo& operand : info.operands) out["operands"].push_back(array_json(operand));
    return print(out.dump() + "\n");
  }
  std::string equation = info.equation;
  if (const std::size_t columns = columns_of(options); planning::display_width(equation) + 14 > columns) {
    const std::string hint = fmt::format(" ({} bytes; --all shows them)", equation.size());
    equation =
        planning::shortened(equation, std::max<std::size_t>(columns, hint.size() + 30) - hint.size() - 14) + hint;
  }
  std::string out = fmt::format("{}: a network{}{}, {}\n", options.file, info.name.empty() ? "" : ": ", info.name,
                                bytes_text(static_cast<double>(info.file_bytes)));
  if (!info.comment.empty()) out += fmt::format("  {}\n", info.comment);
  out += fmt::format("  equation    {}\n", equation);
  out += fmt::format("  operands    {} ({} in {}), {}\n", info.operands.size(),
                     tensors.size() == 1 ? "1 tensor" : fmt::format("{} tensors", tensors.size()),
                     bytes_text(static_cast<double>(info.tensor_bytes)), name_of(contraction.dtype));
  out += fmt::format("  labels      {}\n", extents_text(contraction));
  out += fmt::format("  result      {}\n", shape_text(Shape(result.begin(), result.end())));
  if (!is_linear(info.semiring)) out += fmt::format("  semiring    {}\n", name_of(info.semiring));
  for (std::size_t i = 0; i < findings.size(); ++i)
    out += fmt::format("  {:<12}{}\n", i == 0 ? "simplifies" : "", findings[i]);
  out += table(tensors, options.all, uses);
  print(fitted(out, columns_of(options)));
}

void inspect(const InspectOptions& options) {
  if (documents::names_plan(options.file)) return print(Plan::load(options.file).explain(columns_of(options)) + "\n");
  if (networks::names_network(options.file) && !io::find_format(options.file))
    return print_network(options, networks::read_network_info(options.file, chosen_network(options)));
  const io::FileInfo info = io::read_info(options.file);
  if (networks::is_network(info.metadata)) return print_network(options, networks::read_network_info(options.file));
  print_arrays(options, info);
}

}  // namespace

void add_inspect(CLI::App& app) {
  CLI::App* command = app.add_subcommand("inspect", "what a file holds, without reading its data");
  const auto options = std::make_shared<InspectOptions>();
  command
      ->add_option("file", options->file,
                   fmt::format("tensors ({}), a network ({}),\nor a saved plan (.json)", io::suffixes(io::formats()),
                               io::suffixes(networks::formats())))
      ->required()
      ->type_name("");
  command
      ->add_option("--semiring", options->semiring, network_option(&networks::Format::weights, "what it is summed in"))
      ->type_name("NAME");
  add_network(*command, *options);
  command->add_flag("--json", options->json, "print JSON");
  command->add_flag("--all", options->all, "list every tensor, and the whole equation");
  command->footer(
      "Examples:\n"
      "  ricci run 'i,j->ij' randn:3 randn:4 -o outer.npz && ricci inspect outer.npz\n"
      "  ricci inspect network.safetensors --json");
  command->callback([options] { inspect(*options); });
}

}  // namespace ricci::cli
