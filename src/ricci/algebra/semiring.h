// The semirings: a row for each, and the traits that kernels, gradients, dtypes and costs follow from. No other file
// asks which semiring it is.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "ricci/base/api.h"

/// ROW(semiring, sum, product, zero, one)
///   semiring  its name, in messages too
///   sum       the function of backend/element.h that adds: a SumOp
///   product   the one that multiplies: a ProductOp
///   zero      the sum over nothing, which absorbs; an infinity is the integers' largest or least number
///   one       the product of nothing
// clang-format off
//    semiring     sum          product   zero   one
#define RICCI_SEMIRINGS(ROW)                         \
  ROW(sum_product, add,         multiply, 0,     1)  \
  ROW(max_plus,    maximum,     add,      -kInf, 0)  \
  ROW(min_plus,    minimum,     add,      kInf,  0)  \
  ROW(max_product, maximum,     multiply, 0,     1)  \
  ROW(log_sum_exp, log_add_exp, add,      -kInf, 0)  \
  /* here goes the next */
// clang-format on

namespace ricci {

/// The (add, multiply) a contraction is made of.
enum class Semiring : std::uint8_t {
#define RICCI_SEMIRING_NAME(semiring, ...) semiring,
  RICCI_SEMIRINGS(RICCI_SEMIRING_NAME)
#undef RICCI_SEMIRING_NAME
};

/// How a semiring adds, and with it the kind of its gradients: contractions again; the term that wins; posteriors.
enum class SumOp : std::uint8_t { add, maximum, minimum, log_add_exp };
/// How it multiplies.
enum class ProductOp : std::uint8_t {
  multiply,  // x * y
  add,       // x + y
};

struct SemiringTraits {
  std::string_view name;
  SumOp sum;
  ProductOp product;
  double zero, one;
};

inline constexpr double kInf = std::numeric_limits<double>::infinity();
inline constexpr SemiringTraits kSemirings[] = {
#define RICCI_SEMIRING_TRAITS(semiring, sum, product, zero, one) {#semiring, SumOp::sum, ProductOp::product, zero, one},
    RICCI_SEMIRINGS(RICCI_SEMIRING_TRAITS)
#undef RICCI_SEMIRING_TRAITS
};

constexpr const SemiringTraits& traits_of(Semiring semiring) { return kSemirings[static_cast<std::size_t>(semiring)]; }

/// Whether it is the field's own sum and product: with alpha and beta, complex numbers, and gradients that are
/// contractions.
constexpr bool is_linear(Semiring semiring) {
  return traits_of(semiring).sum == SumOp::add && traits_of(semiring).product == ProductOp::multiply;
}
/// Whether a sum is one of its terms, the largest or the least, which takes the whole gradient.
constexpr bool selects(Semiring semiring) {
  return traits_of(semiring).sum == SumOp::maximum || traits_of(semiring).sum == SumOp::minimum;
}
constexpr bool selects_least(Semiring semiring) { return traits_of(semiring).sum == SumOp::minimum; }
/// Whether a sum is the logarithm of a sum of exponentials: floats only; gradients are posteriors.
constexpr bool sums_exponentials(Semiring semiring) { return traits_of(semiring).sum == SumOp::log_add_exp; }
/// Whether a product is a sum of numbers, as of logarithms.
constexpr bool adds_terms(Semiring semiring) { return traits_of(semiring).product == ProductOp::add; }
/// Whether it distributes over numbers of 0 and more only.
constexpr bool needs_nonnegative(Semiring semiring) {
  return selects(semiring) && traits_of(semiring).product == ProductOp::multiply;
}

constexpr std::string_view name_of(Semiring semiring) { return traits_of(semiring).name; }
/// The names of all, with commas between.
RICCI_API std::string semiring_names();
/// The Semiring of a name, `sum_product` and so on. Throws EinsumError that names them all.
RICCI_API Semiring parse_semiring(std::string_view name);

}  // namespace ricci
