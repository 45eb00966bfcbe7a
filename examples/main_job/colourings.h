// What a colouring network tells: the number of colourings, each state's colours once one state's is
// fixed, and colourings drawn at random, all exact in int64. Called by the main job and its tests.
#pragma once

#include <cstdint>
#include <vector>

#include "ricci/ricci.h"

namespace ricci::examples {

/// Colourings in which one state has colour 0, and among them those that give state s colour c.
struct Marginals {
  std::int64_t colourings = 0;
  std::vector<std::vector<std::int64_t>> counts;  // [state][colour]
};

class Colourings {
 public:
  /// The network as colouring_network() makes it; the last `states` operands are the states' vectors.
  Colourings(Network network, std::size_t states);

  const Plan& plan() const { return plan_; }
  std::int64_t count() const;
  /// One run forward and one back gives all states' counts.
  Marginals marginals(int fixed_state) const;
  /// A colouring of the whole map, each with the same probability, with `fixed_state` of colour 0: state
  /// by state, a colour is drawn by the number of colourings it leaves.
  std::vector<int> draw(int fixed_state, std::uint64_t seed) const;

 private:
  std::vector<Tensor> with_fixed(int state, int colour, std::vector<Tensor> operands) const;
  int operand_of(int state) const { return static_cast<int>(network_.operands.size() - states_) + state; }
  Network network_;
  std::size_t states_;
  std::int64_t colours_;
  Plan plan_;
};

}  // namespace ricci::examples
