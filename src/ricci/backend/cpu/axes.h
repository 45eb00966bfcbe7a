// What kernels ask of a step's axes and operands.
#pragma once

#include "ricci/backend/backend.h"

namespace ricci::cpu {

/// Takes out of `axes` the one that comes before all others by `before`; an axis of extent 1 if there is none.
template <class F>
Axis take(Axes& axes, F&& before) {
  if (axes.empty()) return {};
  std::size_t first = 0;
  for (std::size_t i = 1; i < axes.size(); ++i)
    if (before(axes[i], axes[first])) first = i;
  const Axis axis = axes[first];
  axes.erase(axes.begin() + first);
  return axis;
}

inline bool longer(const Axis& x, const Axis& y) { return x.extent > y.extent; }

inline void swap_operands(Axes& axes) {
  for (Axis& axis : axes) std::swap(axis.a, axis.b);
}

/// The same step with its operands swapped: what was left is right.
inline ContractStep swapped(ContractStep step) {
  std::swap(step.a, step.b);
  std::swap(step.loops.left, step.loops.right);
  for (Axes* axes : {&step.loops.batch, &step.loops.left, &step.loops.right, &step.loops.contracted})
    swap_operands(*axes);
  return step;
}

/// The axes as those of a dense array of `stride` in c, the last one adjacent; returns how far the next such array is.
inline std::int64_t lay_densely(Axes& axes, std::int64_t stride = 1) {
  for (std::size_t i = axes.size(); i-- > 0; stride *= axes[i].extent) axes[i].c = stride;
  return stride;
}

/// Adds axes to a map: its operands step by the strides that are named, its result by c.
inline void add_axes(MapStep& map, const Axes& axes, std::initializer_list<std::int64_t Axis::*> operands) {
  for (const Axis& axis : axes) {
    map.shape.push_back(axis.extent);
    map.out_strides.push_back(axis.c);
    for (std::size_t k = 0; k < operands.size(); ++k) map.inputs[k].strides.push_back(axis.*operands.begin()[k]);
  }
}

/// Where an operand's element lies that is `elements` further on.
inline const void* moved(const void* data, DType dtype, std::int64_t elements) {
  return static_cast<const std::byte*>(data) + elements * static_cast<std::int64_t>(size_of(dtype));
}

inline void* moved(void* data, DType dtype, std::int64_t elements) {
  return const_cast<void*>(moved(static_cast<const void*>(data), dtype, elements));
}

/// Whether a, b and c are of one dtype, a float or complex of 32 bits or more, and summed.
inline bool has_product_kernels(const ContractStep& step) {
  const DType dtype = step.a.dtype;
  const bool exact = dtype == DType::f32 || dtype == DType::f64 || dtype == DType::c64 || dtype == DType::c128;
  return exact && step.b.dtype == dtype && step.c.dtype == dtype && is_linear(step.semiring);
}

/// f(Tag<K>) of the element type of such a step.
template <class F>
auto visit_product(DType dtype, F&& f) {
  switch (dtype) {
    case DType::f32: return f(Tag<float>{});
    case DType::f64: return f(Tag<double>{});
    case DType::c64: return f(Tag<std::complex<float>>{});
    default: return f(Tag<std::complex<double>>{});
  }
}

/// f(Tag<K>) of the type that elements of 32 bits or more are summed as: integers unsigned, since they wrap. False for
/// other dtypes.
template <class F>
bool visit_summed(DType dtype, F&& f) {
  switch (dtype) {
    case DType::f32: return f(Tag<float>{}), true;
    case DType::f64: return f(Tag<double>{}), true;
    case DType::c64: return f(Tag<std::complex<float>>{}), true;
    case DType::c128: return f(Tag<std::complex<double>>{}), true;
    case DType::i32: return f(Tag<std::uint32_t>{}), true;
    case DType::i64: return f(Tag<std::uint64_t>{}), true;
    default: return false;
  }
}

/// Whether a, b and c are of one dtype, and their semiring is one of the vectors'.
inline bool has_vector_semiring(const ContractStep& step) {
  const DType dtype = step.a.dtype;
  return step.b.dtype == dtype && step.c.dtype == dtype && !sums_exponentials(step.semiring);
}

}  // namespace ricci::cpu
