// The one parser of Einstein notation, for every door: strings, sublists, ellipsis, {named} labels,
// `ij*` conjugation, implicit output, size-1 broadcasting. Any input ends in a Parsed or an EinsumError.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "ricci/algebra/contraction.h"

namespace ricci {

/// What a caller may say beside the equation.
struct ParseOptions {
  std::map<std::string, std::int64_t> sizes;  ///< extents by label name ("k", "batch"), for output labels in no input
  bool strict = false;                        ///< size 1 does not broadcast
  Semiring semiring = Semiring::sum_product;
};

/// A contraction with what the size-1 broadcasting did to its operands.
struct Parsed {
  Contraction contraction;  ///< every label is in an operand or in the output; names as the equation writes them
  /// Per operand the axes of extent 1 that were left out, ascending: reshape the operand without
  /// them before, and its gradient with them after.
  SmallVector<SmallVector<int, 4>, 3> squeezed;
};

/// A label of a sublist: an int, a name, or the ellipsis. An int is the label its digits name: 0 is "0".
struct Ellipsis {};
inline constexpr Ellipsis ellipsis{};
using SublistLabel = std::variant<int, std::string, Ellipsis>;
using Sublist = std::vector<SublistLabel>;

/// Parses `equation` for operands of these shapes and dtypes (one dtype each, or none for float32).
/// Throws EinsumError with the equation and a caret under the fault, or DTypeError.
RICCI_API Parsed parse(std::string_view equation, std::span<const Extents> shapes, std::span<const DType> dtypes = {},
                       const ParseOptions& options = {});

/// The same for sublists; no `output` means the implicit one: the ellipsis, then the labels that occur
/// once, whole numbers first by value, the others by code point.
RICCI_API Parsed parse(std::span<const Sublist> operands, const std::optional<Sublist>& output,
                       std::span<const Extents> shapes, std::span<const DType> dtypes = {},
                       const ParseOptions& options = {});

/// The number of operands an equation is written for, with no shapes at hand (`ricci inspect`, the shell).
RICCI_API std::size_t count_terms(std::string_view equation);

}  // namespace ricci
