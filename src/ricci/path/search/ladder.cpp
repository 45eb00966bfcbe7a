#include "ricci/path/search/ladder.h"

#include <algorithm>

#include "ricci/base/parallel.h"
#include "ricci/path/dissection/dissection.h"
#include "ricci/path/search/random.h"
#include "ricci/path/search/reconfigure.h"
#include "ricci/path/search/simplify.h"

namespace ricci::path {
namespace {

constexpr std::uint64_t kMostWork = 20'000'000;  // of all greedy trials, without a time limit: seconds
constexpr std::uint64_t kMostTimesTheFirst = 4;  // work of one of them
constexpr double kLargestLog2 = 1000;            // beyond it a power of two is no finite double
constexpr double kSecondsPerDissected = 6e-5;    // for each value, without reconfiguration
constexpr int kGeneration = 8;                   // trials that run at once against one bound
constexpr std::size_t kChains = 4;               // annealed at once, without a time limit
constexpr int kBlocks = 64;                      // of one temperature each
constexpr double kSlowSweeps = 5000;             // for one chain
constexpr double kSecondsPerRotation = 8e-8;     // one thread of a machine of 2023
constexpr double kBlockSeconds = 0.02;           // with a time limit
constexpr std::size_t kKept = 8;                 // best trees
// Annealing goes through these: hot enough for lattices of many dimensions to change shape, then finer.
struct Heat {
  Cooling cooling;
  double share;  // of the time
};
constexpr Heat kHeats[] = {{{3, 0.15}, 0.4}, {{1.5, 0.1}, 0.35}, {{0.6, 0.05}, 0.25}};
constexpr std::size_t kWindow = 8, kLastWindow = 10;
constexpr int kRounds = 100;

Network simplified(const Contraction& contraction) {
  Network out(contraction);
  simplify(out);
  return out;
}

}  // namespace

Ladder::Ladder(const Contraction& contraction, const SearchOptions& options)
    : contraction_(contraction),
      options_(options),
      watch_(options.seconds.value_or(INFINITY), options.cancel),
      cost_(options.goal, model_of(options, contraction),
            static_cast<double>(size_of(accumulator_of(contraction.dtype)))),
      network_(simplified(contraction)) {}

double Ladder::best_seconds() const {
  return path::cost_of(contraction_, network_.completed(best_.front().merges), model_of(options_, contraction_))
      .seconds;
}

Ladder::Found Ladder::judged(std::vector<Merge> merges, std::size_t window, std::uint64_t seed,
                             const Deadline& watch) const {
  BinaryTree tree(network_, merges);
  if (window > 0) {
    reconfigure(tree, cost_, {window, kRounds, seed}, watch);
    merges = tree.merges();
  }
  return {tree.total(cost_), tree.log2_flops(), std::move(merges)};
}

void Ladder::keep(std::vector<Found> found) {
  const auto score = [](const Found& f) { return std::pair(f.cost, f.log2_flops); };
  for (Found& next : found) {
    const auto at = std::find_if(best_.begin(), best_.end(), [&](const Found& f) { return score(f) >= score(next); });
    if (at != best_.end() && score(*at) == score(next)) continue;
    best_.insert(at, std::move(next));
    if (best_.size() > kKept) best_.pop_back();
  }
}

void Ladder::report(std::string_view stage) {
  if (!options_.progress || stopped_ || watch_.cancelled()) return;
  const TreeCost best =
      path::cost_of(contraction_, network_.completed(best_.front().merges), model_of(options_, contraction_));
  stopped_ = !options_.progress({stage, watch_.elapsed(), options_.seconds, best});
}

// A tree whose cost no double holds is known by its logarithm alone.
Ladder::Found Ladder::judged(const GreedyTrial& trial) const {
  if (trial.log2_flops > kLargestLog2) return {INFINITY, trial.log2_flops, trial.merges};
  return judged(trial.merges, 0, 0, watch_);
}

void Ladder::greedy(int trials, const Deadline& watch) {
  std::optional<GreedyTrial> best = greedy_trial(network_, taste_of(options_.seed, 0), INFINITY);
  const std::uint64_t most_work = kMostTimesTheFirst * best->work;
  if (values() < 3) trials = 1;
  if (!watch.timed()) {
    const std::uint64_t most = kMostWork / std::max<std::uint64_t>(best->work, 1);
    trials = static_cast<int>(std::min(most, static_cast<std::uint64_t>(std::max(trials, 1))));
  }
  keep({judged(*best)});
  report("greedy");
  const int generation = watch.timed() ? num_threads() : kGeneration;
  for (int done = 1; done < trials && !stopped(watch); done += generation) {
    const int count = std::min(generation, trials - done);
    std::vector<std::optional<GreedyTrial>> found(static_cast<std::size_t>(count));
    parallel_for(count, [&](std::int64_t i) {
      found[static_cast<std::size_t>(i)] =
          greedy_trial(network_, taste_of(options_.seed, done + static_cast<int>(i)), best->log2_flops, most_work);
    });
    bool better = false;
    for (auto& trial : found) {
      if (!trial || trial->log2_flops >= best->log2_flops) continue;
      best = std::move(trial);
      better = true;
    }
    if (better) keep({judged(*best)});
    report("greedy");
  }
}

void Ladder::dissect(int trials, const Deadline& watch) {
  reconfigures_ = true;
  if (values() < 3) return;
  // A trial cannot be interrupted.
  if (watch.timed() && kSecondsPerDissected * static_cast<double>(values()) > watch_.left()) return;
  const int generation = watch.timed() ? num_threads() : kGeneration;
  for (int done = 0; done < trials && !stopped(watch); done += generation) {
    const int count = std::min(generation, trials - done);
    std::vector<Found> found(static_cast<std::size_t>(count));
    parallel_for(count, [&](std::int64_t i) {
      const DissectionTaste taste = dissection_taste(options_.seed, done + static_cast<int>(i));
      found[static_cast<std::size_t>(i)] = judged(path::dissect(network_, taste), kWindow, taste.seed, watch);
    });
    keep(std::move(found));
    report("dissection");
  }
}

void Ladder::widen() {
  if (network_.merges.empty()) return;
  std::vector<Found> narrow = std::move(best_);
  for (Found& found : narrow) found.merges = network_.completed(found.merges).merges;
  network_ = Network(contraction_);
  parallel_for(static_cast<std::int64_t>(narrow.size()), [&](std::int64_t i) {
    Found& found = narrow[static_cast<std::size_t>(i)];
    found = judged(std::move(found.merges), reconfigures_ ? kWindow : 0, options_.seed, watch_);
  });
  best_.clear();
  keep(std::move(narrow));
}

Ladder::Chains Ladder::start_chains(std::size_t count, std::uint64_t round) const {
  Chains out;
  for (std::size_t i = 0; i < count; ++i) {
    const Found& from = best_[i % best_.size()];
    const std::uint64_t seed = Random(options_.seed + 1000 * round + i).next();
    auto chain = AnnealedTree::start(network_, from.merges, cost_, seed);
    if (chain) out.push_back(std::move(chain));
  }
  return out;
}

void Ladder::sweep(const Chains& chains, double temperature, int sweeps) const {
  parallel_for(static_cast<std::int64_t>(chains.size()),
               [&](std::int64_t i) { chains[static_cast<std::size_t>(i)]->sweep(temperature, sweeps); });
}

void Ladder::keep_chains(const Chains& chains, std::size_t window) {
  std::vector<Found> found(chains.size());
  parallel_for(static_cast<std::int64_t>(chains.size()), [&](std::int64_t i) {
    const auto at = static_cast<std::size_t>(i);
    found[at] = judged(chains[at]->best_merges(), window, options_.seed + at, watch_);
  });
  keep(std::move(found));
  report("annealing");
}

void Ladder::anneal(int sweeps) {
  for (std::size_t round = 0; round < std::size(kHeats) && !stopped(watch_); ++round) {
    if (round + 1 == std::size(kHeats)) widen();
    const Chains chains = start_chains(kChains, round);
    const int all = std::max(static_cast<int>(kHeats[round].share * sweeps), 1), block = std::max(all / kBlocks, 1);
    for (int done = 0; done < all && !chains.empty() && !stopped(watch_); done += block) {
      sweep(chains, kHeats[round].cooling.temperature(static_cast<double>(done) / all), block);
      if (options_.progress) keep_chains(chains, 0);
    }
    keep_chains(chains, kLastWindow);
  }
}

// As many as there are threads; more where there is time to cool each slowly, since some get stuck.
std::size_t Ladder::chains_for(double seconds) const {
  const double sweeps = num_threads() * seconds / (kSecondsPerRotation * static_cast<double>(values()));
  return std::max(static_cast<std::size_t>(num_threads()),
                  static_cast<std::size_t>(std::clamp(sweeps / kSlowSweeps, 1.0, double(kChains))));
}

void Ladder::anneal(const Deadline& watch) {
  const double seconds = watch.left();
  for (std::size_t round = 0; round < std::size(kHeats) && !stopped(watch_); ++round) {
    const bool last = round + 1 == std::size(kHeats);
    if (last) widen();
    const Chains chains = start_chains(chains_for(kHeats[round].share * seconds), round);
    const Deadline part = watch.part(last ? watch.left() : kHeats[round].share * seconds);
    for (int block = 1; !chains.empty() && !stopped(part);) {
      const double start = part.elapsed();
      sweep(chains, kHeats[round].cooling.temperature(part.fraction()), block);
      const double taken = part.elapsed() - start;
      if (taken < kBlockSeconds) block *= 2;
      if (taken > 2 * kBlockSeconds && block > 1) block /= 2;
      if (options_.progress) keep_chains(chains, 0);
    }
    keep_chains(chains, kLastWindow);
  }
}

Tree Ladder::finish() {
  widen();
  return {network_.operand_count, best_.front().merges};
}

}  // namespace ricci::path
