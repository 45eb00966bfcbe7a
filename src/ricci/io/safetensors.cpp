#include "ricci/io/safetensors.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>
#include <set>

#include "ricci/base/error.h"
#include "ricci/io/array_checks.h"
#include "ricci/io/elements.h"
#include "ricci/io/safetensors_header.h"

namespace ricci::io {
namespace {

constexpr std::int64_t kMaxHeader = 100'000'000;
constexpr std::int64_t kLengthBytes = 8;
constexpr std::string_view kDamaged = "\n  the file is damaged; make or fetch it again";

std::int64_t header_length(const InputFile& file) {
  if (file.size() < kLengthBytes)
    fail<DataError>(file.name(), file.size() == 0 ? " is empty" : " ends within the first bytes of a safetensors file",
                    "\n  it was not written to its end; make or fetch it again");
  unsigned char raw[kLengthBytes];
  file.read(0, raw, kLengthBytes);
  std::uint64_t length = 0;
  for (int i = 7; i >= 0; --i) length = length << 8 | raw[i];
  if (raw[0] == 0x93 && raw[1] == 'N')
    fail<DataError>(file.name(), " is not a safetensors file but an npy file\n  name it .npy");
  if (raw[0] == 'P' && raw[1] == 'K')
    fail<DataError>(file.name(),
                    " is not a safetensors file but a zip archive\n  name it .npz if it holds NumPy arrays;"
                    " Ricci never opens pickles, so save a torch file again with safetensors");
  if (length > static_cast<std::uint64_t>(kMaxHeader))
    fail<DataError>(file.name(), " is not a safetensors file: its header would have ", length, " bytes; at most ",
                    kMaxHeader, " are allowed", kDamaged);
  if (static_cast<std::int64_t>(length) > file.size() - kLengthBytes)
    fail<DataError>(file.name(), " is cut short, or not a safetensors file: its header would have ", length,
                    " bytes but ", file.size() - kLengthBytes, " follow", kDamaged);
  return static_cast<std::int64_t>(length);
}

// The tensors tile the data from its first byte to its last.
void check_tiling(const InputFile& file, const SafetensorsHeader& header, const std::vector<std::int64_t>& ends,
                  std::int64_t data_bytes) {
  std::vector<std::size_t> order(ends.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return std::pair(header.entries[a].offset, ends[a]) < std::pair(header.entries[b].offset, ends[b]);
  });
  std::int64_t at = 0;
  for (const std::size_t i : order) {
    const SafetensorsEntry& entry = header.entries[i];
    const std::string where = concat(file.name(), ", tensor '", entry.info.name, "'");
    if (entry.offset != at)
      fail<DataError>(where, " begins at byte ", entry.offset, " of the data, but ", at, " is the next free one",
                      kDamaged);
    const std::int64_t bytes = checked_bytes(entry.info, where);
    if (ends[i] < at || ends[i] - at != bytes)
      fail<DataError>(where, ": ", describe(entry.info), " takes ", bytes, " bytes but its offsets are ", at, " and ",
                      ends[i], kDamaged);
    at = ends[i];
  }
  if (at > data_bytes)
    fail<DataError>(file.name(), " is cut short: its header promises ", at, " bytes of data but ", data_bytes,
                    " follow\n  it was not written to its end; make or fetch it again");
  if (at < data_bytes)
    fail<DataError>(file.name(), " has ", data_bytes - at, " bytes that belong to no tensor", kDamaged);
}

std::string json_text(const std::string& text) {
  try {
    return nlohmann::json(text).dump();
  } catch (const nlohmann::json::exception&) {
    fail<DataError>("safetensors: a name or a metadata text is not UTF-8\n  write it in UTF-8");
  }
}

std::string header_text(std::span<const NamedTensor> tensors, const std::vector<std::size_t>& order,
                        const Metadata& metadata) {
  std::string text = "{";
  if (!metadata.empty()) {
    text += "\"__metadata__\":{";
    for (const auto& [key, value] : metadata)
      text += concat(text.back() == '{' ? "" : ",", json_text(key), ":", json_text(value));
    text += "}";
  }
  std::int64_t at = 0;
  for (const std::size_t i : order) {
    const Tensor& tensor = tensors[i].tensor;
    const nlohmann::json shape(std::vector<std::int64_t>(tensor.shape().begin(), tensor.shape().end()));
    text += concat(text.size() == 1 ? "" : ",", json_text(tensors[i].name), ":{\"dtype\":\"",
                   safetensors_name(tensor.dtype()), "\",\"shape\":", shape.dump(), ",\"data_offsets\":[", at, ",",
                   at + tensor.nbytes(), "]}");
    at += tensor.nbytes();
  }
  text += "}";
  text.append((8 - text.size() % 8) % 8, ' ');
  if (text.size() > static_cast<std::size_t>(kMaxHeader))
    fail<DataError>("safetensors: the header would have ", text.size(), " bytes; at most ", kMaxHeader,
                    " are allowed\n  write several files, or shorter names");
  return text;
}

class SafetensorsFile : public ArrayFile {
 public:
  explicit SafetensorsFile(const InputFile& file) : file_(file), header_(read_safetensors_header(file)) {}
  std::vector<std::string> names() const override {
    std::vector<std::string> names;
    for (const SafetensorsEntry& entry : header_.entries) names.push_back(entry.info.name);
    return names;
  }
  ArrayInfo info(std::size_t array) const override { return header_.entries[array].info; }
  Tensor read(std::size_t array) const override {
    const auto& [info, offset] = header_.entries[array];
    const std::string where = concat(file_.name(), ", tensor '", info.name, "'");
    FileStream stream(file_, offset, checked_bytes(info, where), where);
    return read_elements(stream, info, false);
  }
  Metadata metadata() const override { return header_.metadata; }

 private:
  InputFile file_;
  SafetensorsHeader header_;
};

}  // namespace

SafetensorsHeader read_safetensors_header(const InputFile& file) {
  const std::int64_t length = header_length(file);
  std::string json(static_cast<std::size_t>(length), '\0');
  file.read(kLengthBytes, json.data(), length);
  std::vector<std::int64_t> ends;
  SafetensorsHeader header = parse_safetensors_header(json, file.name(), ends);
  check_tiling(file, header, ends, file.size() - kLengthBytes - length);
  for (SafetensorsEntry& entry : header.entries) entry.offset += kLengthBytes + length;
  return header;
}

std::unique_ptr<ArrayFile> open_safetensors(const InputFile& file) { return std::make_unique<SafetensorsFile>(file); }

void write_safetensors(OutputFile& out, std::span<const NamedTensor> tensors, const Metadata& metadata) {
  std::set<std::string_view> names{"__metadata__"};
  for (const NamedTensor& item : tensors) {
    check_writable(item.tensor, concat("safetensors, tensor '", item.name, "'"));
    if (!names.insert(item.name).second)
      fail<DataError>("safetensors: the name '", item.name, "' is taken\n  give each tensor its own name");
  }
  std::vector<std::size_t> order(tensors.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return size_of(tensors[a].tensor.dtype()) > size_of(tensors[b].tensor.dtype());
  });
  const std::string text = header_text(tensors, order, metadata);
  const std::uint64_t length = text.size();
  out.write(&length, sizeof length);
  out.write(text);
  const auto write = [&](const void* data, std::size_t bytes) { out.write(data, bytes); };
  for (const std::size_t i : order) for_each_piece(tensors[i].tensor, write);
}

}  // namespace ricci::io
