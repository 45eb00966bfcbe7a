#include "ricci/ops/index_geometry.h"

#include <algorithm>

#include "ricci/base/error.h"
#include "ricci/ops/einsum/spellings.h"

namespace ricci {
namespace {

// Python's slice: bounds are clipped to the axis, the length is what is left.
void cut(const Slice& slice, std::int64_t extent, std::int64_t stride, IndexGeometry& out) {
  if (slice.step == 0) fail<IndexError>("x[start:stop:step]: the step is 0\n  1 takes every position");
  const bool forward = slice.step > 0;
  const std::int64_t low = forward ? 0 : -1, high = forward ? extent : extent - 1;
  const auto clip = [&](std::int64_t at) { return std::clamp(at < 0 ? at + extent : at, low, high); };
  const std::int64_t start = slice.start ? clip(*slice.start) : forward ? low : high;
  const std::int64_t stop = slice.stop ? clip(*slice.stop) : forward ? high : low;
  const std::int64_t span = forward ? stop - start : start - stop;
  const std::int64_t step = forward ? slice.step : -slice.step;
  const std::int64_t length = span <= 0 ? 0 : (span - 1) / step + 1;
  out.shape.push_back(length);
  out.strides.push_back(length > 1 ? stride * slice.step : stride);
  if (length > 0) out.offset += start * stride;
}

}  // namespace

IndexGeometry index_geometry(const Shape& shape, const Strides& strides, std::int64_t offset, const Index& items) {
  std::size_t used = 0;
  int ellipses = 0;
  for (const IndexItem& item : items) {
    used += std::holds_alternative<std::int64_t>(item) || std::holds_alternative<Slice>(item);
    ellipses += std::holds_alternative<AllAxes>(item);
  }
  if (ellipses > 1) fail<IndexError>("x[...]: more than one ellipsis; which axes each stands for is not known");
  if (used > shape.size())
    fail<IndexError>("x[...]: ", used, " indices for a tensor of shape ", shape, " with ", shape.size(), " axes");
  IndexGeometry out{.shape = {}, .strides = {}, .offset = offset};
  std::size_t axis = 0;
  const auto keep = [&](std::size_t count) {
    for (; count > 0; --count, ++axis) {
      out.shape.push_back(shape[axis]);
      out.strides.push_back(strides[axis]);
    }
  };
  for (const IndexItem& item : items) {
    if (const auto* at = std::get_if<std::int64_t>(&item)) {
      const std::int64_t extent = shape[axis];
      if (*at < -extent || *at >= extent)
        fail<IndexError>("x[...]: position ", *at, " on axis ", axis, " of shape ", shape,
                         extent == 0 ? "; the axis is empty" : concat("; valid are ", -extent, "..", extent - 1));
      out.offset += (*at < 0 ? *at + extent : *at) * strides[axis];
      ++axis;
    } else if (const auto* slice = std::get_if<Slice>(&item)) {
      cut(*slice, shape[axis], strides[axis], out);
      ++axis;
    } else if (std::holds_alternative<NewAxis>(item)) {
      out.shape.push_back(1);
      out.strides.push_back(0);
    } else {
      keep(shape.size() - used);
    }
  }
  keep(shape.size() - axis);
  return out;
}

Tensor view_at(const Tensor& x, const Index& items) {
  const IndexGeometry g = index_geometry(x.shape(), x.strides(), x.offset(), items);
  return make_view(x, g.shape, g.strides, g.offset);
}

Shape with_batch(std::int64_t extent, const Shape& shape) {
  Shape out{extent};
  out.append(shape.begin(), shape.end());
  return out;
}

Tensors all_batched(Operands in, const Batch& batch) {
  Tensors out;
  for (std::size_t i = 0; i < in.size(); ++i)
    out.push_back(batch.has[i] ? in[i] : expand(in[i], with_batch(batch.extent, in[i].shape())));
  return out;
}

}  // namespace ricci
