// Axes that chain are one axis: a step along the outer is as long as the whole of the inner, in every tensor.
#pragma once

#include <array>

#include "ricci/backend/loops.h"

namespace ricci {

inline std::array<std::int64_t, 3> strides_of(const Axis& axis) { return {axis.a, axis.b, axis.c}; }

/// Whether two axes chain, by all the strides that strides_of() gives.
template <class A>
bool chains(const A& outer, const A& inner) {
  const auto far = strides_of(outer), near = strides_of(inner);
  for (std::size_t k = 0; k < far.size(); ++k)
    if (far[k] != near[k] * inner.extent) return false;
  return true;
}

/// Makes two of `axes` that chain one, in the place of the inner.
template <class Axes>
void join(Axes& axes, std::size_t outer, std::size_t inner) {
  axes[inner].extent *= axes[outer].extent;
  axes.erase(axes.begin() + outer);
}

/// Joins all neighbours that chain: the order stays.
template <class Axes>
void fold_neighbours(Axes& axes) {
  for (std::size_t i = 1; i < axes.size();)
    if (chains(axes[i - 1], axes[i]))
      join(axes, i - 1, i);
    else
      ++i;
}

}  // namespace ricci
