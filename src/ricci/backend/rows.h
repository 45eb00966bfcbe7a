// One row of an elementwise map: n elements with a stride each. row_of() finds the loop for a map and
// its dtypes; the reference backend runs these alone, cpu/ where it has no vector form.
#pragma once

#include "ricci/backend/backend.h"

namespace ricci {

struct Row {
  std::int64_t n = 0;
  const void* in[3] = {};
  std::int64_t in_stride[3] = {};
  void* out = nullptr;
  std::int64_t out_stride = 0;
};
using RowLoop = void (*)(const Row& row);

/// The loop for `map` from operands of dtype `in` to `out`. Throws DTypeError where the map has no
/// meaning for the dtype. The loops of integer floor_divide, remainder and power throw Error.
RowLoop row_of(Map map, DType in, DType out);

}  // namespace ricci
