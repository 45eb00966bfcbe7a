// What reductions ask of their operand first: which axes, and numbers that have exponentials.
#pragma once

#include <string_view>

#include "ricci/ops/reduce.h"

namespace ricci {

/// Which of `rank` axes the options name. Throws ShapeError, naming `function`, for an axis named twice.
SmallVector<bool, 8> named_axes(const ReduceOptions& options, std::size_t rank, std::string_view function);

/// The same numbers in a floating dtype, float32 for integers. Throws DTypeError, naming `function`, for complex ones.
Tensor as_float(const Tensor& x, std::string_view function);

}  // namespace ricci
