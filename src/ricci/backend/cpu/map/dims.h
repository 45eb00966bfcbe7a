// The axes of an elementwise map, folded over all its operands, and walking along them.
#pragma once

#include <algorithm>
#include <array>

#include "ricci/backend/backend.h"

namespace ricci::cpu {

inline constexpr std::int64_t kPiece = 32768;  // elements of one task
inline constexpr std::size_t kOut = 3;         // the result's place beside three operands

/// Results of at least this many bytes are stored non-temporally where whole cache lines are written: they would
/// have been driven out before anything read them, and each line read first only to be overwritten.
inline constexpr std::int64_t kStreamedBytes = std::int64_t{16} << 20;

struct Dim {
  std::int64_t extent = 1;
  std::array<std::int64_t, 4> stride{};  // in elements; operands, then the result
};
using Dims = SmallVector<Dim, 6>;
inline const std::array<std::int64_t, 4>& strides_of(const Dim& dim) { return dim.stride; }

/// The axes of a step, largest stride of the result first, merged where they chain; one or more.
Dims fold_dims(const MapStep& step);

/// Bytes of the whole result.
std::int64_t bytes_of(const MapStep& step, const Dims& dims);

/// Operand pointers at one position.
struct Pointers {
  std::array<const std::byte*, 4> at{};
};

struct Walker {
  Dims dims;
  std::array<std::int64_t, 4> size{};  // bytes of an element
  Pointers start;

  Walker(const MapStep& step, const Dims& dims);

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

  /// f(pointers) at positions first .. last - 1.
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

}  // namespace ricci::cpu
