#include "ricci/path/search/search.h"

#include <algorithm>
#include <cmath>

#include "ricci/path/search/ladder.h"
#include "ricci/path/search/optimal.h"
#include "ricci/path/tree/rates.h"

namespace ricci::path {
namespace {

constexpr std::size_t kExactAtOnce = 8;  // values whose 3,025 pairs are looked at without asking
constexpr std::size_t kMostOuter = 16;   // values whose 21 million pairs `optimal` still looks at
// What the searches take on one core of a machine of 2023.
constexpr double kSecondsPerOuterPair = 1.5e-8;  // subsets in an array
constexpr double kSecondsPerPair = 1e-7;         // subsets in a hash table
constexpr double kSecondsPerGreedyValue = 1e-6;  // of a trial
constexpr double kSecondsPerDissected = 1e-4;    // of a trial, for each value, with its reconfiguration
constexpr double kSecondsPerRotation = 8e-8;
// What `auto` spends at most, unasked.
constexpr double kMostExactSeconds = 0.25, kMostSeconds = 4;
// An order is kept and runs more than once: what a search may take for so many runs, or else for one.
constexpr double kRuns = 50, kMostSecondsOfRuns = 0.1;
// Shares of the time for the rungs of the ladder; annealing has the rest.
constexpr double kGreedyShare = 0.03, kDissectionShare = 0.3;
constexpr int kChains = 4;  // annealed for a tree, without a time limit
constexpr int kFewestSweeps = 100;
constexpr int kEndless = 1 << 30;

Tree left_to_right(std::size_t n) {
  Tree tree{n, {}};
  for (std::size_t k = 0; k + 1 < n; ++k) {
    tree.merges.emplace_back(static_cast<int>(k == 0 ? 0 : n + k - 1), static_cast<int>(k + 1));
  }
  return tree;
}

}  // namespace

CostModel model_of(const SearchOptions& options, const Contraction& contraction) {
  return options.model.value_or(Rates::built_in().model(contraction.dtype, contraction.semiring));
}

namespace {

MergeCost merge_cost(const Contraction& contraction, const SearchOptions& options) {
  return MergeCost(options.goal, model_of(options, contraction),
                   static_cast<double>(size_of(accumulator_of(contraction.dtype))));
}

Tree greedy_once(const Contraction& contraction, const SearchOptions& options) {
  Ladder ladder(contraction, options);
  ladder.greedy(1, ladder.watch());
  return ladder.finish();
}

Tree optimal(const Contraction& contraction, const SearchOptions& options) {
  const Network network(contraction);
  ExactOptions exact{.cost = merge_cost(contraction, options)};
  exact.watch = Deadline(options.seconds.value_or(INFINITY), options.cancel);
  exact.outer_products = network.values.size() <= kMostOuter;
  if (exact.outer_products) exact.most_pairs = UINT64_MAX;
  std::optional<Tree> tree = exact_search(network, exact);
  if (!tree && exact.watch.cancelled()) return greedy_once(contraction, options);
  if (!tree && exact.watch.over())
    fail<EinsumError>("optimize 'optimal' takes more than ", *options.seconds, " s for these ", network.operand_count,
                      " operands\n  give more seconds, or 'auto', which gives the best it found");
  if (!tree) {
    fail<EinsumError>("optimize 'optimal' is out of reach for these ", network.operand_count,
                      " operands: too many orders\n  use 'auto', 'greedy', 'dissection' or 'anneal'");
  }
  return *std::move(tree);
}

// As many trials as fit in some seconds.
int fitting(double seconds, double seconds_per_trial, int most) {
  return static_cast<int>(std::clamp(seconds / seconds_per_trial, 0.0, static_cast<double>(most)));
}

// What a method runs without a time limit.
struct Trials {
  int greedy, dissections, sweeps;
  explicit Trials(int trials)
      : greedy(std::max(trials, 1)),
        dissections(std::max(trials / 4, 1)),
        sweeps(std::max(std::min(trials, 100'000) * 20, 1)) {}
};

// All rungs up to the method's, each for its share of the time.
void climb_by_clock(Ladder& ladder, Method method, double seconds) {
  const Deadline& watch = ladder.watch();
  ladder.greedy(kEndless, watch.part(method == Method::greedy ? watch.left() : kGreedyShare * seconds));
  if (method == Method::greedy) return;
  ladder.dissect(kEndless, watch.part(method == Method::dissection ? watch.left() : kDissectionShare * watch.left()));
  if (method == Method::dissection) return;
  ladder.anneal(watch.part(watch.left()));
}

// All rungs up to the method's, by trials.
void climb_by_trials(Ladder& ladder, Method method, const Trials& trials) {
  const Deadline& watch = ladder.watch();
  ladder.greedy(trials.greedy, watch);
  if (method == Method::greedy) return;
  ladder.dissect(trials.dissections, watch);
  if (method == Method::dissection) return;
  ladder.anneal(trials.sweeps);
}

// How long a search for what takes so long pays.
double worth(double seconds) { return std::max(seconds, std::min(kRuns * seconds, kMostSecondsOfRuns)); }

// The rungs as far as they pay.
void climb_as_it_pays(Ladder& ladder, const Trials& trials) {
  const Deadline& watch = ladder.watch();
  const double n = static_cast<double>(ladder.values());
  const auto pays = [&](double share) { return share * std::min(worth(ladder.best_seconds()), kMostSeconds); };
  ladder.greedy(fitting(pays(1), kSecondsPerGreedyValue * n, trials.greedy), watch);
  ladder.dissect(fitting(pays(kDissectionShare), kSecondsPerDissected * n, trials.dissections), watch);
  const double rest = pays(1 - kDissectionShare) / kChains;
  const int sweeps = fitting(rest, kSecondsPerRotation * n, trials.sweeps);
  if (sweeps >= kFewestSweeps) ladder.anneal(sweeps);
}

// The exact tree where it costs no more than it can save.
std::optional<Tree> exact_if_it_pays(const Contraction& contraction, const SearchOptions& options, double seconds) {
  const Network network(contraction);
  const double pays = std::min(seconds, kMostExactSeconds);
  const std::size_t n = network.values.size();
  const bool outer = n <= kMostOuter && pairs_with_outer_products(n) * kSecondsPerOuterPair <= pays;
  const double pairs = outer ? 1e18 : pays / kSecondsPerPair;
  return exact_search(network, {.outer_products = outer,
                                .most_pairs = static_cast<std::uint64_t>(pairs),
                                .cost = merge_cost(contraction, options)});
}

Tree better(const Contraction& contraction, const SearchOptions& options, Tree a, Tree b) {
  const auto figure = [&](const Tree& tree) {
    return figure_of(options.goal, cost_of(contraction, tree, model_of(options, contraction)));
  };
  return figure(b) < figure(a) ? b : a;
}

Tree automatic(const Contraction& contraction, const SearchOptions& options) {
  if (contraction.inputs.size() <= kExactAtOnce) {
    return *exact_search(Network(contraction), {.outer_products = true, .cost = merge_cost(contraction, options)});
  }
  Ladder ladder(contraction, options);
  ladder.greedy(1, ladder.watch());
  const std::optional<Tree> exact =
      exact_if_it_pays(contraction, options, options.seconds.value_or(worth(ladder.best_seconds())));
  const Trials trials(options.trials);
  if (exact) {
    // Without outer products the exact search can miss an order that greedy finds.
    ladder.greedy(trials.greedy, ladder.watch());
    return better(contraction, options, *exact, ladder.finish());
  }
  if (options.seconds) {
    climb_by_clock(ladder, Method::automatic, *options.seconds);
  } else {
    climb_as_it_pays(ladder, trials);
  }
  return ladder.finish();
}

Tree by_ladder(const Contraction& contraction, const SearchOptions& options) {
  Ladder ladder(contraction, options);
  if (options.seconds) {
    climb_by_clock(ladder, options.method, *options.seconds);
  } else {
    climb_by_trials(ladder, options.method, Trials(options.trials));
  }
  return ladder.finish();
}

}  // namespace

Method parse_method(std::string_view name) {
  if (name == "auto") return Method::automatic;
  if (name == "greedy") return Method::greedy;
  if (name == "optimal") return Method::optimal;
  if (name == "dissection") return Method::dissection;
  if (name == "anneal") return Method::anneal;
  if (name == "False") return Method::in_order;
  fail<EinsumError>("unknown optimize '", name,
                    "'\n  known: auto, greedy, optimal, dissection, anneal, False, or a path such as [(0, 1), (0, 1)]");
}

Tree search(const Contraction& contraction, const SearchOptions& options) {
  const std::size_t n = contraction.inputs.size();
  if (n == 0) fail<EinsumError>("a contraction needs at least one operand");
  if (options.seconds && !(*options.seconds >= 0 && std::isfinite(*options.seconds))) {
    fail<EinsumError>("seconds is ", *options.seconds, "; a search takes a finite time, 0 or more");
  }
  if (n <= 2 || options.method == Method::in_order) return left_to_right(n);
  switch (options.method) {
    case Method::optimal: return optimal(contraction, options);
    case Method::automatic: return automatic(contraction, options);
    default: return by_ladder(contraction, options);
  }
}

}  // namespace ricci::path
