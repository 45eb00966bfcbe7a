// The loop of one map for a dtype known only at run time. A Family names what its maps have in common:
// exists<M, T>(), whether the map has a meaning for T, and loop<M, T>(row). The rows_*.cpp call it.
#pragma once

#include "ricci/backend/map_names.h"
#include "ricci/backend/rows.h"

namespace ricci {

/// Throws DTypeError where the map has no meaning for `in`; 16-bit floats are computed in float.
template <class Family, Map M>
RowLoop find_row(DType in) {
  return visit_dtype(in, [&]<class T>(Tag<T>) -> RowLoop {
    if constexpr (Family::template exists<M, accumulator<T>>())
      return Family::template loop<M, T>;
    else
      fail_map(M, in);
  });
}

}  // namespace ricci
