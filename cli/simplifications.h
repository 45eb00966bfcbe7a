// What makes a contraction easier than it looks, told from its labels alone.
#pragma once

#include <string>
#include <vector>

#include "ricci/algebra/parse.h"

namespace ricci::cli {

/// Each finding as a phrase: "2 labels are in one operand only, and summed there first".
std::vector<std::string> simplifications(const Parsed& parsed);
/// Groups of operands that share no label with one another, directly or through others.
std::size_t component_count(const Contraction& contraction);

}  // namespace ricci::cli
