#include "ricci/io/load.h"

#include "ricci/base/error.h"
#include "ricci/io/npy.h"
#include "ricci/io/npz.h"
#include "ricci/io/safetensors.h"

namespace ricci {
namespace io {

std::string_view name_of(Format format) {
  switch (format) {
    case Format::npy: return "npy";
    case Format::npz: return "npz";
    case Format::safetensors: break;
  }
  return "safetensors";
}

Format format_of(const std::string& path) {
  for (const Format format : {Format::npy, Format::npz, Format::safetensors})
    if (path.ends_with(concat(".", name_of(format)))) return format;
  fail<DataError>("'", path, "': the suffix tells the format, and this one is unknown",
                  "\n  known: .npy (one array), .npz (several), .safetensors (several, all dtypes)");
}

FileInfo read_info(const std::string& path) {
  FileInfo info;
  info.format = format_of(path);
  const InputFile file = InputFile::open(path);
  info.file_bytes = file.size();
  switch (info.format) {
    case Format::npy: {
      FileStream stream(file);
      info.arrays.push_back(read_npy_header(stream));
      const std::int64_t bytes = checked_bytes(info.arrays[0], file.name());
      if (bytes != stream.left())
        fail<DataError>(file.name(), ": its header promises ", bytes, " bytes of data (", describe(info.arrays[0]),
                        ") but ", stream.left(), " follow\n  the file is damaged; make or fetch it again");
      break;
    }
    case Format::npz: info.arrays = read_npz_header(file); break;
    case Format::safetensors: {
      SafetensorsHeader header = read_safetensors_header(file);
      for (SafetensorsEntry& entry : header.entries) info.arrays.push_back(std::move(entry.info));
      info.metadata = std::move(header.metadata);
    }
  }
  return info;
}

namespace {

Tensor only_one(const std::string& path, std::vector<NamedTensor> tensors) {
  if (tensors.size() == 1) return std::move(tensors[0].tensor);
  std::vector<std::string> names;
  for (const NamedTensor& item : tensors) names.push_back(item.name);
  fail<DataError>("'", path, "' holds ", tensors.size(), " tensors, not one\n  name one of ", list_names(names));
}

}  // namespace
}  // namespace io

std::vector<NamedTensor> load(const std::string& path) {
  const io::Format format = io::format_of(path);
  const io::InputFile file = io::InputFile::open(path);
  switch (format) {
    case io::Format::npz: return io::read_npz(file);
    case io::Format::safetensors: return io::read_safetensors(file);
    case io::Format::npy: break;
  }
  io::FileStream stream(file);
  return {{"", io::read_npy(stream)}};
}

Tensor load_tensor(const std::string& path, const std::string& name) {
  const io::Format format = io::format_of(path);
  if (name.empty()) return io::only_one(path, load(path));
  if (format == io::Format::npy)
    fail<DataError>("'", path, "' is an npy file: it holds one array without a name, so '", name,
                    "' can't be chosen\n  leave the name out");
  const io::InputFile file = io::InputFile::open(path);
  return format == io::Format::npz ? io::read_npz(file, name) : io::read_safetensors(file, name);
}

void save(const std::string& path, std::span<const NamedTensor> tensors, const io::Metadata& metadata) {
  const io::Format format = io::format_of(path);
  if (format == io::Format::npy && tensors.size() != 1)
    fail<DataError>("'", path, "': an npy file holds one array, not ", tensors.size(), "\n  use .npz or .safetensors");
  if (format != io::Format::safetensors && !metadata.empty())
    fail<DataError>("'", path, "': ", name_of(format), " files hold no metadata\n  use .safetensors");
  io::OutputFile out(path);
  switch (format) {
    case io::Format::npy:
      io::write_npy(tensors[0].tensor, [&](const void* data, std::size_t bytes) { out.write(data, bytes); });
      break;
    case io::Format::npz: io::write_npz(out, tensors); break;
    case io::Format::safetensors: io::write_safetensors(out, tensors, metadata);
  }
  out.commit();
}

void save(const std::string& path, const Tensor& tensor) {
  const io::Format format = io::format_of(path);
  const std::string name = format == io::Format::npz ? "arr_0" : format == io::Format::safetensors ? "tensor" : "";
  const NamedTensor item{name, tensor};
  save(path, std::span(&item, 1));
}

}  // namespace ricci
