#include "ricci/io/array_file.h"

namespace ricci::io {

ArrayFile::~ArrayFile() = default;

std::vector<NamedTensor> read_all(const ArrayFile& file) {
  std::vector<NamedTensor> out;
  for (std::string& name : file.names()) out.push_back({std::move(name), file.read(out.size())});
  return out;
}

}  // namespace ricci::io
