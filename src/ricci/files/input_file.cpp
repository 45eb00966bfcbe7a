#include "ricci/files/input_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "ricci/base/error.h"
#include "ricci/files/system.h"

namespace ricci::io {
namespace {

constexpr std::size_t kMaxTransfer = std::size_t{1} << 30;  // Linux moves at most 2 GiB a call

// One read(2) or pread(2), repeated when a signal interrupts it.
template <class Call>
ssize_t uninterrupted(Call&& call) {
  ssize_t got;
  do got = call();
  while (got < 0 && errno == EINTR);
  return got;
}

std::vector<std::byte> read_to_end(int descriptor, const std::string& name) {
  std::vector<std::byte> bytes;
  std::size_t used = 0;
  while (true) {
    if (used == bytes.size()) bytes.resize(std::max<std::size_t>(2 * used, 1 << 16));
    const ssize_t got = uninterrupted(
        [&] { return ::read(descriptor, bytes.data() + used, std::min(bytes.size() - used, kMaxTransfer)); });
    if (got < 0) fail<DataError>(name, " can't be read: ", system_message(errno));
    if (got == 0) break;
    used += static_cast<std::size_t>(got);
  }
  bytes.resize(used);
  return bytes;
}

[[noreturn]] void fail_to_open(const std::string& path, const std::string& name, int error) {
  struct stat status;
  if (error == ENOENT) fail<DataError>(name, ": no such file", nearest_folder(path));
  if (error == ENXIO && ::stat(path.c_str(), &status) == 0 && S_ISSOCK(status.st_mode))
    fail<DataError>(name, " is a socket, not a file\n  name a file or a pipe");
  fail<DataError>(name, " can't be opened: ", system_message(error));
}

}  // namespace

InputFile::InputFile(std::string name, std::shared_ptr<const std::vector<std::byte>> bytes)
    : name_(std::move(name)), size_(static_cast<std::int64_t>(bytes->size())), memory_(std::move(bytes)) {}

InputFile InputFile::from_bytes(std::string name, std::vector<std::byte> bytes) {
  return {std::move(name), std::make_shared<const std::vector<std::byte>>(std::move(bytes))};
}

InputFile InputFile::standard_input() {
  const std::string name = "standard input";
  struct stat status;
  if (::fstat(STDIN_FILENO, &status) == 0 && S_ISCHR(status.st_mode))
    fail<DataError>(name, " is a ", ::isatty(STDIN_FILENO) == 1 ? "terminal" : "device",
                    ", not a file\n  redirect a file to it, or a pipe");
  return from_bytes(name, read_to_end(STDIN_FILENO, name));
}

InputFile InputFile::open(const std::string& path, Pipes pipes) {
  const std::string name = concat("'", path, "'");
  if (path.find('\0') != std::string::npos) fail<DataError>("the file name ", name, " has a zero byte in it");
  // Opening a pipe waits for its writer, who may never come, unless told not to block.
  const int opened = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | (pipes == Pipes::refuse ? O_NONBLOCK : 0));
  if (opened < 0) fail_to_open(path, name, errno);
  const std::shared_ptr<const int> descriptor(new int(opened), [](const int* held) {
    ::close(*held);
    delete held;
  });
  struct stat status;
  if (::fstat(opened, &status) != 0) fail<DataError>(name, " can't be read: ", system_message(errno));
  if (S_ISDIR(status.st_mode)) fail<DataError>(name, " is a folder\n  name a file in it");
  if (S_ISFIFO(status.st_mode)) {
    if (pipes == Pipes::refuse)
      fail<DataError>(name, " is a pipe, and its header would be read before its data: a pipe gives them only once",
                      "\n  write it to a file first, or give it as standard input");
    return from_bytes(name, read_to_end(opened, name));
  }
  if (!S_ISREG(status.st_mode)) fail<DataError>(name, " is a device, not a file\n  name a file or a pipe");
  InputFile file = from_bytes(name, {});
  file.memory_.reset();
  file.descriptor_ = descriptor;
  file.size_ = status.st_size;
  return file;
}

void InputFile::read(std::int64_t offset, void* out, std::int64_t bytes) const {
  if (offset < 0 || bytes < 0 || offset > size_ || bytes > size_ - offset)
    fail<DataError>(name_, " is cut short: ", bytes, " bytes are needed at byte ", offset, " but it ends at ", size_,
                    "\n  it was not written to its end; make or fetch it again");
  if (memory_) {
    if (bytes > 0) std::memcpy(out, memory_->data() + offset, static_cast<std::size_t>(bytes));
    return;
  }
  auto* to = static_cast<std::byte*>(out);
  while (bytes > 0) {
    const std::size_t want = std::min(static_cast<std::size_t>(bytes), kMaxTransfer);
    const ssize_t got = uninterrupted([&] { return ::pread(*descriptor_, to, want, offset); });
    if (got < 0) fail<DataError>(name_, " can't be read at byte ", offset, ": ", system_message(errno));
    if (got == 0)
      fail<DataError>(name_, " became shorter while it was read\n  read it when no one is writing it any more");
    to += got;
    offset += got;
    bytes -= got;
  }
}

ByteStream::~ByteStream() = default;

void ByteStream::read(void* out, std::int64_t bytes) {
  if (bytes > left_)
    fail<DataError>(name_, " is cut short: ", bytes, " more bytes are needed but ", left_,
                    " are left\n  it was not written to its end; make or fetch it again");
  left_ -= bytes;
  fill(out, bytes);
}

void FileStream::fill(void* out, std::int64_t bytes) {
  file_.read(offset_, out, bytes);
  offset_ += bytes;
}

}  // namespace ricci::io
