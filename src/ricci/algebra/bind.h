// Binds a written equation to shapes: extents of labels, ellipses and size-1 axes made plain labels,
// the output, the dtype. The last stage of parse().
#pragma once

#include <span>

#include "ricci/algebra/parse.h"
#include "ricci/algebra/written.h"

namespace ricci::notation {

/// What the operands are, beside the equation.
struct Operands {
  std::span<const Extents> shapes;
  std::span<const DType> dtypes;  ///< one each, or none for float32
};

/// Throws EinsumError, or DTypeError where the semiring has no such dtype.
Parsed bind(Written written, const Operands& operands, const ParseOptions& options);

}  // namespace ricci::notation
