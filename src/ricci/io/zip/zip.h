// Zip archives as npz files use them: stored and deflated members, zip64; read by the central
// directory, every offset and size held against the file before it is believed.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "ricci/base/function_ref.h"
#include "ricci/files/input_file.h"

namespace ricci::io {

struct ZipMember {
  std::string name;
  std::int64_t data_offset = 0;  // of the first byte of its data in the archive
  std::int64_t stored_bytes = 0, bytes = 0;
  std::uint32_t crc = 0;
  bool deflated = false;
};

/// The members in the order of the directory. Throws DataError for an archive that is damaged, encrypted,
/// split, has a name twice or overlapping members, or a member that can't be as long as it says.
std::vector<ZipMember> read_zip_directory(const InputFile& file);

/// The bytes of a member, inflated; its checksum is compared once the last byte was read.
std::unique_ptr<ByteStream> open_member(const InputFile& file, const ZipMember& member);

using Sink = FunctionRef<void(const void*, std::size_t)>;

/// Writes an archive of stored members as np.savez does: no dates, zip64 in the local headers.
class ZipWriter {
 public:
  explicit ZipWriter(Sink sink) : sink_(sink) {}
  /// `produce` gives the member's bytes; it is called twice, first for the checksum and the size.
  void add(const std::string& name, FunctionRef<void(Sink)> produce);
  /// The directory.
  void finish();

 private:
  void put(const std::string& bytes);
  Sink sink_;
  std::int64_t written_ = 0, members_ = 0;
  std::string directory_;
};

}  // namespace ricci::io
