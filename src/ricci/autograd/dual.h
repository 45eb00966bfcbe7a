// Dual: a value with its tangent, the wrapper of forward mode.
#pragma once

#include <array>
#include <string_view>
#include <vector>

#include "ricci/autograd/level.h"

namespace ricci {

struct RICCI_API Dual : Wrapper {
  Dual(std::int64_t l, Tensor p, Tensor t) : Wrapper(l), both{std::move(p), std::move(t)} {}
  const Tensor& primal() const { return both[0]; }
  const Tensor& tangent() const { return both[1]; }
  std::span<const Tensor> parts() const override { return both; }
  Tensor detach() const override { return both[0].detach(); }

  std::array<Tensor, 2> both;
};

/// A dual tensor; an undefined tangent means zero and gives the primal itself.
RICCI_API Tensor make_dual(std::int64_t level, const Tensor& primal, const Tensor& tangent);
/// The points as duals of `level` with these tangents. Throws ShapeError, naming `function`.
RICCI_API std::vector<Tensor> make_duals(std::string_view function, std::int64_t level, const std::vector<Tensor>& xs,
                                         const std::vector<Tensor>& tangents);
/// The dual of this level, or null.
RICCI_API const Dual* dual_of(const Tensor& tensor, std::int64_t level);

}  // namespace ricci
