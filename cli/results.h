// What comes out of a command: printed, as JSON, or written to a file.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/common.h"

namespace ricci::cli {

/// Throws before any work is done when `path` can't be written, has no known suffix, or can't hold `dtype`.
void check_output(const std::string& path, std::size_t tensors, DType dtype);
/// Whether such a file takes one array and no more, as "-" does.
bool holds_one(const std::string& path);
/// Writes the tensors to `path`; "-" is standard output, in npy.
void write_output(const std::string& path, const std::vector<NamedTensor>& tensors);
/// The elements as nested lists: complex numbers as [re, im], NaN and infinities as text.
nlohmann::json values_json(const Tensor& tensor);
nlohmann::json shape_json(const Shape& shape);
/// "float32 (2, 3)".
std::string describe(const Tensor& tensor);

}  // namespace ricci::cli
