// Elementwise maps on the host: axes folded over all operands, rows in vectors where they are
// adjacent, tiles where a copy permutes, in parallel when large.
#pragma once

#include "ricci/backend/rows.h"

namespace ricci::cpu {

void map(const MapStep& step);

/// The loop in vectors for rows whose operands step by 0 or 1 and whose result by 1; null where there is none.
RowLoop vector_row(Map map, DType in);

/// The same for conversions between float and float16, and from bfloat16 to float.
RowLoop vector_copy(DType in, DType out);

/// Copies a matrix of elements of `size` bytes from in[i * in_row + j] to out[i + j * out_row].
void transpose(const void* in, std::int64_t in_row, void* out, std::int64_t out_row, std::int64_t rows,
               std::int64_t columns, std::size_t size);

}  // namespace ricci::cpu
