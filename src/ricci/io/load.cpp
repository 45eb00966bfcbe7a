#include "ricci/io/load.h"

#include <algorithm>

#include "ricci/io/array_checks.h"
#include "ricci/tensor/defined.h"

namespace ricci {
namespace io {
namespace {

// The place of the wanted name, if it is there; of the only one when none is wanted.
std::size_t place_of(const std::string& wanted, const std::vector<std::string>& names, const std::string& path) {
  if (wanted.empty() && names.size() == 1) return 0;
  if (wanted.empty())
    fail<DataError>("'", path, "' holds ", names.size(), " tensors, not one\n  name one: ", list_names(names));
  const auto at = std::find(names.begin(), names.end(), wanted);
  if (at == names.end()) fail<DataError>("'", path, "' has no tensor '", wanted, "'\n  it has ", list_names(names));
  return static_cast<std::size_t>(at - names.begin());
}

struct Chosen {
  std::unique_ptr<ArrayFile> file;
  std::size_t array;
};

Chosen choose(const std::string& path, const std::string& name, InputFile::Pipes pipes) {
  const Format& format = format_of(path);
  if (!format.several && !name.empty())
    fail<DataError>("'", path, "' is ", format.kind, ": it holds one array without a name, so '", name,
                    "' can't be chosen\n  leave the name out");
  auto file = format.open(InputFile::open(path, pipes));
  const std::size_t array = place_of(name, file->names(), path);
  return {std::move(file), array};
}

}  // namespace

FileInfo read_info(const std::string& path) {
  FileInfo info;
  info.format = &format_of(path);
  const InputFile file = InputFile::open(path, InputFile::Pipes::refuse);
  info.file_bytes = file.size();
  const auto arrays = info.format->open(file);
  const std::size_t count = arrays->names().size();
  for (std::size_t i = 0; i < count; ++i) info.arrays.push_back(arrays->info(i));
  info.metadata = arrays->metadata();
  return info;
}

ArrayInfo read_info(const std::string& path, const std::string& name) {
  const Chosen chosen = choose(path, name, InputFile::Pipes::refuse);
  return chosen.file->info(chosen.array);
}

}  // namespace io

std::vector<NamedTensor> load(const std::string& path) {
  const io::Format& format = io::format_of(path);
  return io::read_all(*format.open(io::InputFile::open(path)));
}

Tensor load_tensor(const std::string& path, const std::string& name) {
  const io::Chosen chosen = io::choose(path, name, io::InputFile::Pipes::read);
  return chosen.file->read(chosen.array);
}

void save(const std::string& path, std::span<const NamedTensor> tensors, const io::Metadata& metadata) {
  using io::Format;
  for (std::size_t i = 0; i < tensors.size(); ++i) check_defined_at("save", i, tensors[i].tensor);
  const Format& format = io::format_of(path);
  if (!format.several && tensors.size() != 1)
    fail<DataError>("'", path, "': ", format.kind, " holds one array, not ", tensors.size(), "\n  use ",
                    suffixes_with(io::formats(), &Format::several, " or "));
  if (!format.metadata && !metadata.empty())
    fail<DataError>("'", path, "': ", format.name(), " files hold no metadata\n  use ",
                    suffixes_with(io::formats(), &Format::metadata, " or "));
  io::OutputFile out(path);
  format.write(out, tensors, metadata);
  out.commit();
}

void save(const std::string& path, const Tensor& tensor, const io::Metadata& metadata) {
  const NamedTensor item{std::string(io::format_of(path).lone_name), tensor};
  save(path, std::span(&item, 1), metadata);
}

}  // namespace ricci
