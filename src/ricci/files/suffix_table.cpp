#include "ricci/files/suffix_table.h"

namespace ricci::io {

std::string joined(std::span<const std::string> words, std::string_view last) {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i)
    out += concat(i == 0 ? "" : i + 1 == words.size() ? last : ", ", words[i]);
  return out;
}

}  // namespace ricci::io
