#include "ricci/io/numpy/npz.h"

#include <set>

#include "ricci/base/error.h"
#include "ricci/io/numpy/npy.h"
#include "ricci/io/zip/zip.h"

namespace ricci::io {
namespace {

constexpr std::string_view kSuffix = ".npy";

std::vector<ZipMember> array_members(const InputFile& file) {
  std::vector<ZipMember> members = read_zip_directory(file);
  std::erase_if(members, [](const ZipMember& m) { return !m.name.ends_with(kSuffix); });
  return members;
}

std::string key_of(const ZipMember& member) { return member.name.substr(0, member.name.size() - kSuffix.size()); }

class NpzFile : public ArrayFile {
 public:
  explicit NpzFile(const InputFile& file) : file_(file), members_(array_members(file)) {}
  std::vector<std::string> names() const override {
    std::vector<std::string> names;
    for (const ZipMember& member : members_) names.push_back(key_of(member));
    return names;
  }
  ArrayInfo info(std::size_t array) const override {
    ArrayInfo info = read_npy_header(*open_member(file_, members_[array]));
    info.name = key_of(members_[array]);
    return info;
  }
  Tensor read(std::size_t array) const override { return read_npy(*open_member(file_, members_[array])); }

 private:
  InputFile file_;
  std::vector<ZipMember> members_;
};

}  // namespace

std::unique_ptr<ArrayFile> open_npz(const InputFile& file) { return std::make_unique<NpzFile>(file); }

void write_npz(OutputFile& out, std::span<const NamedTensor> tensors, const Metadata&) {
  std::set<std::string_view> names;
  for (const NamedTensor& item : tensors)
    if (!names.insert(item.name).second)
      fail<DataError>("npz: two arrays are named '", item.name, "'\n  give each its own name");
  const auto write = [&](const void* data, std::size_t bytes) { out.write(data, bytes); };
  ZipWriter writer(write);
  for (const NamedTensor& item : tensors) {
    const auto produce = [&](Sink sink) { write_npy(item.tensor, sink); };
    writer.add(concat(item.name, kSuffix), produce);
  }
  writer.finish();
}

}  // namespace ricci::io
