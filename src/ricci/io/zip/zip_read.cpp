#include <zlib.h>

#include <algorithm>
#include <limits>
#include <set>

#include "ricci/base/error.h"
#include "ricci/io/zip/zip.h"

namespace ricci::io {
namespace {

constexpr std::string_view kDamaged = "\n  the file is damaged or was not written to its end; make or fetch it again";
constexpr std::int64_t kMaxDirectory = 100'000'000;
constexpr std::int64_t kEndBytes = 22, kMaxComment = 65535, kLocatorBytes = 20, kEnd64Bytes = 56;
constexpr std::int64_t kEntryBytes = 46, kLocalBytes = 30;
constexpr std::int64_t kMaxInflation = 1032;  // deflate's own limit: 258 bytes for two bits

// Little-endian fields of a record that was read whole; a field past its end is damage.
class Fields {
 public:
  Fields(const InputFile& file, std::string_view bytes) : file_(file), bytes_(bytes) {}
  std::uint64_t unsigned_at(std::size_t at, std::size_t width) const {
    if (at + width > bytes_.size())
      fail<DataError>(file_.name(), ": a record of the zip directory is cut short", kDamaged);
    std::uint64_t value = 0;
    for (std::size_t i = width; i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes_[at + i]);
    return value;
  }
  std::int64_t at(std::size_t at, std::size_t width) const {
    const std::uint64_t value = unsigned_at(at, width);
    if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
      fail<DataError>(file_.name(), ": a size in the zip directory passes 2^63 - 1", kDamaged);
    return static_cast<std::int64_t>(value);
  }
  std::string_view text(std::size_t at, std::size_t length) const {
    if (at > bytes_.size() || length > bytes_.size() - at)
      fail<DataError>(file_.name(), ": a record of the zip directory is cut short", kDamaged);
    return bytes_.substr(at, length);
  }
  std::size_t size() const { return bytes_.size(); }

