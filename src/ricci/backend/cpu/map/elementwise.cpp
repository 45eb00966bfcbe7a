#include "ricci/backend/cpu/map/elementwise.h"

#include <hwy/cache_control.h>

#include "ricci/backend/cpu/cache_line.h"
#include "ricci/backend/cpu/map/permute.h"
#include "ricci/backend/cpu/tasks.h"

namespace ricci::cpu {
namespace {

constexpr std::int64_t kStreamedRow = 512;  // bytes: shorter ones are mostly begun and ended lines

bool fits_vectors(const MapStep& step, const Dim& inner) {
  if (inner.stride[kOut] != 1) return false;
  for (std::size_t k = 0; k < step.inputs.size(); ++k)
    if (inner.stride[k] != 0 && inner.stride[k] != 1) return false;
  return true;
}

// Whether rows of the result are whole lines.
bool has_whole_lines(const MapStep& step, const Dims& dims) {
  const auto size = static_cast<std::int64_t>(size_of(step.out.dtype));
  if (reinterpret_cast<std::uintptr_t>(step.out.data) % kLineBytes != 0 || dims.back().extent * size % kLineBytes != 0)
    return false;
  return std::all_of(dims.begin(), dims.end() - 1,
                     [&](const Dim& dim) { return dim.stride[kOut] * size % kLineBytes == 0; });
}

// Whether the result is larger than the caches, and lines are written as a whole.
bool may_stream(const MapStep& step, const Dims& dims) {
  const std::int64_t row = dims.back().extent * static_cast<std::int64_t>(size_of(step.out.dtype));
  return bytes_of(step, dims) >= kStreamedBytes && (row >= kStreamedRow || has_whole_lines(step, dims));
}

// The vector loop for the rows; null where there is none.
RowLoop vector_loop(const MapStep& step, const Dims& dims) {
  if (!fits_vectors(step, dims.back())) return nullptr;
  const DType in = step.inputs.back().dtype, out = step.out.dtype;
  if (in == out && may_stream(step, dims))
    if (const RowLoop streaming = streaming_row(step.map, in)) return streaming;
  return step.map == Map::copy ? vector_copy(in, out) : vector_row(step.map, in);
}

void run_rows(const MapStep& step, const Dims& dims) {
  const Dim inner = dims.back();
  RowLoop loop = row_of(step.map, step.inputs.back().dtype, step.out.dtype);  // also refuses what has no meaning
  if (const RowLoop vector = vector_loop(step, dims)) loop = vector;
  const Walker outer(step, Dims(dims.begin(), dims.end() - 1));
  const std::int64_t rows = outer.count();
  const std::int64_t rows_a_task = std::max<std::int64_t>(1, kPiece / inner.extent);
  const std::int64_t pieces = rows_a_task > 1 ? 1 : ceil_div(inner.extent, 2 * kPiece);
  const std::int64_t piece = ceil_div(inner.extent, pieces);
  const bool parallel = rows * inner.extent > 2 * kPiece;
  each(ceil_div(rows, rows_a_task) * pieces, parallel, [&](std::int64_t task) {
    const std::int64_t first = task / pieces * rows_a_task, begin = task % pieces * piece;
    outer.each(first, std::min(rows, first + rows_a_task), [&](Pointers p) {
      outer.step(p, inner, begin);
      Row row;
      row.n = std::min(piece, inner.extent - begin);
      for (std::size_t k = 0; k < 3; ++k) row.in[k] = p.at[k], row.in_stride[k] = inner.stride[k];
      row.out = const_cast<std::byte*>(p.at[kOut]);
      row.out_stride = inner.stride[kOut];
      loop(row);
    });
    hwy::FlushStream();  // for non-temporal stores
  });
}

}  // namespace

void map(const MapStep& step) {
  for (const std::int64_t extent : step.shape)
    if (extent == 0) {
      (void)row_of(step.map, step.inputs.back().dtype, step.out.dtype);
      return;
    }
  const Dims dims = fold_dims(step);
  const std::size_t transposed = transposed_dim(step, dims);
  if (transposed + 1 < dims.size())
    permute(step, dims, transposed);
  else
    run_rows(step, dims);
}

}  // namespace ricci::cpu
