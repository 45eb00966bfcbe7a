#include "ricci/backend/cpu/map/permute.h"

#include <hwy/cache_control.h>

#include <cstdlib>

#include "ricci/backend/cpu/tasks.h"

namespace ricci::cpu {
namespace {

constexpr std::int64_t kSide = 128;  // of a block, so that lines read in part are still in the cache

// Scattered lines are read before they are overwritten even more slowly than those in a row, so that streaming
// pays earlier than kStreamedBytes.
constexpr std::int64_t kTransposedBytes = std::int64_t{8} << 20;

bool read_before(const Dim& x, const Dim& y) { return std::abs(x.stride[0]) > std::abs(y.stride[0]); }

}  // namespace

std::size_t transposed_dim(const MapStep& step, const Dims& dims) {
  const std::size_t inner = dims.size() - 1;
  if (step.map != Map::copy || step.inputs[0].dtype != step.out.dtype || dims[inner].stride[kOut] != 1) return inner;
  if (dims[inner].stride[0] == 1 || dims[inner].stride[0] == 0) return inner;
  for (std::size_t d = 0; d < inner; ++d)
    if (dims[d].stride[0] == 1) return d;
  return inner;
}

void permute(const MapStep& step, const Dims& all, std::size_t dim) {
  const Dim column = all.back(), row = all[dim];  // `row` is adjacent in the operand
  Dims dims = all;
  dims.pop_back();
  dims.erase(dims.begin() + dim);
  // Non-temporal stores can go anywhere: then the operand is best read in its own order.
  const bool streams = bytes_of(step, all) >= kTransposedBytes;
  if (streams) std::stable_sort(dims.begin(), dims.end(), read_before);
  const Walker outer(step, dims);
  const TransposeLoop loop = transpose_loop(size_of(step.out.dtype), streams);
  const std::int64_t row_blocks = ceil_div(row.extent, kSide), column_blocks = ceil_div(column.extent, kSide);
  const std::int64_t blocks = row_blocks * column_blocks, positions = outer.count();
  const std::int64_t positions_a_task = std::max<std::int64_t>(1, kPiece / (row.extent * column.extent));
  const std::int64_t groups = ceil_div(positions, positions_a_task);
  each(groups * blocks, positions * row.extent * column.extent > 2 * kPiece, [&](std::int64_t task) {
    const std::int64_t first = task / blocks * positions_a_task, block = task % blocks;
    const std::int64_t r = block / column_blocks * kSide, c = block % column_blocks * kSide;
    outer.each(first, std::min(positions, first + positions_a_task), [&](Pointers p) {
      outer.step(p, row, r);
      outer.step(p, column, c);
      loop({p.at[0], const_cast<std::byte*>(p.at[kOut]), column.stride[0], row.stride[kOut],
            std::min(kSide, column.extent - c), std::min(kSide, row.extent - r)});
    });
    hwy::FlushStream();  // of non-temporal stores
  });
}

}  // namespace ricci::cpu
