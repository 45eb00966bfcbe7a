// Elementwise maps on the host: axes folded over all operands, rows in vectors where they are
// adjacent (permute.h where a copy turns them), in parallel when large.
#pragma once

#include "ricci/backend/rows.h"

namespace ricci::cpu {

void map(const MapStep& step);

/// The loop in vectors for rows whose operands step by 0 or 1 and whose result by 1; null where there is none.
RowLoop vector_row(Map map, DType in);

/// The same for copies and products with non-temporal stores; null where there is none. After the last row
/// of a task comes hwy::FlushStream().
RowLoop streaming_row(Map map, DType in);

/// The same for conversions between float and the 16-bit floats, which every instruction set has; null for others.
RowLoop vector_copy(DType in, DType out);

}  // namespace ricci::cpu
