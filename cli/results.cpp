#include "cli/results.h"

#include <unistd.h>

#include <cmath>

#include "ricci/files/output_file.h"
#include "ricci/io/numpy/npy.h"
#include "ricci/tensor/copy.h"

namespace ricci::cli {
namespace {

using Json = nlohmann::json;

const std::string kPiped = ".npy";  // what "-" stands for

Json number_json(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  return value;
}

template <class T>
Json element_json(T value) {
  if constexpr (is_complex_type<T>)
    return Json::array({number_json(value.real()), number_json(value.imag())});
  else if constexpr (is_half_type<T>)
    return number_json(static_cast<float>(value));
  else if constexpr (std::is_floating_point_v<T>)
    return number_json(value);
  else
    return value;
}

template <class T>
Json axis_json(const Tensor& tensor, const T* at, std::size_t axis) {
  if (axis == tensor.shape().size()) return element_json(*at);
  Json out = Json::array();
  for (std::int64_t i = 0; i < tensor.shape()[axis]; ++i)
    out.push_back(axis_json(tensor, at + i * tensor.strides()[axis], axis + 1));
  return out;
}

}  // namespace

bool holds_one(const std::string& path) {
  const io::Format* format = io::find_format(path == "-" ? kPiped : path);
  return format && !format->several;
}

void check_output(const std::string& path, std::size_t tensors, DType dtype) {
  if (path.empty()) return;
  const bool standard = path == "-";
  if (standard && ::isatty(STDOUT_FILENO))
    fail<WrongCall>("-o - writes npy bytes, and standard output is a terminal\n  send it to a pipe or a file");
  const io::Format& format = io::format_of(standard ? kPiped : path);
  if (!format.several && tensors != 1)
    fail<WrongCall>(format.kind, " holds one array, and there are ", tensors, " to write\n  use ",
                    io::suffixes_with(io::formats(), &io::Format::several, " or "));
  if (const std::string_view lack = format.lacks ? format.lacks(dtype) : ""; !lack.empty())
    fail<DTypeError>(lack, "\n  use -o FILE.safetensors, or --dtype float32");
  if (!standard) io::OutputFile probe(path);
}

void write_output(const std::string& path, const std::vector<NamedTensor>& tensors) {
  if (path != "-") return save(path, tensors);
  io::write_npy(tensors[0].tensor, [](const void* data, std::size_t bytes) {
    print(std::string_view(static_cast<const char*>(data), bytes));
  });
}

Json values_json(const Tensor& tensor) {
  const Tensor here = on_host(tensor);
  return visit_dtype(here.dtype(),
                     [&]<class T>(Tag<T>) { return axis_json(here, static_cast<const T*>(here.const_raw_data()), 0); });
}

Json shape_json(const Shape& shape) { return std::vector<std::int64_t>(shape.begin(), shape.end()); }

std::string describe(const Tensor& tensor) { return concat(tensor.dtype(), " ", tensor.shape()); }

}  // namespace ricci::cli
