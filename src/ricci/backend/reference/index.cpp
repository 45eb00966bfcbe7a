// Gather, scatter_add and the position of extremes by their definition.
#include "ricci/backend/element.h"
#include "ricci/backend/reference/reference.h"
#include "ricci/backend/walk.h"

namespace ricci::reference {
namespace {

// f(offset in the table, offset in the values) at every position of the index, in its order.
template <class F>
void each_indexed(const GatherStep& step, F&& f) {
  if (!has_elements(step.shape)) return;
  const auto axis = static_cast<std::size_t>(step.axis);
  Shape index(step.shape.size(), 0);
  do {
    const std::int64_t target = step.index[offset_of(index, step.index_strides)];
    if (target < 0 || target >= step.extent)
      fail<IndexError>("index ", target, " is out of range for an axis of extent ", step.extent,
                       step.extent == 0 ? "; it has no positions" : concat("\n  valid are 0 to ", step.extent - 1));
    const std::int64_t in_table =
        offset_of(index, step.table_strides) + (target - index[axis]) * step.table_strides[axis];
    f(in_table, offset_of(index, step.value_strides));
  } while (advance(index, step.shape, index.size()));
}

template <class T>
T add_rounded(T x, T y) {
  using W = accumulator<T>;
  return element::convert<T>(element::add(element::convert<W>(x), element::convert<W>(y)));
}

template <class T>
bool beats(T x, T best, bool largest) {
  if (element::is_nan(best)) return false;
  return element::is_nan(x) || (largest ? x > best : x < best);
}

template <class T>
void arg_extreme_as(const ArgStep& step) {
  using W = accumulator<T>;
  const auto* data = static_cast<const T*>(step.data);
  const auto axis = static_cast<std::size_t>(step.axis);
  Shape rest = step.shape;
  rest[axis] = 1;
  Shape index(rest.size(), 0);
  do {
    const std::int64_t first = offset_of(index, step.strides);
    std::int64_t position = 0;
    W best = element::convert<W>(data[first]);
    for (std::int64_t i = 1; i < step.shape[axis]; ++i) {
      const W x = element::convert<W>(data[first + i * step.strides[axis]]);
      if (beats(x, best, step.largest)) best = x, position = i;
    }
    step.out[offset_of(index, step.out_strides)] = position;
  } while (advance(index, rest, rest.size()));
}

}  // namespace

void gather(const GatherStep& step) {
  visit_dtype(step.dtype, [&]<class T>(Tag<T>) {
    each_indexed(step, [&](std::int64_t in_table, std::int64_t in_values) {
      static_cast<T*>(step.values)[in_values] = static_cast<const T*>(step.table)[in_table];
    });
  });
}

void check_indices(const GatherStep& step) {
  each_indexed(step, [](std::int64_t, std::int64_t) {});
}

void scatter_add(const GatherStep& step) {
  visit_dtype(step.dtype, [&]<class T>(Tag<T>) {
    each_indexed(step, [&](std::int64_t in_table, std::int64_t in_values) {
      T& sum = static_cast<T*>(step.table)[in_table];
      sum = add_rounded(sum, static_cast<const T*>(step.values)[in_values]);
    });
  });
}

void arg_extreme(const ArgStep& step) {
  Shape rest = step.shape;
  rest[static_cast<std::size_t>(step.axis)] = 1;
  if (!has_elements(rest)) return;
  if (!has_elements(step.shape))
    fail<ShapeError>("the position of an extreme along axis ", step.axis, " of shape ", step.shape,
                     ": the axis is empty");
  visit_dtype(step.dtype, [&]<class T>(Tag<T>) {
    if constexpr (is_complex_type<T>)
      fail<DTypeError>("argmax and argmin have no meaning for ", step.dtype, ": complex numbers have no order");
    else
      arg_extreme_as<T>(step);
  });
}

}  // namespace ricci::reference
