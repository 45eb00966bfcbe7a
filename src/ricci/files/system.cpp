#include "ricci/files/system.h"

#include <sys/stat.h>

#include <system_error>

#include "ricci/base/error.h"

namespace ricci::io {

std::string system_message(int error) { return std::generic_category().message(error); }

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::string nearest_folder(const std::string& path) {
  for (auto slash = path.find('/', 1); slash != std::string::npos; slash = path.find('/', slash + 1)) {
    const std::string folder = path.substr(0, slash);
    struct stat status;
    if (::stat(folder.c_str(), &status) != 0) return concat("\n  there is no folder '", folder, "'");
    if (!S_ISDIR(status.st_mode)) return concat("\n  '", folder, "' is a file, not a folder");
  }
  return "";
}

}  // namespace ricci::io
