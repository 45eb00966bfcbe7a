// Finders of contraction orders: pure functions from a contraction to a Tree.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "ricci/path/search/goal.h"

namespace ricci::path {

enum class Method : std::uint8_t { automatic, greedy, optimal, dissection, anneal, in_order };

/// Of auto, greedy, optimal, dissection, anneal, and False (left to right); throws EinsumError for any
/// other name.
RICCI_API Method parse_method(std::string_view name);

/// What a search has found so far.
struct SearchProgress {
  std::string_view stage;         ///< greedy, dissection or annealing
  double seconds = 0;             ///< since the search began
  std::optional<double> limit{};  ///< of these seconds
  TreeCost best{};
};

/// Hears of the best so far, on the thread that searches; false ends the search with it.
using SearchListener = std::function<bool(const SearchProgress&)>;

struct SearchOptions {
  Method method = Method::automatic;
  std::uint64_t seed = 0;
  /// Random-greedy trials at most, and the measure of the other finders' work. Without `seconds` the
  /// result depends on them and the seed, not on the clock or the number of threads.
  int trials = 128;
  std::optional<CostModel> model{};  ///< unset: the built-in one of the contraction's dtype and semiring
  Goal goal = Goal::flops;
  /// Search for as long as this, and give the best found.
  std::optional<double> seconds{};
  SearchListener progress{};
  const std::atomic<bool>* cancel = nullptr;  ///< set from anywhere, it ends the search with the best so far
};

/// The rates that a search of this contraction goes by.
RICCI_API CostModel model_of(const SearchOptions& options, const Contraction& contraction);

/// Exact for few operands; for more, greedy trials, nested dissection, subtree reconfiguration and
/// annealing, each by name or, for `automatic`, as far as the contraction is predicted to take longer
/// than the search. Throws EinsumError when `optimal` is out of reach, or not found within the seconds, or for seconds
/// that are no time. See the headers of the finders.
RICCI_API Tree search(const Contraction& contraction, const SearchOptions& options = {});

}  // namespace ricci::path
