// A plan for people's eyes: one SVG picture, or one HTML page. Each is a file by itself: no script, style or
// font of another, so both open without a network; light or dark as the reader's system is.
#pragma once

#include <string>

#include "ricci/plan/plan.h"

namespace ricci::report {

/// The contraction tree coloured by cost above the bytes alive over the steps. XML, UTF-8.
RICCI_API std::string to_svg(const planning::Plan& plan);
/// The same pictures with the totals and a table of all steps that sorts, filters and is found from the tree.
RICCI_API std::string to_html(const planning::Plan& plan);

}  // namespace ricci::report
