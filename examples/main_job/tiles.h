// A tile map: one square a state, drawn as text for a terminal. The picture file is in svg.h.
#pragma once

#include <string>
#include <vector>

#include "examples/main_job/colourings.h"
#include "examples/main_job/style.h"
#include "examples/main_job/us_map.h"

namespace ricci::examples {

struct Tile {
  int row = 0, column = 0;
  Rgb colour;
  std::string code, value;  ///< two short lines of text
  std::string tip;          ///< what the picture tells when it is pointed at
  bool outlined = false;
};

/// The four colours of the map; the first is the fixed state's.
Rgb map_colour(int colour);
/// The colour of a share: cold below 1/4, where the state avoids the fixed one's colour, warm above.
Rgb share_colour(double share);

/// 12811591729152 as "12,811,591,729,152".
std::string grouped(std::int64_t number);

std::vector<Tile> colouring_tiles(const UsMap& map, const std::vector<int>& colours, int fixed_state);
std::vector<Tile> share_tiles(const UsMap& map, const Marginals& marginals, int fixed_state);

/// The map in lines of text, each tile six wide and two high.
std::string draw_tiles(const std::vector<Tile>& tiles, const Style& style);

}  // namespace ricci::examples
