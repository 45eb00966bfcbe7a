// einsum: the one linear primitive. Parsed once, planned once, run on the tensors' backend, one node
// on the tape whatever the number of operands.
#pragma once

#include <functional>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "ricci/algebra/parse.h"
#include "ricci/base/scalar.h"
#include "ricci/tensor/tensor.h"

namespace ricci {

/// A path in opt_einsum's linear form.
using Path = std::vector<std::vector<int>>;
/// Somebody else's search: asked for the path of a parsed contraction at every call.
using PathFinder = std::function<Path(const Contraction&)>;
/// How the order is found: a method's name (auto, greedy, optimal), false (as written), a path, or by a finder.
using Optimize = std::variant<std::string, bool, Path, PathFinder>;

struct EinsumOptions {
  Tensor* out = nullptr;          ///< overwritten with alpha * contraction + beta * out; may overlap an operand
  std::optional<Scalar> alpha{};  ///< sum_product only
  std::optional<Scalar> beta{};   ///< needs out; in other semirings 0 or 1 (added with the semiring's sum)
  Semiring semiring = Semiring::sum_product;
  Optimize optimize = std::string("auto");
  std::map<std::string, std::int64_t> sizes{};  ///< extents of output labels that no operand has
  bool strict = false;                          ///< size 1 does not broadcast
  /// A cap on all that the call allocates, the result and its first-order backward included; sliced where need be.
  std::optional<std::int64_t> max_bytes{};
};

/// The contraction that `equation` writes of these operands: SEMANTICS in docs/notation.md. The result
/// has the promoted dtype; it may be a view of the operand when one operand is only rearranged.
/// Throws EinsumError, DTypeError, DeviceError, GradError (out or beta while recording), MemoryError, and BudgetError
/// before anything is computed when nothing fits max_bytes.
RICCI_API Tensor einsum(std::string_view equation, std::span<const Tensor> operands, const EinsumOptions& options = {});
inline Tensor einsum(std::string_view equation, std::initializer_list<Tensor> operands,
                     const EinsumOptions& options = {}) {
  return einsum(equation, std::span<const Tensor>(operands.begin(), operands.size()), options);
}
template <class... T>
requires(sizeof...(T) > 0 && (std::derived_from<T, Tensor> && ...)) Tensor
    einsum(std::string_view equation, const T&... operands) {
  return einsum(equation, std::span<const Tensor>(Borrowed<sizeof...(T)>(operands...)));
}

/// An operand with its labels as a list: {x, {rc::ellipsis, 0, 1}}.
struct LabelledOperand {
  Tensor tensor;
  Sublist labels;
};
RICCI_API Tensor einsum(const std::vector<LabelledOperand>& operands, const std::optional<Sublist>& output = {},
                        const EinsumOptions& options = {});
/// The output written in braces: {rc::ellipsis, 0, 2}; {} is a scalar.
inline Tensor einsum(const std::vector<LabelledOperand>& operands, std::initializer_list<SublistLabel> output,
                     const EinsumOptions& options = {}) {
  return einsum(operands, std::optional<Sublist>(output), options);
}

/// The same for a contraction that is already parsed: operands fit it axis by axis (dtypes are promoted).
RICCI_API Tensor contract(const Contraction& contraction, std::span<const Tensor> operands,
                          const Optimize& optimize = std::string("auto"));

}  // namespace ricci