 private:
  const InputFile& file_;
  std::string_view bytes_;
};

std::string read_text(const InputFile& file, std::int64_t offset, std::int64_t bytes) {
  std::string text(static_cast<std::size_t>(bytes), '\0');
  file.read(offset, text.data(), bytes);
  return text;
}

struct Directory {
  std::int64_t offset = 0, bytes = 0, entries = 0, end = 0;
};

// The end record lies last, before a comment whose length it tells.
std::int64_t find_end(const InputFile& file) {
  const std::int64_t tail = std::min(file.size(), kEndBytes + kMaxComment);
  const std::string text = read_text(file, file.size() - tail, tail);
  for (auto at = text.rfind("PK\x05\x06"); at != std::string::npos;
       at = at == 0 ? std::string::npos : text.rfind("PK\x05\x06", at - 1)) {
    if (at + kEndBytes > text.size()) continue;
    const auto comment = static_cast<std::size_t>(Fields(file, text).at(at + 20, 2));
    if (at + kEndBytes + comment == text.size()) return file.size() - tail + static_cast<std::int64_t>(at);
  }
  if (file.size() == 0) fail<DataError>(file.name(), " is empty", kDamaged);
  const std::string start = read_text(file, 0, std::min<std::int64_t>(file.size(), 6));
  if (start.starts_with("\x93NUMPY"))
    fail<DataError>(file.name(), " is no npz file but a single array\n  name it .npy");
  if (start.starts_with("PK"))
    fail<DataError>(file.name(), " is cut short: its zip directory, which comes last, is missing", kDamaged);
  fail<DataError>(file.name(), " is not an npz file\n  save arrays with np.savez(file, name=array)");
}

Directory read_end(const InputFile& file) {
  const std::int64_t end = find_end(file);
  const std::string text = read_text(file, end, kEndBytes);
  const Fields fields(file, text);
  Directory out{.offset = fields.at(16, 4), .bytes = fields.at(12, 4), .entries = fields.at(10, 2), .end = end};
  bool split = fields.at(4, 2) != fields.at(6, 2) || fields.at(8, 2) != fields.at(10, 2);
  if (out.offset == 0xffffffff || out.bytes == 0xffffffff || out.entries == 0xffff) {
    if (end < kLocatorBytes) fail<DataError>(file.name(), ": the zip64 locator is missing", kDamaged);
    const std::string locator = read_text(file, end - kLocatorBytes, kLocatorBytes);
    if (locator.starts_with("PK\x06\x07")) {
      out.end = Fields(file, locator).at(8, 8);
      const std::string text64 = read_text(file, out.end, kEnd64Bytes);
      if (!text64.starts_with("PK\x06\x06"))
        fail<DataError>(file.name(), ": the zip64 end record is missing", kDamaged);
      const Fields fields64(file, text64);
      out = {.offset = fields64.at(48, 8), .bytes = fields64.at(40, 8), .entries = fields64.at(32, 8), .end = out.end};
      split = fields64.at(16, 4) != fields64.at(20, 4) || fields64.at(24, 8) != out.entries;
    }
  }
  if (split) fail<DataError>(file.name(), " is one part of a split zip archive\n  join the parts first");
  return out;
}

void check_directory(const InputFile& file, const Directory& directory) {
  if (directory.offset > directory.end || directory.bytes > directory.end - directory.offset)
    fail<DataError>(file.name(), ": the zip directory lies outside the file", kDamaged);
  if (directory.bytes > kMaxDirectory)
    fail<DataError>(file.name(), " has a zip directory of ", directory.bytes, " bytes; at most ", kMaxDirectory,
                    " are read\n  split it into several npz files");
  if (directory.entries > directory.bytes / kEntryBytes)
    fail<DataError>(file.name(), ": the zip directory is too short for its ", directory.entries, " members", kDamaged);
}

// Sizes and offset that do not fit 32 bits stand in a zip64 field, in this order, only those.
void read_zip64(const Fields& extra, ZipMember& member, std::int64_t& local) {
  for (std::size_t at = 0; at + 4 <= extra.size();) {
    const auto id = extra.at(at, 2);
    const auto length = static_cast<std::size_t>(extra.at(at + 2, 2));
    if (id == 1) {
      extra.text(at + 4, length);
      std::size_t field = at + 4;
      for (std::int64_t* value : {&member.bytes, &member.stored_bytes, &local}) {
        if (*value != 0xffffffff) continue;
        *value = extra.at(field, 8);
        field += 8;
      }
      return;
    }
    at += 4 + length;
  }
}

void check_member(const InputFile& file, const ZipMember& member) {
  const std::string where = concat(file.name(), ", member '", member.name, "'");
  if (!member.deflated && member.bytes != member.stored_bytes)
    fail<DataError>(where, ": a stored member says two sizes, ", member.bytes, " and ", member.stored_bytes, kDamaged);
  if (member.deflated && member.bytes / kMaxInflation > member.stored_bytes)
    fail<DataError>(where, ": ", member.stored_bytes, " compressed bytes can't hold the ", member.bytes,
                    " it says\n  the file is hostile or damaged");
}

// The entry at `at` of the directory; moves `at` behind it.
ZipMember read_entry(const InputFile& file, const Directory& directory, const Fields& fields, std::size_t& at) {
  if (fields.text(at, 4) != "PK\x01\x02")
    fail<DataError>(file.name(), ": a member of the zip directory is damaged", kDamaged);
  const auto flags = fields.at(at + 8, 2), method = fields.at(at + 10, 2);
  const auto name_bytes = static_cast<std::size_t>(fields.at(at + 28, 2)),
             extra_bytes = static_cast<std::size_t>(fields.at(at + 30, 2));
  ZipMember member{.name = std::string(fields.text(at + kEntryBytes, name_bytes)),
                   .stored_bytes = fields.at(at + 20, 4),
                   .bytes = fields.at(at + 24, 4),
                   .crc = static_cast<std::uint32_t>(fields.at(at + 16, 4)),
                   .deflated = method == 8};
  const std::string where = concat(file.name(), ", member '", member.name, "'");
  if (flags & 1) fail<DataError>(where, " is encrypted\n  save it without a password");
  if (method != 0 && method != 8)
    fail<DataError>(where, " is compressed by method ", method, "; npz files are stored or deflated",
                    "\n  save it with np.savez or np.savez_compressed");
  std::int64_t local = fields.at(at + 42, 4);
  read_zip64(Fields(file, fields.text(at + kEntryBytes + name_bytes, extra_bytes)), member, local);
  at += static_cast<std::size_t>(kEntryBytes) + name_bytes + extra_bytes +
        static_cast<std::size_t>(fields.at(at + 32, 2));
  check_member(file, member);
  if (local > directory.offset - kLocalBytes) fail<DataError>(where, " lies outside the file", kDamaged);
  const std::string head = read_text(file, local, kLocalBytes);
  if (!head.starts_with("PK\x03\x04")) fail<DataError>(where, " has no header where the directory says", kDamaged);
  const Fields local_fields(file, head);
  member.data_offset = local + kLocalBytes + local_fields.at(26, 2) + local_fields.at(28, 2);
  if (member.data_offset > directory.offset || member.stored_bytes > directory.offset - member.data_offset)
    fail<DataError>(where, " lies outside the file", kDamaged);
  return member;
}

// Two members over the same bytes: how a small archive holds endless data.
void check_apart(const InputFile& file, const std::vector<ZipMember>& members) {
  std::vector<const ZipMember*> order;
  std::set<std::string_view> names;
  for (const ZipMember& member : members) {
    order.push_back(&member);
    if (!names.insert(member.name).second)
      fail<DataError>(file.name(), " has two members '", member.name, "'\n  give each array its own name");
  }
  std::sort(order.begin(), order.end(), [](auto* a, auto* b) { return a->data_offset < b->data_offset; });
  for (std::size_t i = 1; i < order.size(); ++i)
    if (order[i]->data_offset - order[i - 1]->data_offset < order[i - 1]->stored_bytes)
      fail<DataError>(file.name(), ": the members '", order[i - 1]->name, "' and '", order[i]->name,
                      "' overlap\n  the file is hostile or damaged");
}

void check_crc(const std::string& name, std::uint32_t found, std::uint32_t promised) {
  if (found != promised)
    fail<DataError>(name, " is damaged: the checksum of its data is ", found, ", its header says ", promised,
                    "\n  make or fetch it again");
}

std::uint32_t add_crc(std::uint32_t crc, const void* data, std::int64_t bytes) {
  return static_cast<std::uint32_t>(crc32_z(crc, static_cast<const Bytef*>(data), static_cast<std::size_t>(bytes)));
}

class StoredStream : public ByteStream {
 public:
  StoredStream(const InputFile& file, const ZipMember& member)
      : ByteStream(concat(file.name(), ", member '", member.name, "'"), member.bytes), file_(file), member_(member) {}

