// How a plan is written for people: equations in the whole's names, short numbers, columns that stay
// aligned when a name is wide.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ricci/plan/plan.h"

namespace ricci::planning {

/// The step's equation with the whole's names: "ij,jk->ik"; conjugated operands end in '*'.
std::string equation_of(const Plan& plan, const Step& step);

/// "i into 4, k into 25": the sliced labels and their numbers of pieces.
RICCI_API std::string slices_in_words(const Plan& plan);

/// Columns that UTF-8 text takes on a terminal: 2 for East Asian wide characters, 0 for combining ones.
RICCI_API std::size_t display_width(std::string_view text);
/// The text cut to at most `width` columns, an ellipsis at its end when anything is gone.
RICCI_API std::string shortened(std::string_view text, std::size_t width);

/// Four digits: "24", "1.5e+04".
std::string short_number(double value);
/// "12 B", "1.5 KiB", "3.2 GiB".
std::string bytes_in_words(double bytes);
/// "1.2 us", "35 ms", "2 h", ...
std::string seconds_in_words(double seconds);

/// Rows of cells as lines; the columns named in `left` are flush left, the others right.
std::string table(const std::vector<std::vector<std::string>>& rows, const std::vector<std::size_t>& left);

}  // namespace ricci::planning
