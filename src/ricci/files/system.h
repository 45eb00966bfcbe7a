// The system's own words for what went wrong with a file.
#pragma once

#include <string>

namespace ricci::io {

/// "No space left on device", ...: the text of an errno value.
std::string system_message(int error);
/// The folder part of a path: "a/b" for "a/b/c", "." for "c", "/" for "/c".
std::string folder_of(const std::string& path);
/// For a missing file: a second line that names the first folder of its path that is missing too, or "".
std::string nearest_folder(const std::string& path);

}  // namespace ricci::io
