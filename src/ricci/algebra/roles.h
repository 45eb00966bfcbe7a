// Sorts the labels of a contraction of one or two operands by role, once, without strides.
#pragma once

#include "ricci/algebra/contraction.h"

namespace ricci {

/// Two operands: batch (in both and the output), left (first and output), right (second and output),
/// contracted (both, not the output). Labels of one operand only that are not in the output are
/// `summed`; labels of the output only are `broadcast`. One operand: its output labels are `left`
/// (kept), the others `summed`. Each label once, however often it repeats in a term. Output roles
/// are in output order, contracted and summed in order of first use.
struct RICCI_API Roles {
  Labels batch, left, right, contracted;
  Labels summed_left, summed_right;
  Labels broadcast;
};

RICCI_API Roles roles(const Contraction& contraction);

}  // namespace ricci
