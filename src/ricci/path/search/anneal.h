// Simulated annealing of a tree by local rotations: ((A B) C) becomes ((A C) B) or ((B C) A), kept when
// cheaper, or with a chance that falls with the temperature (Kalachev, Panteleev, Yung, arXiv 2108.05665).
#pragma once

#include <algorithm>
#include <memory>

#include "ricci/path/tree/binary_tree.h"

namespace ricci::path {

/// The temperature falls from hot to cold in equal ratios. At t, two merges that would cost 2^t times
/// as much as before are kept once in e times.
struct Cooling {
  double hot = 1, cold = 0.05;
  /// After this part of the whole, from 0 to 1.
  double temperature(double done) const { return hot * std::pow(cold / hot, std::min(done, 1.0)); }
};

/// A tree in the course of annealing, and the best that it has been.
class AnnealedTree {
 public:
  /// Nothing when the network has more than 4,096 labels or nothing to rotate. The network is read here
  /// only, `cost` must live on.
  static std::unique_ptr<AnnealedTree> start(const Network& network, const std::vector<Merge>& merges,
                                             const MergeCost& cost, std::uint64_t seed);
  virtual ~AnnealedTree() = default;
  /// Tries as many rotations as there are inner nodes, so many times.
  virtual void sweep(double temperature, int sweeps) = 0;
  virtual std::vector<Merge> best_merges() const = 0;
};

}  // namespace ricci::path
