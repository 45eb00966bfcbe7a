// A contraction drawn from bytes: a small equation, operands of any dtype under any strides, and where its result goes.
#pragma once

#include <algorithm>
#include <map>
#include <vector>

#include "tests/fuzz/bytes.h"
#include "tests/random_operands.h"

namespace ricci::fuzz {

inline constexpr DType kDTypes[] = {DType::f32, DType::f64, DType::c64, DType::c128, DType::f16, DType::bf16,
                                    DType::i8,  DType::i16, DType::i32, DType::i64,  DType::u8,  DType::b8};

/// The elements of a room, under other strides and from another place on.
inline Tensor view_of(const Tensor& room, const Shape& shape, const Strides& strides, std::int64_t offset) {
  Tensor out(make_ref<TensorImpl>(room.storage(), shape, strides, offset, room.dtype(), room.device()));
  out.impl()->is_view = true;
  return out;
}

/// Strides of axes that lie in any order, with gaps, some backwards; where a tensor is only read, any at all.
inline Strides draw_strides(Bytes& bytes, const Shape& shape, bool only_read) {
  Strides strides = contiguous_strides(shape);
  const std::size_t kind = bytes.below(4);
  if (kind == 0) return strides;
  std::vector<std::size_t> order;
  for (std::size_t axis = 0; axis < shape.size(); ++axis)
    order.insert(order.begin() + static_cast<std::ptrdiff_t>(bytes.below(axis + 1)), axis);
  std::int64_t stride = kind == 1 ? 1 : static_cast<std::int64_t>(1 + bytes.below(3));
  for (const std::size_t axis : order) {
    strides[axis] = stride;
    stride *= std::max<std::int64_t>(shape[axis], 1) + (kind == 3 && bytes.below(4) == 0);
    if (kind != 1 && bytes.below(4) == 0) strides[axis] = -strides[axis];
    if (only_read && kind == 3 && bytes.below(4) == 0) strides[axis] = static_cast<std::int64_t>(bytes.below(4));
  }
  return strides;
}

/// The fewest elements that a room must have, and where in them the view begins.
struct Place {
  std::int64_t elements = 1, offset = 0;
};
inline Place place_of(const Shape& shape, const Strides& strides) {
  if (element_count(shape) == 0 || std::count(shape.begin(), shape.end(), 0) > 0) return {};
  const Reach reach = reach_of(shape, strides);
  return {reach.high - reach.low + 1, -reach.low};
}

/// Whole numbers only (every sum of them is exact), or normal ones; products of nonnegative integers fit in every
/// dtype.
inline Tensor draw_values(std::int64_t count, DType dtype, bool whole, bool nonnegative, std::uint64_t seed) {
  if (dtype == DType::b8 || (!nonnegative && !(whole && is_float(dtype))))
    return testing::random_tensor({count}, dtype, seed);
  if (whole || is_integer(dtype))
    return to(randint(nonnegative ? 0 : -2, 3, {count}, {.dtype = DType::i32, .seed = seed}), dtype);
  const Tensor out = testing::random_tensor({count}, dtype, seed);
  return is_complex(dtype) ? out : abs(out);
}

struct DrawnContraction {
  std::string equation{};
  Semiring semiring = Semiring::sum_product;
  std::map<std::string, std::int64_t> sizes{};
  std::vector<Tensor> rooms{}, operands{};
  bool whole = false;  // its numbers
  std::uint64_t seed = 0;

  std::vector<Extents> shapes() const {
    std::vector<Extents> out;
    for (const Tensor& operand : operands) out.emplace_back(operand.shape().begin(), operand.shape().end());
    return out;
  }
  std::vector<DType> dtypes() const {
    std::vector<DType> out;
    for (const Tensor& operand : operands) out.push_back(operand.dtype());
    return out;
  }
  std::string text() const {
    std::string out = concat(equation, " in ", name_of(semiring));
    for (const Tensor& operand : operands)
      out += concat("; ", name_of(operand.dtype()), " ", operand.shape(), " strides ", operand.strides());
    return out;
  }
};

/// Extents of this many labels whose product, zeros left out, is at most `most`.
inline Shape draw_extents(Bytes& bytes, std::size_t labels, std::int64_t most) {
  constexpr std::int64_t kExtents[] = {2, 3, 1, 4, 5, 2, 7, 3, 8, 0, 13, 2, 17, 33, 3, 64};
  Shape extents;
  for (std::size_t label = 0; label < labels; ++label) extents.push_back(bytes.one_of(kExtents));
  for (;;) {
    std::int64_t points = 1;
    for (const std::int64_t extent : extents) points *= std::max<std::int64_t>(extent, 1);
    if (points <= most) return extents;
    std::int64_t& largest = *std::max_element(extents.begin(), extents.end());
    largest /= 2;
  }
}

/// Up to four labels whose axes have at most kMostPoints elements together: a label may come again.
inline constexpr std::int64_t kMostPoints = 8192;
inline std::vector<std::size_t> draw_labels(Bytes& bytes, const Shape& extents) {
  std::vector<std::size_t> out;
  std::int64_t elements = 1;
  for (std::size_t rank = bytes.below(5); rank > 0; --rank) {
    const std::size_t label = bytes.below(extents.size());
    elements *= std::max<std::int64_t>(extents[label], 1);
    if (elements > kMostPoints) break;
    out.push_back(label);
  }
  return out;
}

inline DrawnContraction draw_contraction(Bytes& bytes) {
  DrawnContraction out;
  out.semiring =
      bytes.below(3) == 0 ? static_cast<Semiring>(bytes.below(std::size(kSemirings))) : Semiring::sum_product;
  out.whole = bytes.flag();
  out.seed = 1 + bytes.below(256);
  const DType dtype = bytes.one_of(kDTypes);
  const bool nonnegative = needs_nonnegative(out.semiring);
  const std::size_t labels = 1 + bytes.below(6);
  const Shape extents = draw_extents(bytes, labels, bytes.below(8) == 0 ? kMostPoints : 512);
  std::vector<bool> given(labels, false);
  for (std::size_t n = 1 + bytes.below(4), i = 0; i < n; ++i) {
    if (i > 0) out.equation += ',';
    Shape shape;
    for (const std::size_t label : draw_labels(bytes, extents)) {
      out.equation += static_cast<char>('i' + label);
      shape.push_back(bytes.below(16) == 1 ? 1 : extents[label]);
      given[label] = true;
    }
    if (bytes.below(4) == 1) out.equation += '*';
    const Strides strides = draw_strides(bytes, shape, true);
    const Place place = place_of(shape, strides);
    const DType own = bytes.below(8) == 1 ? bytes.one_of(kDTypes) : dtype;
    out.rooms.push_back(draw_values(place.elements + static_cast<std::int64_t>(bytes.below(4)), own, out.whole,
                                    nonnegative, ++out.seed));
    out.operands.push_back(view_of(out.rooms.back(), shape, strides, place.offset));
  }
  out.equation += "->";
  for (const std::size_t label : draw_labels(bytes, extents)) {
    out.equation += static_cast<char>('i' + label);
    if (!given[label]) out.sizes[std::string(1, static_cast<char>('i' + label))] = extents[label];
  }
  return out;
}

}  // namespace ricci::fuzz
