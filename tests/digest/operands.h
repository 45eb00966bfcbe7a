// Operands that are the same on every machine and in every revision: each element follows from a seed and its position.
// Layouts are views of one storage, made without any function that computes.
#pragma once

#include <ricci/ricci.h>

#include <algorithm>
#include <iterator>
#include <limits>
#include <string_view>

namespace ricci::digest {

enum class Layout { contiguous, reversed, rotated, backwards, broadcast };
inline constexpr Layout kLayouts[] = {Layout::contiguous, Layout::reversed, Layout::rotated, Layout::backwards,
                                      Layout::broadcast};
inline std::string_view name_of(Layout layout) {
  constexpr std::string_view kNames[] = {"contiguous", "reversed", "rotated", "backwards", "broadcast"};
  return kNames[static_cast<int>(layout)];
}

/// Which numbers: all that the dtype has; few whole ones, so that the best of several is reached more than once; those
/// not below 0; or NaN, infinities, both ends of the range and -0 among others.
enum class Values { any, few, natural, special };

/// splitmix64 of Steele, Lea and Flood, as a function of a counter.
inline std::uint64_t random_bits(std::uint64_t seed, std::uint64_t position) {
  std::uint64_t z = (seed * 0x100000001b3u + position + 1) * 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

template <class T>
T real_element_of(std::uint64_t bits, Values values) {
  using Limits = std::numeric_limits<T>;
  constexpr T kSpecial[] = {Limits::quiet_NaN(),  Limits::infinity(), -Limits::infinity(), T(-0.0),
                            Limits::denorm_min(), Limits::max()};
  if (values == Values::few) return static_cast<T>(static_cast<int>(bits % 9) - 4);
  if (values == Values::natural) return static_cast<T>(bits % 9);
  if (values == Values::special && bits % 24 < std::size(kSpecial)) return kSpecial[bits % 24];
  return static_cast<T>(static_cast<std::int64_t>(bits)) * static_cast<T>(0x1p-62);  // -2 to 2
}

template <class T>
T element_of(std::uint64_t bits, Values values) {
  if constexpr (is_complex_type<T>) {
    return {element_of<real_type<T>>(bits, values), element_of<real_type<T>>(random_bits(bits, 0), values)};
  } else if constexpr (std::is_same_v<T, bool>) {
    return bits % 4 == 0;
  } else if constexpr (std::is_integral_v<T>) {
    if (values == Values::any || values == Values::special) return static_cast<T>(bits >> 8);
    return static_cast<T>(static_cast<int>(bits % 10) - (std::is_signed_v<T> && values == Values::few ? 5 : 0));
  } else if constexpr (is_half_type<T>) {
    return T(element_of<float>(bits, values));
  } else {
    return real_element_of<T>(bits, values);
  }
}

struct Geometry {
  Strides strides;
  std::int64_t offset = 0, room = 1;  // elements of the storage
};

/// Where the elements of these extents lie; `turn` says which axis a broadcast repeats and how far axes are rotated.
inline Geometry geometry_of(const Shape& shape, Layout layout, std::size_t turn) {
  const std::size_t n = shape.size();
  const std::int64_t gap = layout == Layout::backwards ? 2 : 1;
  Geometry out;
  out.strides = Strides(n, 0);
  for (std::size_t k = 0; k < n; ++k) {
    const std::size_t axis = layout == Layout::reversed  ? k
                             : layout == Layout::rotated ? (n - 1 - k + turn) % n
                                                         : n - 1 - k;
    if (layout == Layout::broadcast && axis == turn % n) continue;
    out.strides[axis] = layout == Layout::backwards ? -gap * out.room : out.room;
    if (layout == Layout::backwards) out.offset += gap * out.room * std::max<std::int64_t>(0, shape[axis] - 1);
    out.room *= std::max<std::int64_t>(1, shape[axis]);
  }
  if (layout != Layout::contiguous) out.offset += 3;
  out.room = gap * out.room + out.offset + 1;
  return out;
}

template <class T, class Next>
void write_elements(T* first, const Shape& shape, const Strides& strides, std::size_t axis, const Next& next) {
  if (axis == shape.size()) {
    *first = next();
    return;
  }
  for (std::int64_t i = 0; i < shape[axis]; ++i)
    write_elements(first + i * strides[axis], shape, strides, axis + 1, next);
}

struct OperandKind {
  DType dtype = DType::f32;
  Values values = Values::any;
  Layout layout = Layout::contiguous;
};

inline Tensor make_operand(const Shape& shape, const OperandKind& kind, std::uint64_t seed) {
  const Geometry geometry = geometry_of(shape, kind.layout, seed);
  const Tensor room = empty({geometry.room}, {.dtype = kind.dtype});
  visit_dtype(kind.dtype, [&]<class T>(Tag<T>) {
    T* elements = room.data<T>();
    std::uint64_t position = 0;
    const auto next = [&] { return element_of<T>(random_bits(seed, position++), kind.values); };
    std::generate(elements, elements + geometry.room, [&] { return element_of<T>(7, kind.values); });
    if (std::find(shape.begin(), shape.end(), 0) == shape.end())
      write_elements(elements + geometry.offset, shape, geometry.strides, 0, next);
  });
  return make_view(room, shape, geometry.strides, geometry.offset);
}

}  // namespace ricci::digest
