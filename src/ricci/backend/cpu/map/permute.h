// Copies that change which axis is adjacent: blocks of the two axes that are adjacent in the result and in
// the operand are transposed in registers. elementwise.cpp finds them.
#pragma once

#include <cstddef>
#include <cstdint>

#include "ricci/backend/cpu/map/dims.h"

namespace ricci::cpu {

/// A matrix to turn: in[i * in_row + j] to out[i + j * out_row]; strides in elements.
struct Transpose {
  const void* in = nullptr;
  void* out = nullptr;
  std::int64_t in_row = 0, out_row = 0, rows = 0, columns = 0;
};
using TransposeLoop = void (*)(const Transpose&);

/// The loop for elements of `size` bytes. With `streams` whole cache lines are stored non-temporally: the caller
/// flushes them.
TransposeLoop transpose_loop(std::size_t size, bool streams = false);

/// The dimension along which the operand of a copy is adjacent where that is not the result's own, the last;
/// the last where there is none.
std::size_t transposed_dim(const MapStep& step, const Dims& dims);
/// Runs a copy whose transposed_dim() is `dim`.
void permute(const MapStep& step, const Dims& dims, std::size_t dim);

}  // namespace ricci::cpu
