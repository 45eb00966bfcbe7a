// InputFile: bytes to be read at any offset, never past their end; a file, a pipe read to its end, or memory.
// Invariant: size() is known before a byte is interpreted, so readers hold every size against it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "ricci/base/api.h"

namespace ricci::io {

class RICCI_API InputFile {
 public:
  enum class Pipes { read, refuse };
  /// Throws DataError when the file is missing, a folder, a socket, a device, or can't be read. A pipe is
  /// read to its end, or refused at once by those who will open the path a second time.
  static InputFile open(const std::string& path, Pipes pipes = Pipes::read);
  /// Standard input, read to its end; errors call it "standard input". Throws DataError for a terminal or device.
  static InputFile standard_input();
  static InputFile from_bytes(std::string name, std::vector<std::byte> bytes);

  /// What errors call it: the path in quotes.
  const std::string& name() const { return name_; }
  std::int64_t size() const { return size_; }
  /// Throws DataError when the bytes are not there, or no longer.
  void read(std::int64_t offset, void* out, std::int64_t bytes) const;

 private:
  InputFile(std::string name, std::shared_ptr<const std::vector<std::byte>> bytes);
  std::string name_;
  std::int64_t size_ = 0;
  std::shared_ptr<const int> descriptor_;                 // closed with its last owner
  std::shared_ptr<const std::vector<std::byte>> memory_;  // instead of a descriptor
};

/// A stretch of bytes read once, from front to back: a file, or a member of an archive.
class RICCI_API ByteStream {
 public:
  virtual ~ByteStream();
  const std::string& name() const { return name_; }
  std::int64_t left() const { return left_; }
  /// The next `bytes` bytes. Throws DataError when fewer are left.
  void read(void* out, std::int64_t bytes);

 protected:
  ByteStream(std::string name, std::int64_t length) : name_(std::move(name)), left_(length) {}
  virtual void fill(void* out, std::int64_t bytes) = 0;

 private:
  std::string name_;
  std::int64_t left_;
};

/// The bytes [offset, offset + length) of a file.
class RICCI_API FileStream : public ByteStream {
 public:
  explicit FileStream(const InputFile& file) : FileStream(file, 0, file.size(), file.name()) {}
  FileStream(const InputFile& file, std::int64_t offset, std::int64_t length, std::string name)
      : ByteStream(std::move(name), length), file_(file), offset_(offset) {}

 private:
  void fill(void* out, std::int64_t bytes) override;
  InputFile file_;
  std::int64_t offset_;
};

}  // namespace ricci::io
