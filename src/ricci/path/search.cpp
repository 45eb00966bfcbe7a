#include "ricci/path/search.h"

#include <algorithm>

#include "ricci/path/greedy.h"
#include "ricci/path/optimal.h"

namespace ricci::path {
namespace {

constexpr std::size_t kExactAtOnce = 8;  // values whose 3,025 pairs are looked at without asking
constexpr std::size_t kMostOuter = 16;   // values whose 21 million pairs `optimal` still looks at
// What the searches take on one core of a machine of 2023.
constexpr double kSecondsPerOuterPair = 1.5e-8;  // subsets in an array
constexpr double kSecondsPerPair = 1e-7;         // subsets in a hash table
constexpr double kSecondsPerGreedyValue = 1e-6;
constexpr double kMostExactSeconds = 0.25;

Tree left_to_right(std::size_t n) {
  Tree tree{n, {}};
  for (std::size_t k = 0; k + 1 < n; ++k) {
    tree.merges.emplace_back(static_cast<int>(k == 0 ? 0 : n + k - 1), static_cast<int>(k + 1));
  }
  return tree;
}

Tree optimal(const Network& network) {
  ExactOptions options;
  options.outer_products = network.values.size() <= kMostOuter;
  if (options.outer_products) options.most_pairs = UINT64_MAX;
  std::optional<Tree> tree = exact_search(network, options);
  if (!tree) {
    fail<EinsumError>("optimize 'optimal' is out of reach for these ", network.operand_count,
                      " operands: too many orders\n  use 'auto' or 'greedy'");
  }
  return *std::move(tree);
}

// Trials as many as pay: while the search so far has taken less than the contraction will.
int paying_trials(const Contraction& contraction, const Network& network, const SearchOptions& options,
                  const Tree& first) {
  const double gain = cost_of(contraction, first, options.model).seconds;
  const double trial = kSecondsPerGreedyValue * static_cast<double>(network.values.size());
  return static_cast<int>(std::clamp(gain / trial, 1.0, static_cast<double>(std::max(options.trials, 1))));
}

Tree automatic(const Contraction& contraction, const Network& network, const SearchOptions& options) {
  const std::size_t n = network.values.size();
  if (n <= kExactAtOnce) return *exact_search(network, {.outer_products = true});
  Tree best = greedy_search(network, options.seed, 1);
  const int trials = paying_trials(contraction, network, options, best);
  if (trials > 1) best = greedy_search(network, options.seed, trials);
  const TreeCost cost = cost_of(contraction, best, options.model);
  const double pays = std::min(cost.seconds, kMostExactSeconds);
  const bool outer = n <= kMostOuter && pairs_with_outer_products(n) * kSecondsPerOuterPair <= pays;
  const double pairs = outer ? 1e18 : pays / kSecondsPerPair;
  const auto exact = exact_search(network, {.outer_products = outer, .most_pairs = static_cast<std::uint64_t>(pairs)});
  // Without outer products the exact search can miss an order that greedy finds.
  return exact && cost_of(contraction, *exact, options.model).flops <= cost.flops ? *exact : best;
}

}  // namespace

Method parse_method(std::string_view name) {
  if (name == "auto") return Method::automatic;
  if (name == "greedy") return Method::greedy;
  if (name == "optimal") return Method::optimal;
  if (name == "False") return Method::in_order;
  fail<EinsumError>("unknown optimize '", name,
                    "'\n  known: auto, greedy, optimal, False, or a path such as [(0, 1), (0, 1)]");
}

Tree search(const Contraction& contraction, const SearchOptions& options) {
  const std::size_t n = contraction.inputs.size();
  if (n == 0) fail<EinsumError>("a contraction needs at least one operand");
  if (n <= 2 || options.method == Method::in_order) return left_to_right(n);
  const Network network(contraction);
  switch (options.method) {
    case Method::greedy: return greedy_search(network, options.seed, options.trials);
    case Method::optimal: return optimal(network);
    default: return automatic(contraction, network, options);
  }
}

}  // namespace ricci::path
