#include "ricci/files/output_file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstring>
#include <memory>
#include <random>

#include "ricci/base/error.h"
#include "ricci/files/system.h"

namespace ricci::io {

// A slot of the list of hidden files. Slots are reused and never freed, and whoever takes the path
// out of one owns it: a signal handler may walk the list at any moment.
struct OutputFile::Pending {
  std::atomic<char*> path{nullptr};
  Pending* next = nullptr;
  static std::atomic<Pending*> first;

  static Pending* enter(const std::string& path) {
    char* copy = new char[path.size() + 1];
    std::memcpy(copy, path.c_str(), path.size() + 1);
    for (Pending* slot = first.load(); slot; slot = slot->next) {
      char* none = nullptr;
      if (slot->path.compare_exchange_strong(none, copy)) return slot;
    }
    auto* slot = new Pending;
    slot->path = copy;
    slot->next = first.load();
    while (!first.compare_exchange_weak(slot->next, slot)) {
    }
    return slot;
  }
  void leave() { delete[] path.exchange(nullptr); }
  static void unlink_all() noexcept {
    for (Pending* slot = first.load(); slot; slot = slot->next)
      if (const char* path = slot->path.exchange(nullptr)) ::unlink(path);
  }
};
std::atomic<OutputFile::Pending*> OutputFile::Pending::first{nullptr};
static_assert(std::atomic<char*>::is_always_lock_free);

void unlink_unfinished_files() noexcept { OutputFile::Pending::unlink_all(); }

namespace {

std::string hidden_name(const std::string& target) {
  std::random_device device;
  char digits[17];
  std::snprintf(digits, sizeof digits, "%08x%08x", device(), device());
  const auto slash = target.rfind('/');
  const std::size_t start = slash == std::string::npos ? 0 : slash + 1;
  // The name is cut so that the hidden one stays within the 255 bytes of a file name.
  return concat(target.substr(0, start), ".", target.substr(start, 200), ".", digits, ".part");
}

std::string resolved(const std::string& path) {
  const std::unique_ptr<char, void (*)(void*)> real(::realpath(path.c_str(), nullptr), ::free);
  return real ? std::string(real.get()) : path;
}

}  // namespace

OutputFile::OutputFile(const std::string& path, Waiting waiting) : path_(path), target_(resolved(path)) {
  if (path.empty() || path.find('\0') != std::string::npos) fail<DataError>("'", path, "' is not a file name");
  struct stat status;
  const bool exists = ::stat(target_.c_str(), &status) == 0;
  if (path.back() == '/' || (exists && S_ISDIR(status.st_mode)))
    fail<DataError>("'", path_, "' can't be written: it is a folder\n  name a file in it");
  if (exists && !S_ISREG(status.st_mode)) {
    direct_ = true;
    descriptor_ = ::open(target_.c_str(), O_WRONLY | O_CLOEXEC);
    if (descriptor_ < 0) fail_writing(errno);
    return;
  }
  if (exists && ::access(target_.c_str(), W_OK) != 0) fail_writing(errno);
  open_waiting(waiting);
  if (exists) ::fchmod(descriptor_, status.st_mode & 07777);
}

OutputFile::~OutputFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
  if (pending_) pending_->leave();
}

void OutputFile::open_waiting(Waiting waiting) {
#ifdef O_TMPFILE
  if (waiting == Waiting::nameless_if_possible) {
    descriptor_ = ::open(folder_of(target_).c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666);
    if (descriptor_ >= 0) return;
  }
#endif
  (void)waiting;
  const std::string name = hidden_name(target_);
  pending_ = Pending::enter(name);
  descriptor_ = ::open(name.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0666);
  const int error = errno;
  if (descriptor_ < 0) {
    pending_->leave();
    pending_ = nullptr;
    fail_writing(error);
  }
  temporary_ = name;
}

void OutputFile::fail_writing(int error) const {
  if (error == ENOENT || error == ENOTDIR)
    fail<DataError>("'", path_, "' can't be written", nearest_folder(path_),
                    "\n  make the folder first, or name another");
  const std::string_view mend = error == ENOSPC || error == EDQUOT ? "free some space, or write to another disk"
                                : error == EACCES || error == EPERM || error == EROFS
                                    ? "choose a place where you may write"
                                    : "nothing was left behind";
  fail<DataError>("'", path_, "' can't be written: ", system_message(error), "\n  ", mend);
}

void OutputFile::write(const void* data, std::size_t bytes) {
  const auto* from = static_cast<const std::byte*>(data);
  while (bytes > 0) {
    const ssize_t done = ::write(descriptor_, from, std::min(bytes, std::size_t{1} << 30));
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) fail_writing(errno);
    from += done;
    bytes -= static_cast<std::size_t>(done);
  }
}

// A nameless file can take a free name but not replace another: it goes through a hidden one.
void OutputFile::link_nameless() {
  const std::string name = hidden_name(target_);
  const std::string self = concat("/proc/self/fd/", descriptor_);
  pending_ = Pending::enter(name);
  if (::linkat(AT_FDCWD, self.c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) != 0) fail_writing(errno);
  temporary_ = name;
}

void OutputFile::commit() {
  if (!direct_) {
    if (::fsync(descriptor_) != 0) fail_writing(errno);
    if (temporary_.empty()) link_nameless();
    if (::rename(temporary_.c_str(), target_.c_str()) != 0) fail_writing(errno);
    temporary_.clear();
    const int folder = ::open(folder_of(target_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder >= 0) {
      ::fsync(folder);  // so that the name, too, survives a power cut
      ::close(folder);
    }
  }
  const int closed = ::close(descriptor_);
  descriptor_ = -1;
  if (closed != 0) fail_writing(errno);
}

}  // namespace ricci::io
