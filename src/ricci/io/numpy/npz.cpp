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

std::unique_ptr<ByteStream> open_array(const InputFile& file, const std::string& name) {
  for (const ZipMember& member : array_members(file))
    if (key_of(member) == name) return open_member(file, member);
  fail<DataError>(file.name(), " has no array '", name, "'\n  it has ", list_names(npz_names(file)));
}

}  // namespace

std::vector<std::string> npz_names(const InputFile& file) {
  std::vector<std::string> names;
  for (const ZipMember& member : array_members(file)) names.push_back(key_of(member));
  return names;
}

ArrayInfo read_npz_header(const InputFile& file, const std::string& name) {
  ArrayInfo info = read_npy_header(*open_array(file, name));
  info.name = name;
  return info;
}

std::vector<ArrayInfo> read_npz_header(const InputFile& file) {
  std::vector<ArrayInfo> out;
  for (const ZipMember& member : array_members(file)) {
    const auto stream = open_member(file, member);
    ArrayInfo info = read_npy_header(*stream);
    info.name = key_of(member);
    out.push_back(std::move(info));
  }
  return out;
}

std::vector<NamedTensor> read_npz(const InputFile& file) {
  std::vector<NamedTensor> out;
  for (const ZipMember& member : array_members(file)) {
    const auto stream = open_member(file, member);
    out.push_back({key_of(member), read_npy(*stream)});
  }
  return out;
}

Tensor read_npz(const InputFile& file, const std::string& name) { return read_npy(*open_array(file, name)); }

void write_npz(OutputFile& out, std::span<const NamedTensor> tensors) {
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
