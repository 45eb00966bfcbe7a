#include "ricci/backend/cpu/map/dims.h"

#include <cstdlib>

#include "ricci/backend/fold_axes.h"

namespace ricci::cpu {
namespace {

bool before(const Dim& x, const Dim& y) {
  for (const std::size_t k : {kOut, std::size_t{0}, std::size_t{1}, std::size_t{2}})
    if (std::abs(x.stride[k]) != std::abs(y.stride[k])) return std::abs(x.stride[k]) > std::abs(y.stride[k]);
  return false;
}

}  // namespace

Dims fold_dims(const MapStep& step) {
  Dims dims;
  for (std::size_t i = 0; i < step.shape.size(); ++i) {
    if (step.shape[i] == 1) continue;
    Dim dim{step.shape[i], {}};
    for (std::size_t k = 0; k < step.inputs.size(); ++k) dim.stride[k] = step.inputs[k].strides[i];
    dim.stride[kOut] = step.out_strides[i];
    dims.push_back(dim);
  }
  std::sort(dims.begin(), dims.end(), before);
  fold_neighbours(dims);
  if (dims.empty()) dims.push_back(Dim{});
  return dims;
}

std::int64_t bytes_of(const MapStep& step, const Dims& dims) {
  auto bytes = static_cast<std::int64_t>(size_of(step.out.dtype));
  for (const Dim& dim : dims) bytes *= dim.extent;
  return bytes;
}

Walker::Walker(const MapStep& map, const Dims& dims_) : dims(dims_) {
  for (std::size_t k = 0; k < map.inputs.size(); ++k) {
    size[k] = static_cast<std::int64_t>(size_of(map.inputs[k].dtype));
    start.at[k] = static_cast<const std::byte*>(map.inputs[k].data);
  }
  size[kOut] = static_cast<std::int64_t>(size_of(map.out.dtype));
  start.at[kOut] = static_cast<const std::byte*>(map.out.data);
}

}  // namespace ricci::cpu
