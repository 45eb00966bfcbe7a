// The picture of the map: two tile maps side by side, with title and legends. Called by the main job.
#pragma once

#include <string>
#include <vector>

#include "examples/main_job/tiles.h"

namespace ricci::examples {

struct Picture {
  std::int64_t count = 0;
  std::size_t borders = 0, operands = 0;
  std::vector<Tile> colouring{}, shares{};
  std::vector<int> colour_sizes{};  ///< states of each colour in the drawn colouring
};

/// A complete SVG document, 1280 by 716.
std::string svg_of(const Picture& picture);

}  // namespace ricci::examples
