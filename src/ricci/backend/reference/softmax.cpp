// Softmax along one axis, and its derivative, by their definition.
#include "ricci/backend/element.h"
#include "ricci/backend/reference/reference.h"
#include "ricci/backend/walk.h"

namespace ricci::reference {
namespace {

// One row: `extent` elements from each offset on.
template <class T>
struct SoftmaxRow {
  using W = accumulator<T>;
  const T *x, *y;
  T* out;
  std::int64_t extent, x_step, y_step, out_step;

  W x_at(std::int64_t i) const { return element::convert<W>(x[i * x_step]); }
  W y_at(std::int64_t i) const { return element::convert<W>(y[i * y_step]); }

  // Relative to the largest element, so that none overflows; to 0 where that is infinite.
  void value() const {
    W top = x_at(0), sum = 0;
    for (std::int64_t i = 1; i < extent; ++i) top = element::maximum(top, x_at(i));
    if (!std::isfinite(top)) top = 0;
    for (std::int64_t i = 0; i < extent; ++i) sum += std::exp(x_at(i) - top);
    const W scale = 1 / sum;
    for (std::int64_t i = 0; i < extent; ++i) out[i * out_step] = element::convert<T>(std::exp(x_at(i) - top) * scale);
  }

  void derivative() const {
    W sum = 0;
    for (std::int64_t i = 0; i < extent; ++i) sum += y_at(i) * x_at(i);
    for (std::int64_t i = 0; i < extent; ++i) out[i * out_step] = element::convert<T>(y_at(i) * (x_at(i) - sum));
  }
};

template <class T>
void softmax_as(const SoftmaxStep& step) {
  const auto axis = static_cast<std::size_t>(step.axis);
  Shape rest = step.shape;
  rest[axis] = 1;
  Shape index(rest.size(), 0);
  SoftmaxRow<T> row{nullptr, nullptr, nullptr, step.shape[axis], step.x_strides[axis], 0, step.out_strides[axis]};
  if (step.y) row.y_step = step.y_strides[axis];
  do {
    row.x = static_cast<const T*>(step.x) + offset_of(index, step.x_strides);
    row.out = static_cast<T*>(step.out) + offset_of(index, step.out_strides);
    if (!step.y) {
      row.value();
      continue;
    }
    row.y = static_cast<const T*>(step.y) + offset_of(index, step.y_strides);
    row.derivative();
  } while (advance(index, rest, rest.size()));
}

}  // namespace

void softmax(const SoftmaxStep& step) {
  visit_dtype(step.dtype, [&]<class T>(Tag<T>) {
    if constexpr (std::is_floating_point_v<accumulator<T>>)
      softmax_as<T>(step);
    else
      fail<DTypeError>("softmax has no meaning for ", step.dtype, "\n  convert the operand to a float dtype");
  });
}

}  // namespace ricci::reference
