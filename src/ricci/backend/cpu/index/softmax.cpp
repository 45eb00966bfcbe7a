#include "ricci/backend/cpu/index/softmax.h"

#include "ricci/backend/cpu/axes.h"
#include "ricci/backend/cpu/cache_line.h"
#include "ricci/backend/cpu/map/elementwise.h"
#include "ricci/backend/cpu/scratch.h"
#include "ricci/backend/cpu/tasks.h"
#include "ricci/backend/reference/reference.h"
#include "ricci/backend/walk.h"

namespace ricci::cpu {
namespace {

constexpr std::int64_t kTask = 65536;   // elements of one task
constexpr std::int64_t kBlock = 16384;  // elements transposed at a time

// The axis itself, and the others folded: a for x, b for y, c for the result.
struct Rows {
  Axis row;
  Axes outer;

  explicit Rows(const SoftmaxStep& step) {
    for (std::size_t i = 0; i < step.shape.size(); ++i) {
      const Axis axis{step.shape[i], step.x_strides[i], step.y ? step.y_strides[i] : 0, step.out_strides[i]};
      if (static_cast<int>(i) == step.axis)
        row = axis;
      else
        outer.push_back(axis);
    }
    fold(outer);
  }
  bool adjacent(bool reads_y) const { return row.a == 1 && row.c == 1 && (!reads_y || row.b == 1); }
};

template <class T>
void run_row(const SoftmaxLoops<T>& loops, const T* x, const T* y, T* out, std::int64_t n) {
  if (y) return loops.derivative(y, x, out, n);
  if (loops.value(x, out, n)) return;
  reference::softmax({.shape = {n},
                      .dtype = dtype_of<T>(),
                      .x = x,
                      .x_strides = {1},
                      .y_strides = {},
                      .out = out,
                      .out_strides = {1}});
}

template <class T>
void run_adjacent(const SoftmaxStep& step, const Rows& rows) {
  const SoftmaxLoops<T>& loops = std::get<SoftmaxLoops<T>>(softmax_loops());
  const auto *x = static_cast<const T*>(step.x), *y = static_cast<const T*>(step.y);
  auto* out = static_cast<T*>(step.out);
  const std::int64_t count = extent_of(rows.outer), n = rows.row.extent;
  each_in_groups(count, std::max<std::int64_t>(1, kTask / n), true, [&](std::int64_t i) {
    const Offsets at = offsets_at(rows.outer, i);
    run_row(loops, x + at.a, y ? y + at.b : nullptr, out + at.c, n);
  });
}

// Between a block of rows as the tensor has them and adjacent ones.
void turn(const void* from, DType from_dtype, Strides from_strides, void* to, DType to_dtype, Strides to_strides,
          const Shape& shape) {
  MapStep copy;
  copy.shape = shape;
  copy.inputs.push_back({from, from_dtype, std::move(from_strides)});
  copy.out = {to, to_dtype};
  copy.out_strides = std::move(to_strides);
  map(copy);
}

template <class T>
void run_transposed(const SoftmaxStep& step, Rows rows) {
  const SoftmaxLoops<T>& loops = std::get<SoftmaxLoops<T>>(softmax_loops());
  Axis along;
  if (!rows.outer.empty()) {
    along = rows.outer.back();
    rows.outer.pop_back();
  }
  const std::int64_t n = rows.row.extent, count = std::min(along.extent, std::max(kLineOf<T>, kBlock / n));
  const std::int64_t pieces = ceil_div(along.extent, count), all = pieces * extent_of(rows.outer);
  each(all, all * count * n > kTask, [&](std::int64_t task) {
    Offsets at = offsets_at(rows.outer, task / pieces);
    const std::int64_t first = task % pieces * count;
    const Shape shape{std::min(count, along.extent - first), n};
    const std::int64_t size = shape[0] * n;
    Scratch scratch((step.y ? 2 : 1) * size * static_cast<std::int64_t>(sizeof(T)));
    T *x = reinterpret_cast<T*>(scratch.data()), *y = step.y ? x + size : nullptr;
    const auto block = [&](std::int64_t offset, std::int64_t stride, const void* data) {
      return moved(data, step.dtype, offset + first * stride);
    };
    turn(block(at.a, along.a, step.x), step.dtype, {along.a, rows.row.a}, x, dtype_of<T>(), {n, 1}, shape);
    if (y) turn(block(at.b, along.b, step.y), step.dtype, {along.b, rows.row.b}, y, dtype_of<T>(), {n, 1}, shape);
    for (std::int64_t i = 0; i < shape[0]; ++i) run_row(loops, x + i * n, y ? y + i * n : nullptr, x + i * n, n);
    turn(x, dtype_of<T>(), {n, 1}, const_cast<void*>(block(at.c, along.c, step.out)), step.dtype, {along.c, rows.row.c},
         shape);
  });
}

template <class T>
void softmax_in(const SoftmaxStep& step) {
  const Rows rows(step);
  if (step.dtype == dtype_of<T>() && rows.adjacent(step.y != nullptr))
    run_adjacent<T>(step, rows);
  else
    run_transposed<T>(step, rows);
}

}  // namespace

void softmax(const SoftmaxStep& step) {
  switch (accumulator_of(step.dtype)) {
    case DType::f32: return softmax_in<float>(step);
    case DType::f64: return softmax_in<double>(step);
    default: return reference::softmax(step);  // says what is wrong
  }
}

}  // namespace ricci::cpu
