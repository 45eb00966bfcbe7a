#include "ricci/backend/cpu/index/index.h"

#include <cstring>

#include "ricci/backend/cpu/axes.h"
#include "ricci/backend/cpu/cache_line.h"
#include "ricci/backend/cpu/map/dims.h"
#include "ricci/backend/cpu/map/elementwise.h"
#include "ricci/backend/cpu/tasks.h"
#include "ricci/backend/element.h"
#include "ricci/backend/reference/reference.h"
#include "ricci/backend/walk.h"

namespace ricci::cpu {
namespace {

constexpr std::int64_t kColumns = 256;  // results whose extremes are sought together
constexpr std::int64_t kParts = 16;     // of a table that is added to
constexpr std::int64_t kRow = 8;        // elements that are worth a row of their own

// The axes of a step: a for the index, b for the table without the axis that is indexed, c for the values.
Axes axes_of(const GatherStep& step) {
  Axes axes;
  for (std::size_t i = 0; i < step.shape.size(); ++i)
    axes.push_back({step.shape[i], step.index_strides[i], static_cast<int>(i) == step.axis ? 0 : step.table_strides[i],
                    step.value_strides[i]});
  fold(axes);
  return axes;
}

// The first index out of range is named by the plain loop, which stops there: it gets nothing to write.
void check_indices(const GatherStep& step) {
  Axes axes;
  for (std::size_t i = 0; i < step.shape.size(); ++i)
    if (step.index_strides[i] != 0) axes.push_back({step.shape[i], step.index_strides[i], 0, 0});
  fold(axes);
  const Axis inner = take(axes, [](const Axis& x, const Axis& y) { return std::abs(x.a) < std::abs(y.a); });
  const auto extent = static_cast<std::uint64_t>(step.extent);
  std::atomic<bool> fits{true};
  each(extent_of(axes), extent_of(axes) * inner.extent > kPiece, [&](std::int64_t position) {
    const std::int64_t* index = step.index + offsets_at(axes, position).a;
    bool all = true;
    for (std::int64_t i = 0; i < inner.extent; ++i) all &= static_cast<std::uint64_t>(index[i * inner.a]) < extent;
    if (!all) fits.store(false, std::memory_order_relaxed);
  });
  if (!fits.load()) reference::check_indices(step);
}

// A row of positions: where it begins in the table and the values, its indices, and how each steps.
template <class T>
struct Positions {
  T *table, *values;
  const std::int64_t* index;
  Axis axis;
  std::int64_t along;  // the table's stride along the axis that is indexed

