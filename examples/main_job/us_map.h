// The map of the 48 contiguous states: its text, its network of tensors, and the network file that
// ships beside the text. Called by the main job, the colouring example and make_us_map.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "ricci/networks/network.h"

namespace ricci::examples {

struct State {
  std::string code, name;
  int row = 0, column = 0;  ///< of its tile in the picture
};

struct UsMap {
  std::vector<State> states;
  std::vector<std::pair<int, int>> borders;  ///< each once, smaller number first
  int index_of(const std::string& code) const;
};

/// Reads us_states.txt. Throws DataError when a border is not given from both sides.
UsMap read_us_map(const std::string& path);

/// The number of proper colourings as a network: for each border a matrix with 0 where both colours are
/// equal and 1 elsewhere, then for each state a vector of ones. The gradient for a state's vector
/// counts the colourings by that state's colour.
Network colouring_network(const UsMap& map, int colours);

}  // namespace ricci::examples
