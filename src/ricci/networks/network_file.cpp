#include "ricci/networks/network_file.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "ricci/io/array_checks.h"
#include "ricci/io/load.h"
#include "ricci/io/safetensors.h"
#include "ricci/networks/parse_network.h"

namespace ricci::networks {
namespace {

constexpr std::string_view kFormat = "ricci-network";
constexpr std::string_view kVersion = "1";

std::string text_of(const io::Metadata& metadata, const std::string& key, std::string_view otherwise = "") {
  const auto at = metadata.find(key);
  return at == metadata.end() ? std::string(otherwise) : at->second;
}

[[noreturn]] void damaged(const std::string& where, std::string_view key, std::string_view wanted) {
  fail<DataError>(where, ": the network's '", key, "' is not ", wanted, "\n  write it with save_network");
}

// The text of a JSON list or object, lists in it down to `deepest`; deeper text is refused before a tree is made of it.
nlohmann::json flat_json(const std::string& text, const std::string& where, std::string_view key,
                         std::string_view wanted, int deepest = 0) {
  bool nested = false;
  auto parsed = nlohmann::json::parse(
      text,
      [&](int depth, nlohmann::json::parse_event_t event, nlohmann::json&) {
        using Event = nlohmann::json::parse_event_t;
        nested =
            nested || (depth > 0 && event == Event::object_start) || (depth > deepest && event == Event::array_start);
        return !nested;
      },
      false);
  if (nested || parsed.is_discarded()) damaged(where, key, wanted);
  return parsed;
}

std::vector<std::string> operand_names(const io::Metadata& metadata, const std::string& where) {
  constexpr std::string_view wanted = "a JSON list of tensor names";
  const auto json = flat_json(text_of(metadata, "operands"), where, "operands", wanted);
  if (!json.is_array()) damaged(where, "operands", wanted);
  std::vector<std::string> names;
  for (const auto& item : json) {
    if (!item.is_string()) damaged(where, "operands", wanted);
    names.push_back(item.get<std::string>());
  }
  return names;
}

std::map<std::string, std::int64_t> read_sizes(const io::Metadata& metadata, const std::string& where) {
  constexpr std::string_view wanted = "a JSON object of labels and extents";
  std::map<std::string, std::int64_t> sizes;
  if (!metadata.count("sizes")) return sizes;
  const auto json = flat_json(text_of(metadata, "sizes"), where, "sizes", wanted);
  if (!json.is_object()) damaged(where, "sizes", wanted);
  for (const auto& [label, extent] : json.items()) {
    if (!extent.is_number_unsigned() || extent.get<std::uint64_t>() > std::uint64_t{INT64_MAX})
      damaged(where, "sizes", wanted);
    sizes[label] = extent.get<std::int64_t>();
  }
  return sizes;
}

// Positions are below the number of operands; whether they make a path is told when it is followed.
std::vector<std::vector<int>> read_path(const io::Metadata& metadata, const std::string& where, std::size_t operands) {
  constexpr std::string_view wanted = "a JSON list of steps, lists of positions";
  std::vector<std::vector<int>> path;
  if (!metadata.count("path")) return path;
  const auto json = flat_json(text_of(metadata, "path"), where, "path", wanted, 1);
  if (!json.is_array()) damaged(where, "path", wanted);
  for (const auto& step : json) {
    if (!step.is_array()) damaged(where, "path", wanted);
    for (const auto& position : step)
      if (!position.is_number_unsigned() || position.get<std::uint64_t>() >= operands) damaged(where, "path", wanted);
    path.push_back(step.get<std::vector<int>>());
  }
  return path;
}

NetworkText read_text(const io::Metadata& metadata, const std::string& where) {
  if (!is_network(metadata))
    fail<DataError>(where, " is a safetensors file without an equation, not a network",
                    "\n  give the equation, and name its tensors as file.safetensors:name");
  const std::string version = text_of(metadata, "version");
  if (version != kVersion)
    fail<DataError>(where, " has network version '", version, "'; this Ricci reads version ", kVersion,
                    "\n  a newer Ricci may read it");
  NetworkText text{.equation = text_of(metadata, "equation"),
                   .sizes = read_sizes(metadata, where),
                   .name = text_of(metadata, "name"),
                   .comment = text_of(metadata, "comment")};
  try {
    text.semiring = parse_semiring(text_of(metadata, "semiring", "sum_product"));
  } catch (const EinsumError& error) {
    fail<DataError>(where, ": ", error.what());
  }
  return text;
}

struct Contents {
  std::unique_ptr<io::ArrayFile> file;
  NetworkText text;
  std::vector<std::size_t> operands;  // their places in the file
};

Contents read_contents(const io::InputFile& file) {
  Contents out{.file = io::open_safetensors(file), .text = {}, .operands = {}};
  const io::Metadata metadata = out.file->metadata();
  out.text = read_text(metadata, file.name());
  std::map<std::string, std::size_t> places;
  for (const std::string& name : out.file->names()) places.emplace(name, places.size());
  const std::vector<std::string> names = operand_names(metadata, file.name());
  out.text.path = read_path(metadata, file.name(), names.size());
  std::vector<io::ArrayInfo> infos;
  for (const std::string& name : names) {
    const auto at = places.find(name);
    if (at == places.end())
      fail<DataError>(file.name(), ": the network's operand '", name, "' is not among its tensors",
                      "\n  the file is damaged; write it with save_network");
    out.operands.push_back(at->second);
    infos.push_back(out.file->info(at->second));
  }
  try {
    parse_network(out.text, infos);
  } catch (const Error& error) {
    fail<DataError>(file.name(), ": its equation does not fit its tensors\n", error.what());
  }
  return out;
}

bool same_view(const Tensor& a, const Tensor& b) {
  return a.storage() == b.storage() && a.offset() == b.offset() && a.dtype() == b.dtype() && a.shape() == b.shape() &&
         a.strides() == b.strides();
}

// Names operands "0000", "0001", ... in order; one that came before keeps its first name.
std::vector<std::string> name_operands(const std::vector<Tensor>& operands, std::vector<NamedTensor>& tensors) {
  const std::size_t digits = concat(operands.size()).size();
  std::multimap<const void*, std::size_t> known;
  std::vector<std::string> names;
  for (const Tensor& operand : operands) {
    io::check_writable(operand, concat("network, operand ", names.size() + 1));
    const void* place = operand.storage()->address();
    const auto [begin, end] = known.equal_range(place);
    const auto same =
        std::find_if(begin, end, [&](auto& item) { return same_view(tensors[item.second].tensor, operand); });
    if (same != end) {
      names.push_back(tensors[same->second].name);
      continue;
    }
    std::string number = concat(names.size());
    number.insert(0, digits - number.size(), '0');
    known.emplace(place, tensors.size());
    tensors.push_back({number, operand});
    names.push_back(std::move(number));
  }
  return names;
}

io::Metadata make_metadata(const NetworkText& text, const std::vector<std::string>& names) {
  io::Metadata out{{"format", std::string(kFormat)}, {"version", std::string(kVersion)}, {"equation", text.equation}};
  out["operands"] = nlohmann::json(names).dump();
  if (!text.sizes.empty()) {
    try {
      out["sizes"] = nlohmann::json(text.sizes).dump();
    } catch (const nlohmann::json::exception&) {
      fail<DataError>("network: a label of 'sizes' is not UTF-8\n  write it in UTF-8");
    }
  }
  if (!text.path.empty()) out["path"] = nlohmann::json(text.path).dump();
  if (!is_linear(text.semiring)) out["semiring"] = std::string(name_of(text.semiring));
  if (!text.name.empty()) out["name"] = text.name;
  if (!text.comment.empty()) out["comment"] = text.comment;
  return out;
}

}  // namespace

bool is_network(const io::Metadata& metadata) { return text_of(metadata, "format") == kFormat; }

NetworkInfo inspect_network_file(const io::InputFile& file) {
  const Contents contents = read_contents(file);
  NetworkInfo info{{contents.text}, {}, file.size(), 0};
  for (const std::size_t array : contents.operands) info.operands.push_back(contents.file->info(array));
  const std::size_t arrays = contents.file->names().size();
  for (std::size_t array = 0; array < arrays; ++array)
    info.tensor_bytes += io::checked_bytes(contents.file->info(array), file.name());
  return info;
}

Network read_network_file(const io::InputFile& file, const NetworkOptions&) {
  const Contents contents = read_contents(file);
  Network network{{contents.text}, {}};
  std::map<std::size_t, Tensor> loaded;
  for (const std::size_t array : contents.operands) {
    Tensor& tensor = loaded[array];
    if (!tensor.defined()) tensor = contents.file->read(array);
    network.operands.push_back(tensor);
  }
  return network;
}

void write_network_file(const std::string& path, const Network& network) {
  std::vector<NamedTensor> tensors;
  const std::vector<std::string> names = name_operands(network.operands, tensors);
  std::vector<io::ArrayInfo> infos;
  for (const Tensor& operand : network.operands)
    infos.push_back({.name = "", .dtype = operand.dtype(), .shape = operand.shape()});
  parse_network(network, infos);
  save(path, tensors, make_metadata(network, names));
}

}  // namespace ricci::networks
