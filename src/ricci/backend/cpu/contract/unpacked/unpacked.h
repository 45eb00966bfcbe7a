// Products without packing: the operands are read where they lie, one's values broadcast (rows), the
// other's in vectors (columns). For small and tiny ones, batches of them, and long thin ones.
#pragma once

#include <complex>
#include <optional>
#include <tuple>

#include "ricci/backend/cpu/host_kernel.h"

namespace ricci::cpu {

/// c[batch, row, column] = alpha * sum over k of a[batch, row, k] * b[batch, k, column] + beta * c; strides in
/// elements, columns adjacent in b.
template <class K>
struct UnpackedProduct {
  const K *a = nullptr, *b = nullptr;
  K* c = nullptr;
  std::int64_t batch = 1, m = 1, n = 1, k = 0;
  std::int64_t a_batch = 0, a_row = 0, a_step = 0;
  std::int64_t b_batch = 0, b_step = 0;
  const std::int64_t *a_jumps = nullptr, *b_jumps = nullptr;  // where given, the k steps one by one
  std::int64_t c_batch = 0, c_row = 0, c_column = 1;
  K alpha = K(1), beta = K(0);
  bool reads = false;    // beta is not 0
  bool fetches = false;  // the columns come from memory: those of the next tile are prefetched
  bool conjugates_a = false, conjugates_b = false;
};

template <class K>
using UnpackedKernel = void (*)(const UnpackedProduct<K>&);

/// The kernel for the machine's instruction set; null where there is none. K is float, double or complex of them.
using UnpackedKernels = std::tuple<UnpackedKernel<float>, UnpackedKernel<double>, UnpackedKernel<std::complex<float>>,
                                   UnpackedKernel<std::complex<double>>>;
const UnpackedKernels& unpacked_kernels();
template <class K>
UnpackedKernel<K> unpacked_kernel() {
  return std::get<UnpackedKernel<K>>(unpacked_kernels());
}

/// A step as a UnpackedProduct: which role gives the columns, and the one axis of each role that the kernel
/// steps along; what is left over is walked. Of the contracted axes there may be several.
struct UnpackedPlan {
  bool swapped = false;  // a's labels are the columns
  Axis batch, row, column;
  Axes steps, outer;
  std::int64_t depth = 1;       // the extent of `steps`
  std::int64_t near = 1;        // so many of them run for all tiles before the next ones
  bool copies_columns = false;  // the columns are not adjacent where they lie: each matrix is copied first
};

/// How a step runs here; nothing if other kernels suit it better.
std::optional<UnpackedPlan> plan_unpacked(const ContractStep& step);
/// Null where plan_unpacked() has nothing.
const HostKernel* make_unpacked(const ContractStep& step, KernelSlot& slot);

}  // namespace ricci::cpu
