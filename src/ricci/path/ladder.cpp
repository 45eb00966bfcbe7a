#include "ricci/path/ladder.h"

#include "ricci/base/parallel.h"
#include "ricci/path/dissection.h"
#include "ricci/path/greedy.h"
#include "ricci/path/random.h"
#include "ricci/path/reconfigure.h"
#include "ricci/path/simplify.h"

namespace ricci::path {
namespace {

constexpr std::uint64_t kMostCandidates = 20'000'000;  // pairs scored by all greedy trials, without a time limit
constexpr int kGeneration = 8;                         // trials that run at once against one bound
constexpr std::size_t kChains = 4;                     // annealed at once, without a time limit
constexpr int kBlocks = 64;                            // of one temperature each
constexpr double kBlockSeconds = 0.02;                 // with a time limit
constexpr std::size_t kKept = 8;                       // best trees
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
      cost_(options.goal, options.model, static_cast<double>(size_of(accumulator_of(contraction.dtype)))),
      network_(simplified(contraction)) {}

double Ladder::best_seconds() const {
  return path::cost_of(contraction_, network_.completed(best_.front().merges), options_.model).seconds;
}

Ladder::Found Ladder::judged(std::vector<Merge> merges, std::size_t window, std::uint64_t seed,
                             const Watch& watch) const {
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
  if (!options_.progress || stopped_) return;
  const TreeCost best = path::cost_of(contraction_, network_.completed(best_.front().merges), options_.model);
  stopped_ = !options_.progress({stage, watch_.elapsed(), options_.seconds, best});
}

void Ladder::greedy(int trials, const Watch& watch) {
  std::optional<GreedyTrial> best = greedy_trial(network_, taste_of(options_.seed, 0), INFINITY);
  const std::uint64_t most = 1 + kMostCandidates / std::max<std::uint64_t>(best->candidates, 1);
  if (!watch.timed())
    trials = static_cast<int>(std::min<std::uint64_t>(most, static_cast<std::uint64_t>(std::max(trials, 1))));
  keep({judged(best->merges, 0, 0, watch)});
  report("greedy");
  for (int done = 1; done < trials && !stopped(watch); done += kGeneration) {
    const int count = std::min(kGeneration, trials - done);
    std::vector<std::optional<GreedyTrial>> found(static_cast<std::size_t>(count));
    parallel_for(count, [&](std::int64_t i) {
      found[static_cast<std::size_t>(i)] =
          greedy_trial(network_, taste_of(options_.seed, done + static_cast<int>(i)), best->log2_flops);
    });
    bool better = false;
    for (auto& trial : found) {
      if (!trial || trial->log2_flops >= best->log2_flops) continue;
      best = std::move(trial);
      better = true;
    }
    if (better) keep({judged(best->merges, 0, 0, watch)});
    report("greedy");
  }
}

void Ladder::dissect(int trials, const Watch& watch) {
  for (int done = 0; done < trials && !stopped(watch); done += kGeneration) {
    const int count = std::min(kGeneration, trials - done);
    std::vector<Found> found(static_cast<std::size_t>(count));
    parallel_for(count, [&](std::int64_t i) {
      const DissectionTaste taste = dissection_taste(options_.seed, done + static_cast<int>(i));
      found[static_cast<std::size_t>(i)] = judged(path::dissect(network_, taste), kWindow, taste.seed, watch);
    });
    keep(std::move(found));
    report("dissection");
  }
}

Ladder::Chains Ladder::start_chains(std::size_t count) const {
  Chains out;
  for (std::size_t i = 0; i < count; ++i) {
    const Found& from = best_[i % best_.size()];
    auto chain = AnnealedTree::start(network_, from.merges, cost_, Random(options_.seed + i).next());
    if (chain) out.push_back(std::move(chain));
  }
  return out;
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
  const Chains chains = start_chains(kChains);
  const Cooling cooling;
  const int block = std::max(sweeps / kBlocks, 1);
  for (int done = 0; done < sweeps && !chains.empty() && !stopped(watch_); done += block) {
    const double temperature = cooling.temperature(static_cast<double>(done) / sweeps);
    parallel_for(static_cast<std::int64_t>(chains.size()),
                 [&](std::int64_t i) { chains[static_cast<std::size_t>(i)]->sweep(temperature, block); });
    keep_chains(chains, 0);
  }
  keep_chains(chains, kLastWindow);
}

void Ladder::anneal(const Watch& watch) {
  const Chains chains = start_chains(static_cast<std::size_t>(num_threads()));
  const Cooling cooling;
  int block = 1;
  while (!chains.empty() && !stopped(watch)) {
    const double start = watch.elapsed();
    const double temperature = cooling.temperature(watch.fraction());
    parallel_for(static_cast<std::int64_t>(chains.size()),
                 [&](std::int64_t i) { chains[static_cast<std::size_t>(i)]->sweep(temperature, block); });
    if (watch.elapsed() - start < kBlockSeconds) block *= 2;
    if (watch.elapsed() - start > 2 * kBlockSeconds && block > 1) block /= 2;
    if (options_.progress) keep_chains(chains, 0);
  }
  keep_chains(chains, kLastWindow);
}

Tree Ladder::finish() {
  Tree tree = network_.completed(best_.front().merges);
  if (network_.merges.empty()) return tree;
  const Network all(contraction_);
  BinaryTree whole(all, tree.merges);
  reconfigure(whole, cost_, {kWindow, kRounds, options_.seed}, watch_);
  return {tree.operand_count, whole.merges()};
}

}  // namespace ricci::path
