// Text as SVG and HTML take it: escaped, numbers with a point in every locale, colours by cost.
// Invariant: nothing that a plan's labels say can end the element or attribute it stands in.
#pragma once

#include <string>
#include <string_view>

namespace ricci::report {

/// For element content and quoted attributes; what XML has no sign for (controls, no UTF-8) is U+FFFD.
std::string escaped(std::string_view text);

/// A coordinate: at most one decimal.
std::string coordinate(double value);

/// "#3b6fd4" to "#f5a12e", from cheap to dear, legible on white and on black.
std::string heat_colour(double share);

/// Where a step's cost lies among all steps': logarithmic, from 0 to 1.
class CostScale {
 public:
  /// Takes a cost in; those that are not positive have no place on the scale.
  void add(double cost);
  double least() const { return least_; }
  double most() const { return most_; }
  bool empty() const { return !(most_ > 0); }
  double share(double cost) const;
  /// The colour of a cost; a grey for one of nothing.
  std::string colour(double cost) const;

 private:
  double least_ = 0, most_ = 0;
};

}  // namespace ricci::report
