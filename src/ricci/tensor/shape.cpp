#include "ricci/tensor/shape.h"

#include <ostream>
#include <string_view>

#include "ricci/base/checked.h"
#include "ricci/base/error.h"

namespace ricci {

std::int64_t element_count(std::span<const std::int64_t> shape) {
  std::int64_t product = 1;  // of the extents that are not 0
  bool empty = false;
  for (const std::int64_t extent : shape) {
    if (extent < 0) fail<ShapeError>("shape ", shape, ": an extent can't be negative");
    if (extent == 0) {
      empty = true;
      continue;
    }
    const auto next = checked_mul(product, extent);
    if (!next) fail<ShapeError>("shape ", shape, ": the product of its extents passes 2^63 - 1");
    product = *next;
  }
  return empty ? 0 : product;
}

Strides contiguous_strides(std::span<const std::int64_t> shape) {
  Strides strides(shape.size());
  std::int64_t step = 1;
  for (std::size_t i = shape.size(); i-- > 0;) {
    strides[i] = step;
    if (shape[i] > 0) step *= shape[i];
  }
  return strides;
}

bool is_contiguous(std::span<const std::int64_t> shape, std::span<const std::int64_t> strides) {
  std::int64_t step = 1;
  for (std::size_t i = shape.size(); i-- > 0;) {
    if (shape[i] == 0) return true;
    if (shape[i] != 1 && strides[i] != step) return false;
    step *= shape[i];
  }
  return true;
}

Shape broadcast_shapes(const Shape& a, const Shape& b) {
  const Shape& longer = a.size() >= b.size() ? a : b;
  const Shape& shorter = a.size() >= b.size() ? b : a;
  Shape out = longer;
  const std::size_t lead = longer.size() - shorter.size();
  for (std::size_t i = 0; i < shorter.size(); ++i) {
    std::int64_t& extent = out[lead + i];
    if (extent == shorter[i] || shorter[i] == 1) continue;
    if (extent != 1)
      fail<ShapeError>("shapes ", a, " and ", b, " do not broadcast: ", extent, " against ", shorter[i], " on axis ",
                       static_cast<std::int64_t>(i) - static_cast<std::int64_t>(shorter.size()),
                       "\n  axes are lined up from the right; each pair must be equal, or one of them 1");
    extent = shorter[i];
  }
  return out;
}

Strides broadcast_strides(const Shape& shape, const Strides& strides, const Shape& target) {
  Strides out(target.size(), 0);
  const std::size_t lead = target.size() - shape.size();
  for (std::size_t i = 0; i < shape.size(); ++i)
    if (shape[i] != 1 || target[lead + i] == 1) out[lead + i] = strides[i];
  return out;
}

std::optional<Strides> view_strides(const Shape& shape, const Strides& strides, const Shape& target) {
  if (element_count(target) == 0) return contiguous_strides(target);
  Strides out(target.size(), 1);
  std::size_t open = target.size();  // axes of target that have no stride yet
  // From the right, in runs of axes that chain: each run must be a whole number of target's axes.
  for (std::size_t i = shape.size(); i-- > 0;) {
    const std::int64_t step = strides[i];
    std::int64_t held = shape[i], given = 1;
    while (i > 0 && (shape[i - 1] == 1 || strides[i - 1] == held * step)) held *= shape[--i];
    while (open > 0 && (given < held || target[open - 1] == 1)) {
      out[--open] = given * step;
      given *= target[open];
    }
    if (given != held) return std::nullopt;
  }
  return out;
}

std::ostream& operator<<(std::ostream& out, const Shape& shape) { return out << concat(shape); }

// Extents and strides may come from outside (from_memory), so the products are checked.
Reach reach_of(const Shape& shape, const Strides& strides) {
  Reach reach;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const auto span = checked_mul(shape[i] - 1, strides[i]);
    const auto end = span ? checked_add(*span < 0 ? reach.low : reach.high, *span) : std::nullopt;
    if (!end) fail<ShapeError>("shape ", shape, " with strides ", strides, ": an offset passes 2^63 - 1");
    (*span < 0 ? reach.low : reach.high) = *end;
  }
  return reach;
}

int normalize_axis(std::int64_t axis, std::size_t rank, std::string_view function) {
  const auto n = static_cast<std::int64_t>(rank);
  if (axis < -n || axis >= n)
    fail<ShapeError>(function, ": axis ", axis, " of a tensor with ", n, n == 1 ? " axis" : " axes",
                     n == 0 ? "; it has none to choose from" : concat("; it must lie in ", -n, "..", n - 1));
  return static_cast<int>(axis < 0 ? axis + n : axis);
}

}  // namespace ricci
