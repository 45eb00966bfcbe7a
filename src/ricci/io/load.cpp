#include "ricci/io/load.h"

#include "ricci/base/error.h"
#include "ricci/base/small_vector.h"
#include "ricci/io/numpy/npy.h"
#include "ricci/io/numpy/npz.h"
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
  const InputFile file = InputFile::open(path, InputFile::Pipes::refuse);
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

// The wanted name, if it is there; the only one when none is wanted.
std::string choose(const std::string& path, const std::string& wanted, const std::vector<std::string>& names) {
  if (wanted.empty() && names.size() == 1) return names[0];
  if (wanted.empty())
    fail<DataError>("'", path, "' holds ", names.size(), " tensors, not one\n  name one: ", list_names(names));
  if (!contains(names, wanted))
    fail<DataError>("'", path, "' has no tensor '", wanted, "'\n  it has ", list_names(names));
  return wanted;
}

std::vector<std::string> names_of(const SafetensorsHeader& header) {
  std::vector<std::string> names;
  for (const SafetensorsEntry& entry : header.entries) names.push_back(entry.info.name);
  return names;
}

void check_choice(const std::string& path, Format format, const std::string& name) {
  if (format == Format::npy && !name.empty())
    fail<DataError>("'", path, "' is an npy file: it holds one array without a name, so '", name,
                    "' can't be chosen\n  leave the name out");
}

}  // namespace

ArrayInfo read_info(const std::string& path, const std::string& name) {
  const Format format = format_of(path);
  check_choice(path, format, name);
  const InputFile file = InputFile::open(path, InputFile::Pipes::refuse);
  if (format == Format::npz) return read_npz_header(file, choose(path, name, npz_names(file)));
  if (format == Format::npy) return read_info(path).arrays[0];
  const SafetensorsHeader header = read_safetensors_header(file);
  return header.find(choose(path, name, names_of(header)))->info;
}

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
  io::check_choice(path, format, name);
  const io::InputFile file = io::InputFile::open(path);
  if (format == io::Format::npz) return io::read_npz(file, io::choose(path, name, io::npz_names(file)));
  if (format == io::Format::safetensors) {
    const io::SafetensorsHeader header = io::read_safetensors_header(file);
    return io::read_safetensors(file, *header.find(io::choose(path, name, io::names_of(header))));
  }
  io::FileStream stream(file);
  return io::read_npy(stream);
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