  T& in_table(std::int64_t i) const { return table[i * axis.b + index[i * axis.a] * along]; }
  T& in_values(std::int64_t i) const { return values[i * axis.c]; }
  bool is_row() const { return axis.a == 0 && axis.b == 1 && axis.c == 1; }
};

template <class T>
Positions<T> positions_at(const GatherStep& step, const Offsets& at, const Axis& axis) {
  return {static_cast<T*>(step.table) + at.b, static_cast<T*>(step.values) + at.c, step.index + at.a, axis,
          step.table_strides[static_cast<std::size_t>(step.axis)]};
}

template <class T>
void gather_row(const Positions<T>& p) {
  const std::int64_t n = p.axis.extent;
  if (p.is_row())
    std::memcpy(p.values, &p.in_table(0), static_cast<std::size_t>(n) * sizeof(T));
  else
    for (std::int64_t i = 0; i < n; ++i) p.in_values(i) = p.in_table(i);
}

template <class T>
void add_row(const Positions<T>& p) {
  using W = accumulator<T>;
  if (p.is_row())
    if (const RowLoop add = vector_row(Map::add, dtype_of<T>()))
      return add({p.axis.extent, {&p.in_table(0), p.values}, {1, 1}, &p.in_table(0), 1});
  for (std::int64_t i = 0; i < p.axis.extent; ++i) {
    T& sum = p.in_table(i);
    sum = element::convert<T>(element::add(element::convert<W>(sum), element::convert<W>(p.in_values(i))));
  }
}

// Rows of the table before other axes of it, longer ones first; the indexed axis last.
bool splits_better(const Axis& x, const Axis& y) {
  const auto rank = [](const Axis& axis) {
    return axis.b == 0 ? -1 : axis.b == 1 && axis.extent >= kRow ? INT64_MAX : axis.extent;
  };
  return rank(x) > rank(y);
}

// Some neighbouring positions of an axis.
Axis part_of(const Axis& axis, std::int64_t first, std::int64_t most, Offsets& at) {
  at.a += first * axis.a, at.b += first * axis.b, at.c += first * axis.c;
  return {std::min(most, axis.extent - first), axis.a, axis.b, axis.c};
}

template <class T>
bool beats(T x, T best, bool largest) {
  if (element::is_nan(best)) return false;
  return element::is_nan(x) || (largest ? x > best : x < best);
}

// The extremes of `results` neighbouring results, term by term of all of them.
template <class T>
void arg_columns(const ArgStep& step, const T* data, const Axis& result, std::int64_t* out) {
  using W = accumulator<T>;
  const auto axis = static_cast<std::size_t>(step.axis);
  W best[kColumns];
  std::int64_t position[kColumns];
  for (std::int64_t r = 0; r < result.extent; ++r) best[r] = element::convert<W>(data[r * result.a]), position[r] = 0;
  for (std::int64_t i = 1; i < step.shape[axis]; ++i) {
    const T* term = data + i * step.strides[axis];
    for (std::int64_t r = 0; r < result.extent; ++r)
      if (const W x = element::convert<W>(term[r * result.a]); beats(x, best[r], step.largest))
        best[r] = x, position[r] = i;
  }
  for (std::int64_t r = 0; r < result.extent; ++r) out[r * result.c] = position[r];
}

template <class T>
void arg_rows(const ArgStep& step, const T* data, const Axis& result, std::int64_t* out) {
  const auto axis = static_cast<std::size_t>(step.axis);
  const Axis one{1, result.a, 0, result.c};
  if (result.extent > 1 && std::abs(result.a) < std::abs(step.strides[axis]))
    return arg_columns(step, data, result, out);
  for (std::int64_t r = 0; r < result.extent; ++r) arg_columns(step, data + r * result.a, one, out + r * result.c);
}

}  // namespace

void gather(const GatherStep& step) {
  if (!has_elements(step.shape)) return;
  check_indices(step);
  Axes outer = axes_of(step);
  Axis inner;
  if (!outer.empty()) inner = outer.back(), outer.pop_back();
  const std::int64_t pieces = ceil_div(inner.extent, kPiece), rows = extent_of(outer) * pieces;
  const std::int64_t rows_a_task = std::max<std::int64_t>(1, kPiece / inner.extent);
  visit_dtype(step.dtype, [&]<class T>(Tag<T>) {
    each_in_groups(rows, rows_a_task, rows * inner.extent > 2 * kPiece, [&](std::int64_t row) {
      Offsets at = offsets_at(outer, row / pieces);
      const Axis part = part_of(inner, row % pieces * kPiece, kPiece, at);
      gather_row(positions_at<T>(step, at, part));
    });
  });
}

// Positions along an axis of the table other than the indexed one meet different elements: its parts run at once.
void scatter_add(const GatherStep& step) {
  if (!has_elements(step.shape)) return;
  check_indices(step);
  Axes outer = axes_of(step);
  const Axis inner = take(outer, splits_better);
  visit_dtype(step.dtype, [&]<class T>(Tag<T>) {
    const bool parallel = inner.b != 0 && extent_of(outer) * inner.extent > 2 * kPiece;
    const std::int64_t part =
        parallel ? even_piece(inner.extent, ceil_div(inner.extent, kParts), kLineOf<T>) : inner.extent;
    each(ceil_div(inner.extent, part), parallel, [&](std::int64_t task) {
      Offsets base;
      const Axis here = part_of(inner, task * part, part, base);
      walk(outer, {}, [&](Offsets at) {
        add_row(positions_at<T>(step, {at.a + base.a, at.b + base.b, at.c + base.c}, here));
      });
    });
  });
}

void arg_extreme(const ArgStep& step) {
  const auto axis = static_cast<std::size_t>(step.axis);
  if (is_complex(step.dtype) || !has_elements(step.shape)) return reference::arg_extreme(step);
  Axes results;
  for (std::size_t i = 0; i < step.shape.size(); ++i)
    if (i != axis) results.push_back({step.shape[i], step.strides[i], 0, step.out_strides[i]});
  fold(results);
  const Axis inner = take(results, [](const Axis& x, const Axis& y) { return std::abs(x.a) < std::abs(y.a); });
  const std::int64_t pieces = ceil_div(inner.extent, kColumns), all = extent_of(results) * pieces;
  const bool parallel = all * std::min(inner.extent, kColumns) * step.shape[axis] > 2 * kPiece;
  visit_dtype(step.dtype, [&]<class T>(Tag<T>) {
    if constexpr (!is_complex_type<T>)
      each(all, parallel, [&](std::int64_t task) {
        Offsets at = offsets_at(results, task / pieces);
        const Axis part = part_of(inner, task % pieces * kColumns, kColumns, at);
        arg_rows(step, static_cast<const T*>(step.data) + at.a, part, step.out + at.c);
      });
  });
}

}  // namespace ricci::cpu
