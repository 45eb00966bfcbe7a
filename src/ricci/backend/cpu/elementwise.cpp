#include "ricci/backend/cpu/elementwise.h"

#include <array>
#include <cstdlib>
#include <cstring>

#include "ricci/backend/cpu/tasks.h"

namespace ricci::cpu {
namespace {

constexpr std::int64_t kPiece = 32768;  // elements of one task
constexpr std::size_t kOut = 3;         // the result's place beside three operands

struct Dim {
  std::int64_t extent = 1;
  std::array<std::int64_t, 4> stride{};  // in elements; operands, then the result
};
using Dims = SmallVector<Dim, 6>;

bool before(const Dim& x, const Dim& y) {
  for (const std::size_t k : {kOut, std::size_t{0}, std::size_t{1}, std::size_t{2}})
    if (std::abs(x.stride[k]) != std::abs(y.stride[k])) return std::abs(x.stride[k]) > std::abs(y.stride[k]);
  return false;
}

bool chains(const Dim& outer, const Dim& inner) {
  for (std::size_t k = 0; k < 4; ++k)
    if (outer.stride[k] != inner.stride[k] * inner.extent) return false;
  return true;
}

// The axes of a step, largest stride of the result first, merged where they chain.
Dims fold_dims(const MapStep& step) {
  Dims dims;
  for (std::size_t i = 0; i < step.shape.size(); ++i) {
    if (step.shape[i] == 1) continue;
    Dim dim{step.shape[i], {}};
    for (std::size_t k = 0; k < step.inputs.size(); ++k) dim.stride[k] = step.inputs[k].strides[i];
    dim.stride[kOut] = step.out_strides[i];
    dims.push_back(dim);
  }
  std::sort(dims.begin(), dims.end(), before);
  Dims folded;
  for (const Dim& dim : dims) {
    if (!folded.empty() && chains(folded.back(), dim)) {
      folded.back().extent *= dim.extent;
      folded.back().stride = dim.stride;
    } else {
      folded.push_back(dim);
    }
  }
  if (folded.empty()) folded.push_back(Dim{});
  return folded;
}

// Operand pointers at one position, in bytes.
struct Pointers {
  std::array<const std::byte*, 4> at{};
};

struct Walker {
  Dims dims;
  std::array<std::int64_t, 4> size{};  // bytes of an element
  Pointers start;

  Pointers at(std::int64_t position) const {
    Pointers p = start;
    for (std::size_t d = dims.size(); d-- > 0; position /= dims[d].extent) step(p, dims[d], position % dims[d].extent);
    return p;
  }
  void step(Pointers& p, const Dim& dim, std::int64_t count) const {
    for (std::size_t k = 0; k < 4; ++k) p.at[k] += count * dim.stride[k] * size[k];
  }
  std::int64_t count() const {
    std::int64_t n = 1;
    for (const Dim& dim : dims) n *= dim.extent;
    return n;
  }

  // f(pointers) at positions first .. last - 1.
  template <class F>
  void each(std::int64_t first, std::int64_t last, F&& f) const {
    if (dims.empty()) {
      if (first < last) f(start);
      return;
    }
    const Dim& inner = dims.back();
    for (std::int64_t position = first; position < last;) {
      Pointers p = at(position);
      const std::int64_t run = std::min(last - position, inner.extent - position % inner.extent);
      for (std::int64_t i = 0; i < run; ++i, step(p, inner, 1)) f(p);
      position += run;
    }
  }
};

Walker walker_of(const MapStep& step, const Dims& dims) {
  Walker walker;
  walker.dims = dims;
  for (std::size_t k = 0; k < step.inputs.size(); ++k) {
    walker.size[k] = static_cast<std::int64_t>(size_of(step.inputs[k].dtype));
    walker.start.at[k] = static_cast<const std::byte*>(step.inputs[k].data);
  }
  walker.size[kOut] = static_cast<std::int64_t>(size_of(step.out.dtype));
  walker.start.at[kOut] = static_cast<const std::byte*>(step.out.data);
  return walker;
}

bool fits_vectors(const MapStep& step, const Dim& inner) {
  if (inner.stride[kOut] != 1) return false;
  for (std::size_t k = 0; k < step.inputs.size(); ++k)
    if (inner.stride[k] != 0 && inner.stride[k] != 1) return false;
  return true;
}

void run_rows(const MapStep& step, const Dims& dims) {
  const DType in = step.inputs.back().dtype;
  const Dim inner = dims.back();
  RowLoop loop = row_of(step.map, in, step.out.dtype);  // also refuses what has no meaning
  if (fits_vectors(step, inner)) {
    const RowLoop vector = step.map == Map::copy ? vector_copy(in, step.out.dtype) : vector_row(step.map, in);
    if (vector) loop = vector;
  }
  const Walker outer = walker_of(step, Dims(dims.begin(), dims.end() - 1));
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
  });
}

// The axis along which the operand of a permuting copy is adjacent, if it is not the result's own.
std::size_t adjacent_axis(const MapStep& step, const Dims& dims) {
  const std::size_t inner = dims.size() - 1;
  if (step.map != Map::copy || step.inputs[0].dtype != step.out.dtype || dims[inner].stride[kOut] != 1) return inner;
  if (dims[inner].stride[0] == 1 || dims[inner].stride[0] == 0) return inner;
  for (std::size_t d = 0; d < inner; ++d)
    if (dims[d].stride[0] == 1) return d;
  return inner;
}

// Blocks of the two axes that are adjacent in the result and in the operand, through tiles.
void run_transposes(const MapStep& step, Dims dims, std::size_t axis) {
  const Dim column = dims.back(), row = dims[axis];  // `row` is adjacent in the operand
  dims.pop_back();
  dims.erase(dims.begin() + axis);
  const Walker outer = walker_of(step, dims);
  constexpr std::int64_t kSide = 128;
  const std::int64_t row_blocks = ceil_div(row.extent, kSide), column_blocks = ceil_div(column.extent, kSide);
  const std::int64_t blocks = row_blocks * column_blocks;
  const std::int64_t positions = outer.count();
  const std::int64_t positions_a_task =
      std::max<std::int64_t>(1, kPiece / std::max<std::int64_t>(1, row.extent * column.extent));
  const std::int64_t groups = ceil_div(positions, positions_a_task);
  each(groups * blocks, positions * row.extent * column.extent > 2 * kPiece, [&](std::int64_t task) {
    const std::int64_t first = task / blocks * positions_a_task, block = task % blocks;
    const std::int64_t r = block / column_blocks * kSide, c = block % column_blocks * kSide;
    outer.each(first, std::min(positions, first + positions_a_task), [&](Pointers p) {
      outer.step(p, row, r);
      outer.step(p, column, c);
      transpose(p.at[0], column.stride[0], const_cast<std::byte*>(p.at[kOut]), row.stride[kOut],
                std::min(kSide, column.extent - c), std::min(kSide, row.extent - r), size_of(step.out.dtype));
    });
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
  const std::size_t axis = adjacent_axis(step, dims);
  if (axis + 1 < dims.size())
    run_transposes(step, dims, axis);
  else
    run_rows(step, dims);
}

}  // namespace ricci::cpu
