// The ladder of searches over one network: each rung starts from the best trees of those below. Work
// is cut into generations of trials, so that the same trials give the same tree for any number of
// threads; between generations the caller hears of the best so far and may stop.
#pragma once

#include "ricci/path/search/anneal.h"
#include "ricci/path/search/deadline.h"
#include "ricci/path/search/greedy.h"
#include "ricci/path/search/search.h"

namespace ricci::path {

class Ladder {
 public:
  /// The contraction must outlive the ladder. The clock starts here.
  Ladder(const Contraction& contraction, const SearchOptions& options);

  std::size_t values() const { return network_.values.size(); }
  const Deadline& watch() const { return watch_; }
  /// That the best tree so far is predicted to take.
  double best_seconds() const;

  /// Each rung runs so many trials, or until its share of the time (in seconds from now) is over.
  void greedy(int trials, const Deadline& watch);
  void dissect(int trials, const Deadline& watch);
  /// Anneals the four best trees for so many sweeps.
  void anneal(int sweeps);
  /// Anneals one of the best trees on each thread while there is time.
  void anneal(const Deadline& watch);

  /// The best tree, of all operands.
  Tree finish();

 private:
  struct Found {
    double cost = 0, log2_flops = 0;
    std::vector<Merge> merges;
  };

  using Chains = std::vector<std::unique_ptr<AnnealedTree>>;

  /// From the simplified network to all operands, with the best trees so far.
  void widen();
  Chains start_chains(std::size_t count, std::uint64_t round) const;
  std::size_t chains_for(double seconds) const;
  void sweep(const Chains& chains, double temperature, int sweeps) const;
  void keep_chains(const Chains& chains, std::size_t window);
  Found judged(std::vector<Merge> merges, std::size_t window, std::uint64_t seed, const Deadline& watch) const;
  Found judged(const GreedyTrial& trial) const;
  void keep(std::vector<Found> found);
  void report(std::string_view stage);
  bool stopped(const Deadline& watch) const { return stopped_ || watch.over(); }

  const Contraction& contraction_;
  const SearchOptions& options_;
  Deadline watch_;
  MergeCost cost_;
  Network network_;            // simplified, until it is widened
  std::vector<Found> best_;    // the best first
  bool reconfigures_ = false;  // the trees of greedy alone are left as they are
  bool stopped_ = false;
};

}  // namespace ricci::path
