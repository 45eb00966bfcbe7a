#include <zlib.h>

#include <algorithm>

#include "ricci/base/error.h"
#include "ricci/io/zip/zip.h"

namespace ricci::io {
namespace {

void append(std::string& out, std::uint64_t value, int width) {
  for (int i = 0; i < width; ++i) out += static_cast<char>(value >> (8 * i) & 0xff);
}

constexpr std::uint64_t kWide = 0xffffffff;  // "see the zip64 field"
constexpr std::uint64_t kVersion = 45;       // the first with zip64
constexpr std::uint64_t kDate = 0x21;        // 1980-01-01, so that equal arrays make equal files
constexpr std::uint64_t kUtf8 = 0x800;

bool is_ascii(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 128; });
}

// The fields that local headers and directory entries share, from the version to the sizes.
std::string common_fields(const std::string& name, std::uint64_t crc, std::uint64_t size) {
  std::string out;
  append(out, kVersion, 2);
  append(out, is_ascii(name) ? 0 : kUtf8, 2);
  append(out, 0, 2);  // stored
  append(out, 0, 2);  // midnight
  append(out, kDate, 2);
  append(out, crc, 4);
  append(out, size, 4);
  append(out, size, 4);
  append(out, name.size(), 2);
  return out;
}

}  // namespace

void ZipWriter::put(const std::string& bytes) {
  sink_(bytes.data(), bytes.size());
  written_ += static_cast<std::int64_t>(bytes.size());
}

void ZipWriter::add(const std::string& name, FunctionRef<void(Sink)> produce) {
  if (name.size() > 65535) fail<DataError>("npz: an array's name has ", name.size(), " bytes; at most 65535 fit");
  std::uint64_t size = 0;
  uLong crc = 0;
  const auto measure = [&](const void* data, std::size_t bytes) {
    crc = crc32_z(crc, static_cast<const Bytef*>(data), bytes);
    size += bytes;
  };
  produce(measure);

  const auto offset = static_cast<std::uint64_t>(written_);
  std::string local("PK\x03\x04", 4);
  local += common_fields(name, crc, kWide);
  append(local, 20, 2);
  local += name;
  append(local, 1, 2);
  append(local, 16, 2);
  append(local, size, 8);
  append(local, size, 8);
  put(local);
  produce(sink_);
  written_ += static_cast<std::int64_t>(size);

  std::string extra;
  const bool wide_size = size >= kWide, wide_offset = offset >= kWide;
  if (wide_size || wide_offset) {
    append(extra, 1, 2);
    append(extra, (wide_size ? 16 : 0) + (wide_offset ? 8 : 0), 2);
    if (wide_size) append(extra, size, 8), append(extra, size, 8);
    if (wide_offset) append(extra, offset, 8);
  }
  directory_ += "PK\x01\x02";
  append(directory_, kVersion | 3 << 8, 2);  // made by: Unix
  directory_ += common_fields(name, crc, std::min(size, kWide));
  append(directory_, extra.size(), 2);
  append(directory_, 0, 2);  // comment
  append(directory_, 0, 4);  // disk, internal attributes
  append(directory_, 0600u << 16, 4);
  append(directory_, std::min(offset, kWide), 4);
  directory_ += name + extra;
  ++members_;
}

void ZipWriter::finish() {
  const auto offset = static_cast<std::uint64_t>(written_), bytes = static_cast<std::uint64_t>(directory_.size());
  const auto members = static_cast<std::uint64_t>(members_);
  put(directory_);
  std::string end;
  if (offset >= kWide || bytes >= kWide || members >= 0xffff) {
    const auto end64 = static_cast<std::uint64_t>(written_);
    end += "PK\x06\x06";
    append(end, 44, 8);
    append(end, kVersion, 2);
    append(end, kVersion, 2);
    append(end, 0, 8);  // disks
    append(end, members, 8);
    append(end, members, 8);
    append(end, bytes, 8);
    append(end, offset, 8);
    end += "PK\x06\x07";
    append(end, 0, 4);
    append(end, end64, 8);
    append(end, 1, 4);
  }
  end += "PK\x05\x06";
  append(end, 0, 4);
  append(end, std::min<std::uint64_t>(members, 0xffff), 2);
  append(end, std::min<std::uint64_t>(members, 0xffff), 2);
  append(end, std::min(bytes, kWide), 4);
  append(end, std::min(offset, kWide), 4);
  append(end, 0, 2);  // comment
  put(end);
}

}  // namespace ricci::io
