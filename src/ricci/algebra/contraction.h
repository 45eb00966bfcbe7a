// The label algebra: a Contraction says what is multiplied and summed, never how or in what order.
// Invariant: labels are dense numbers 0..extents.size()-1; every axis of a label has its extent;
// size-1 broadcasting and ellipses are gone (the parser turned them into plain labels).
// Closed under adjoint, batched and sliced, because an output label may repeat (`i->ii`) and may be
// absent from the inputs (a broadcast).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ricci/algebra/semiring.h"
#include "ricci/base/api.h"
#include "ricci/base/dtype.h"
#include "ricci/base/small_vector.h"

namespace ricci {

using Label = std::int32_t;
using Labels = SmallVector<Label, 8>;
using Extents = SmallVector<std::int64_t, 8>;

/// One operand: its labels axis by axis, and whether its values are conjugated.
struct Term {
  Labels labels{};
  bool conjugated = false;
  friend bool operator==(const Term&, const Term&) = default;
};

struct RICCI_API Contraction {
  SmallVector<Term, 3> inputs{};
  Labels output{};
  Extents extents{};  // by label
  DType dtype = DType::f32;
  Semiring semiring = Semiring::sum_product;
  std::vector<std::string> names{};  // by label, for people: "i", "{batch}"; may be empty

  Label label_count() const { return static_cast<Label>(extents.size()); }
  Extents shape_of(const Labels& labels) const;
  Extents output_shape() const { return shape_of(output); }

  /// The gradient for operand i: operand i takes the output's labels (it is the seed), the output
  /// takes operand i's. Input i of the result is the seed; flags: seed c_i, others not(c_j xor c_i).
  Contraction adjoint(std::size_t i) const;
  /// One fresh label of this extent, put first on the operands with a flag and on the output.
  Contraction batched(const std::vector<bool>& operands, std::int64_t extent) const;
  /// The contraction with `label` fixed: gone from every operand and from the output.
  Contraction sliced(Label label) const;
  /// The same contraction with labels numbered by first use, names dropped, and in a real dtype the
  /// conjugations too, which do nothing there: the cache key's form.
  Contraction canonical() const;
  /// All that distinguishes canonical() from others, as bytes: equal under any renaming of the labels.
  std::string key() const;
  /// "ij,jk->ik" with the names (letters made up where there are none).
  std::string equation() const;
  /// The name of a label in messages: "i", or "{batch}".
  std::string name_of_label(Label label) const;

  friend bool operator==(const Contraction&, const Contraction&) = default;
};

}  // namespace ricci
