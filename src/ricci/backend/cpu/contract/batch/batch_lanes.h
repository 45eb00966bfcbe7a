// Many tiny products whose batch label is adjacent in all three tensors: vectors run along the batch, so
// that nothing is packed, broadcast or left empty.
#pragma once

#include <complex>
#include <tuple>

#include "ricci/backend/cpu/host_kernel.h"

namespace ricci::cpu {

/// c[row, column, lane] = sum over k of a[row, k, lane] * b[k, column, lane] in the kernel's semiring; lanes are
/// adjacent in all three, other strides in elements.
template <class K>
struct BatchLanes {
  const K *a = nullptr, *b = nullptr;
  K* c = nullptr;
  std::int64_t lanes = 0, m = 1, n = 1, k = 0;
  std::int64_t a_row = 0, a_step = 0, b_step = 0, b_column = 0, c_row = 0, c_column = 0;
  bool conjugates_a = false, conjugates_b = false;
  bool prefetches = false;  // more than the caches hold, in more streams than the machine foresees
};

/// What an instruction set has for it.
template <class K>
struct BatchLanesKernel {
  std::int64_t width = 0;                       // lanes of a vector: run() needs as many or more; 0: no kernel
  void (*run)(const BatchLanes<K>&) = nullptr;  // the last vector may overlap the one before
};
/// K is float, double, complex of them, uint32 or uint64, with the semirings of gemm_table<K>().
using BatchLanesKernels = std::tuple<BatchLanesKernel<float>, BatchLanesKernel<double>,
                                     BatchLanesKernel<std::complex<float>>, BatchLanesKernel<std::complex<double>>,
                                     BatchLanesKernel<std::uint32_t>, BatchLanesKernel<std::uint64_t>>;
const BatchLanesKernels& batch_lanes_kernels(Semiring semiring);
template <class K>
const BatchLanesKernel<K>& batch_lanes_kernel(Semiring semiring = Semiring::sum_product) {
  return std::get<BatchLanesKernel<K>>(batch_lanes_kernels(semiring));
}

/// Null unless the batch label is adjacent in all three tensors and the products are small.
const HostKernel* make_batch_lanes(const ContractStep& step, KernelSlot& slot);

}  // namespace ricci::cpu
