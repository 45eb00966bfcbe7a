// OutputFile: a file that appears whole or not at all. Bytes go to a nameless (or else hidden) file in
// the same folder; commit() flushes it to the disk and gives it its name; without commit() it is gone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "ricci/base/api.h"

namespace ricci::io {

/// Where the bytes wait for commit(): a nameless file where the file system has them, else a hidden
/// one beside the target, `.name.<random>.part`.
enum class Waiting : std::uint8_t { nameless_if_possible, named };

/// Unlinks the hidden files of all OutputFiles alive. Async-signal-safe: for a handler that ends the process.
RICCI_API void unlink_unfinished_files() noexcept;

class RICCI_API OutputFile {
 public:
  /// Throws DataError when the folder is missing or can't be written. Devices and pipes are written
  /// straight through, links followed.
  explicit OutputFile(const std::string& path, Waiting waiting = Waiting::nameless_if_possible);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  /// Throws DataError: disk full, quota, ...
  void write(const void* data, std::size_t bytes);
  void write(std::string_view text) { write(text.data(), text.size()); }
  /// Gives the file its name, in the place of an older one.
  void commit();

 private:
  friend void unlink_unfinished_files() noexcept;
  struct Pending;
  void open_waiting(Waiting waiting);
  void link_nameless();
  [[noreturn]] void fail_writing(int error) const;

  std::string path_;       // as the caller wrote it, for messages
  std::string target_;     // links resolved
  std::string temporary_;  // "" while nameless
  Pending* pending_ = nullptr;
  int descriptor_ = -1;
  bool direct_ = false;
};

}  // namespace ricci::io
