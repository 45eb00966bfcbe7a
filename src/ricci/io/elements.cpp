#include "ricci/io/elements.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "ricci/base/error.h"
#include "ricci/io/array_checks.h"
#include "ricci/tensor/copy.h"

namespace ricci::io {
namespace {

constexpr std::size_t kPieceBytes = std::size_t{1} << 18;  // in the second-level cache, and few calls

template <std::size_t width>
void copy_row(std::byte* to, const std::byte* from, std::int64_t count, std::int64_t stride_bytes) {
  for (std::int64_t i = 0; i < count; ++i, to += width, from += stride_bytes) std::memcpy(to, from, width);
}

void copy_row(std::size_t width, std::byte* to, const std::byte* from, std::int64_t count, std::int64_t stride_bytes) {
  switch (width) {
    case 1: return copy_row<1>(to, from, count, stride_bytes);
    case 2: return copy_row<2>(to, from, count, stride_bytes);
    case 4: return copy_row<4>(to, from, count, stride_bytes);
    case 8: return copy_row<8>(to, from, count, stride_bytes);
    default: return copy_row<16>(to, from, count, stride_bytes);
  }
}

// Collects rows into pieces of kPieceBytes.
class Gatherer {
 public:
  Gatherer(std::size_t width, FunctionRef<void(const void*, std::size_t)> sink)
      : width_(width), buffer_(kPieceBytes), sink_(sink) {}
  void row(const std::byte* from, std::int64_t count, std::int64_t stride_bytes) {
    while (count > 0) {
      if (used_ == buffer_.size()) flush();
      const std::int64_t fits =
          std::min<std::int64_t>(count, static_cast<std::int64_t>((buffer_.size() - used_) / width_));
      copy_row(width_, buffer_.data() + used_, from, fits, stride_bytes);
      used_ += static_cast<std::size_t>(fits) * width_;
      from += fits * stride_bytes;
      count -= fits;
    }
  }
  void flush() {
    if (used_ > 0) sink_(buffer_.data(), used_);
    used_ = 0;
  }

 private:
  std::size_t width_, used_ = 0;
  std::vector<std::byte> buffer_;
  FunctionRef<void(const void*, std::size_t)> sink_;
};

// Complex numbers swap each part.
std::size_t swap_width(DType dtype) { return size_of(real_of(dtype)); }

void swap_bytes(std::byte* data, std::int64_t bytes, std::size_t width) {
  for (std::byte* end = data + bytes; data < end; data += width) std::reverse(data, data + width);
}

// A byte other than 0 and 1 is no value of a C++ bool.
void make_bools(std::byte* data, std::int64_t bytes) {
  std::transform(data, data + bytes, data, [](std::byte b) { return b == std::byte{0} ? b : std::byte{1}; });
}

}  // namespace

void for_each_piece(const Tensor& elsewhere, FunctionRef<void(const void*, std::size_t)> sink) {
  if (elsewhere.numel() == 0) return;
  const Tensor tensor = on_host(elsewhere);
  if (tensor.is_contiguous()) return sink(tensor.const_raw_data(), static_cast<std::size_t>(tensor.nbytes()));
  const std::size_t width = size_of(tensor.dtype()), last = tensor.shape().size() - 1;
  const Shape& shape = tensor.shape();
  Strides steps = tensor.strides();
  for (std::int64_t& step : steps) step *= static_cast<std::int64_t>(width);
  Gatherer gatherer(width, sink);
  Shape at(shape.size(), 0);
  const auto* from = static_cast<const std::byte*>(tensor.const_raw_data());
  std::int64_t offset = 0;
  while (true) {
    gatherer.row(from + offset, shape[last], steps[last]);
    std::size_t axis = last;
    while (axis > 0 && ++at[axis - 1] == shape[axis - 1]) {
      offset -= steps[axis - 1] * (shape[axis - 1] - 1);
      at[--axis] = 0;
    }
    if (axis == 0) break;
    offset += steps[axis - 1];
  }
  gatherer.flush();
}

Tensor read_elements(ByteStream& stream, const ArrayInfo& info, bool swapped) {
  const std::int64_t bytes = checked_bytes(info, stream.name());
  if (bytes > stream.left())
    fail<DataError>(stream.name(), " is cut short: its header promises ", bytes, " bytes of data (", describe(info),
                    ") but ", stream.left(), " follow\n  it was not written to its end; make or fetch it again");
  Shape stored = info.shape;
  if (info.column_major) std::reverse(stored.begin(), stored.end());
  const Tensor out = empty(stored, {.dtype = info.dtype});
  auto* data = static_cast<std::byte*>(out.raw_data());
  stream.read(data, bytes);
  if (swapped) swap_bytes(data, bytes, swap_width(info.dtype));
  if (info.dtype == DType::b8) make_bools(data, bytes);
  return info.column_major ? reversed_axes(out) : out;
}

Tensor reversed_axes(const Tensor& tensor) {
  Shape shape = tensor.shape();
  Strides strides = tensor.strides();
  std::reverse(shape.begin(), shape.end());
  std::reverse(strides.begin(), strides.end());
  return Tensor(
      make_ref<TensorImpl>(tensor.storage(), shape, strides, tensor.offset(), tensor.dtype(), tensor.device()));
}

}  // namespace ricci::io