 private:
  void fill(void* out, std::int64_t bytes) override {
    file_.read(member_.data_offset + done_, out, bytes);
    done_ += bytes;
    crc_ = add_crc(crc_, out, bytes);
    if (left() == 0) check_crc(name(), crc_, member_.crc);
  }
  InputFile file_;
  ZipMember member_;
  std::int64_t done_ = 0;
  std::uint32_t crc_ = 0;
};

class InflateStream : public ByteStream {
 public:
  InflateStream(const InputFile& file, const ZipMember& member)
      : ByteStream(concat(file.name(), ", member '", member.name, "'"), member.bytes), file_(file), member_(member) {
    if (inflateInit2(&zlib_, -MAX_WBITS) != Z_OK) fail<MemoryError>(name(), ": no memory to inflate it");
  }
  ~InflateStream() override { inflateEnd(&zlib_); }

 private:
  void fill(void* out, std::int64_t bytes) override {
    auto* to = static_cast<Bytef*>(out);
    for (std::int64_t open = bytes; open > 0;) {
      const std::int64_t want = std::min<std::int64_t>(open, 1 << 30);
      const std::int64_t got = inflate_some(to, want);
      to += got;
      open -= got;
    }
    crc_ = add_crc(crc_, out, bytes);
    if (left() == 0) check_crc(name(), crc_, member_.crc);
  }
  std::int64_t inflate_some(Bytef* to, std::int64_t want) {
    if (zlib_.avail_in == 0) {
      const std::int64_t bytes = std::min<std::int64_t>(member_.stored_bytes - taken_, sizeof input_);
      file_.read(member_.data_offset + taken_, input_, bytes);
      taken_ += bytes;
      zlib_.next_in = input_;
      zlib_.avail_in = static_cast<uInt>(bytes);
    }
    zlib_.next_out = to;
    zlib_.avail_out = static_cast<uInt>(want);
    const bool starved = zlib_.avail_in == 0;
    const int result = inflate(&zlib_, Z_NO_FLUSH);
    const std::int64_t got = want - zlib_.avail_out;
    const bool ended = result == Z_STREAM_END || (starved && got == 0);
    if ((result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) || (ended && got < want))
      fail<DataError>(name(), " is damaged: its compressed data ", ended ? "ends too early" : "makes no sense",
                      kDamaged);
    return got;
  }
  InputFile file_;
  ZipMember member_;
  z_stream zlib_{};
  Bytef input_[1 << 16];
  std::int64_t taken_ = 0;
  std::uint32_t crc_ = 0;
};

}  // namespace

std::vector<ZipMember> read_zip_directory(const InputFile& file) {
  const Directory directory = read_end(file);
  check_directory(file, directory);
  const std::string text = read_text(file, directory.offset, directory.bytes);
  const Fields fields(file, text);
  std::vector<ZipMember> members;
  std::size_t at = 0;
  for (std::int64_t i = 0; i < directory.entries; ++i) members.push_back(read_entry(file, directory, fields, at));
  check_apart(file, members);
  return members;
}

std::unique_ptr<ByteStream> open_member(const InputFile& file, const ZipMember& member) {
  if (member.deflated) return std::make_unique<InflateStream>(file, member);
  return std::make_unique<StoredStream>(file, member);
}

}  // namespace ricci::io
