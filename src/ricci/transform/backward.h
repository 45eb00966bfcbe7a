// Reverse mode: gradients of a tensor with respect to others, of any order.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "ricci/tensor/tensor.h"

namespace ricci {

struct BackwardOptions {
  Tensor gradient{};                   ///< the seed, of y's shape; ones for a real y when undefined
  std::optional<bool> retain_graph{};  ///< keep the tape for another backward; as create_graph when unset
  bool create_graph = false;           ///< record backward itself, for higher derivatives
  std::vector<Tensor> inputs{};        ///< backward() only: the leaves to fill; empty: all
};

/// Adds the gradient of y into .grad of the leaves that require grad; all are committed after the
/// whole sweep has succeeded, or none. Throws GradError.
RICCI_API void backward(const Tensor& y, const BackwardOptions& options = {});

struct GradOptions {
  Tensor gradient{};
  std::optional<bool> retain_graph{};
  bool create_graph = false;
  bool allow_unused = false;  ///< an x that y does not depend on gives an undefined tensor, not an error
};

/// The gradients of y for each x; leaves' .grad is not touched.
RICCI_API std::vector<Tensor> grad(const Tensor& y, const std::vector<Tensor>& xs, const GradOptions& options = {});

/// The same as an array, for structured bindings: auto [gx, gy] = grad(y, {x, y}).
template <std::size_t N>
std::array<Tensor, N> grad(const Tensor& y, const Tensor (&xs)[N], const GradOptions& options = {}) {
  const std::vector<Tensor> all = grad(y, std::vector<Tensor>(xs, xs + N), options);
  std::array<Tensor, N> out;
  for (std::size_t i = 0; i < N; ++i) out[i] = all[i];
  return out;
}

}  // namespace ricci
