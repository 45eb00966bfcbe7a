// Random operands of any layout for the tests of both host backends, and comparison element by element.
#pragma once

// Before any header of Highway.
// clang-format off
#include "ricci/backend/cpu/simd/targets.h"
// clang-format on

#include <gtest/gtest.h>
#include <hwy/highway.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <random>
#include <vector>

#include "ricci/backend/backend.h"
#include "ricci/backend/element.h"
#include "ricci/backend/walk.h"

namespace ricci::test {

using Random = std::mt19937_64;

inline constexpr DType kAll[] = {DType::f16, DType::bf16, DType::f32, DType::f64, DType::c64, DType::c128,
                                 DType::i8,  DType::i16,  DType::i32, DType::i64, DType::u8,  DType::b8};

/// The semirings of the table for which this holds.
template <class Predicate>
std::vector<Semiring> semirings_where(Predicate&& holds) {
  std::vector<Semiring> out;
  for (std::size_t i = 0; i < std::size(kSemirings); ++i)
    if (holds(static_cast<Semiring>(i))) out.push_back(static_cast<Semiring>(i));
  return out;
}

inline std::int64_t pick(Random& random, std::int64_t low, std::int64_t high) {
  return std::uniform_int_distribution<std::int64_t>(low, high)(random);
}

template <class T>
T random_value(Random& random) {
  if constexpr (std::is_same_v<T, bool>) {
    return pick(random, 0, 3) == 0;
  } else if constexpr (std::is_integral_v<T>) {
    return static_cast<T>(random());
  } else if constexpr (is_complex_type<T>) {
    const auto re = random_value<real_type<T>>(random);
    return {re, random_value<real_type<T>>(random)};
  } else {
    return element::convert<T>(std::uniform_real_distribution<double>(-1, 1)(random));
  }
}

/// Memory of one operand; `first` is the element at position zero, which negative strides need not
/// put at the front.
struct Buffer {
  DType dtype = DType::f32;
  std::vector<std::byte> bytes;
  std::int64_t first = 0;

  void* data() { return bytes.data() + first * static_cast<std::int64_t>(size_of(dtype)); }
  std::int64_t count() const { return static_cast<std::int64_t>(bytes.size() / size_of(dtype)); }
  template <class T>
  T* as() {
    return reinterpret_cast<T*>(bytes.data());
  }
  void randomize(Random& random) {
    visit_dtype(dtype, [&]<class T>(Tag<T>) {
      for (std::int64_t i = 0; i < count(); ++i) as<T>()[i] = random_value<T>(random);
    });
  }
  /// NaN in every float; a pattern in the others.
  void poison() { std::memset(bytes.data(), dtype == DType::b8 ? 1 : 0xff, bytes.size()); }
};

enum class Layout { dense, permuted, stepped, negative, broadcast };
inline constexpr Layout kLayouts[] = {Layout::dense, Layout::permuted, Layout::stepped, Layout::negative,
                                      Layout::broadcast};

/// Strides for axes of these extents in a layout, and a buffer that holds them. `broadcast` gives one
/// axis the stride 0 (for operands that are only read).
inline Buffer lay_out(Random& random, const std::vector<std::int64_t>& extents, DType dtype, Layout layout,
                      std::vector<std::int64_t>& strides) {
  std::vector<std::size_t> order(extents.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = order.size() - 1 - i;
  if (layout != Layout::dense) std::shuffle(order.begin(), order.end(), random);
  std::int64_t step = layout == Layout::stepped ? 2 : 1;
  strides.assign(extents.size(), 0);
  Buffer buffer;
  buffer.dtype = dtype;
  const std::size_t flat = layout == Layout::broadcast && !order.empty() ? order[0] : extents.size();
  for (const std::size_t axis : order) {
    if (axis == flat) continue;
    const bool backward = layout == Layout::negative && pick(random, 0, 1) == 1;
    strides[axis] = backward ? -step : step;
    if (backward) buffer.first += step * std::max<std::int64_t>(0, extents[axis] - 1);
    step *= std::max<std::int64_t>(1, extents[axis]) + (layout == Layout::stepped ? 1 : 0);
  }
  buffer.bytes.resize(static_cast<std::size_t>(step + 1) * size_of(dtype));
  return buffer;
}

/// The instruction sets that this machine has and kernels are compiled for.
inline std::int64_t machine_targets() { return hwy::SupportedTargets() & (HWY_TARGETS); }

/// f(target) with each of them alone; all are allowed again afterwards.
template <class F>
void for_each_target(F&& f) {
  const std::int64_t all = machine_targets();
  for (std::int64_t left = all; left != 0; left &= left - 1) {
    const std::int64_t target = left & -left;
    hwy::SetSupportedTargetsForTest(target);
    f(target);
  }
  hwy::SetSupportedTargetsForTest(0);
}

template <class T>
double distance(T x, T y) {
  using W = accumulator<T>;
  const W a = element::convert<W>(x), b = element::convert<W>(y);
  if constexpr (is_complex_type<W>) {
    return std::max(distance(a.real(), b.real()), distance(a.imag(), b.imag()));
  } else if constexpr (std::is_floating_point_v<W>) {
    if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b) ? 0 : INFINITY;
    return a == b ? 0 : std::abs(static_cast<double>(a) - static_cast<double>(b));
  } else {
    return a == b ? 0 : INFINITY;
  }
}

/// The unit roundoff of a dtype; 0 for those that are exact.
inline double epsilon(DType dtype) {
  switch (dtype) {
    case DType::f16: return 0x1p-11;
    case DType::bf16: return 0x1p-8;
    case DType::f32:
    case DType::c64: return 0x1p-24;
    case DType::f64:
    case DType::c128: return 0x1p-53;
    default: return 0;
  }
}

}  // namespace ricci::test
