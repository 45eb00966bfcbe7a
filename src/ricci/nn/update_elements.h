// One pass over a parameter, its gradient and what an optimiser remembers of it: every element once, in chunks
// that the shape alone decides, so that the bits do not depend on threads.
#pragma once

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

#include "ricci/base/parallel.h"
#include "ricci/ops/create.h"
#include "ricci/ops/shape.h"

namespace ricci::optim {

/// Calls f(c, p, g, m...) for the real numbers of each element: c the coefficients, p of the parameter (written), g of
/// the gradient, m of the memory (written). 16-bit floats are worked on in float; a complex number is two reals.
/// The tensors have one shape and dtype; the memory is dense.
template <std::size_t N, class F, class... Memory>
void update_elements(const Tensor& parameter, const Tensor& gradient, const std::array<double, N>& coefficients, F f,
                     const Memory&... memory) {
  const Tensor p = contiguous(parameter), g = contiguous(gradient);
  visit_dtype(p.dtype(), [&]<class T>(Tag<T>) {
    if constexpr (is_float(dtype_of<T>())) {
      using Stored = real_type<T>;
      using Real = accumulator<Stored>;
      std::array<Real, N> c;
      std::transform(coefficients.begin(), coefficients.end(), c.begin(),
                     [](double x) { return static_cast<Real>(x); });
      constexpr std::int64_t kChunk = std::int64_t{1} << 14;
      const std::int64_t count = p.numel() * static_cast<std::int64_t>(sizeof(T) / sizeof(Stored));
      const auto loop = [&](auto*... kept) {
        auto* const at = static_cast<Stored*>(p.raw_data());
        const auto* const slope = static_cast<const Stored*>(g.const_raw_data());
        parallel_for((count + kChunk - 1) / kChunk, [&](std::int64_t chunk) {
          const std::int64_t end = std::min(count, (chunk + 1) * kChunk);
          for (std::int64_t i = chunk * kChunk; i < end; ++i) {
            std::array<Real, 1 + sizeof...(Memory)> x{static_cast<Real>(at[i]), static_cast<Real>(kept[i])...};
            std::apply([&](Real& value, auto&... m) { f(c, value, static_cast<Real>(slope[i]), m...); }, x);
            std::size_t k = 0;
            at[i] = static_cast<Stored>(x[k]);
            ((kept[i] = static_cast<Stored>(x[++k])), ...);
          }
        });
      };
      loop(static_cast<Stored*>(memory.raw_data())...);
    }
  });
  if (!parameter.is_contiguous()) copy_into(parameter, p);
}

}  // namespace ricci::optim
