#include "examples/main_job/tiles.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace ricci::examples {

namespace {

constexpr std::size_t kTileWidth = 6;

std::string centred(const std::string& text) {
  const std::size_t left = (kTileWidth - std::min(kTileWidth, text.size()) + 1) / 2;
  std::string out = std::string(left, ' ') + text;
  out.resize(std::max(kTileWidth, out.size()), ' ');
  return out;
}

std::string percent(double share) { return std::to_string(std::lround(100 * share)) + "%"; }

}  // namespace

Rgb map_colour(int colour) {
  static const std::array<Rgb, 4> colours{{{216, 96, 76}, {47, 94, 130}, {122, 172, 150}, {238, 195, 112}}};
  return colours[static_cast<std::size_t>(colour)];
}

Rgb share_colour(double share) {
  const Rgb cold{58, 88, 128}, neutral{243, 238, 227}, warm = map_colour(0);
  return share < 0.25 ? mix(cold, neutral, share / 0.25) : mix(neutral, warm, (share - 0.25) / 0.75);
}

std::string grouped(std::int64_t number) {
  std::string digits = std::to_string(number);
  for (std::ptrdiff_t at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > (number < 0 ? 1 : 0); at -= 3)
    digits.insert(static_cast<std::size_t>(at), ",");
  return digits;
}

std::vector<Tile> colouring_tiles(const UsMap& map, const std::vector<int>& colours, int fixed_state) {
  std::vector<Tile> tiles;
  for (std::size_t s = 0; s < map.states.size(); ++s) {
    const State& state = map.states[s];
    tiles.push_back({state.row, state.column, map_colour(colours[s]), state.code, std::to_string(colours[s] + 1),
                     state.name + ": colour " + std::to_string(colours[s] + 1), static_cast<int>(s) == fixed_state});
  }
  return tiles;
}

std::vector<Tile> share_tiles(const UsMap& map, const Marginals& marginals, int fixed_state) {
  std::vector<Tile> tiles;
  for (std::size_t s = 0; s < map.states.size(); ++s) {
    const State& state = map.states[s];
    const std::int64_t count = marginals.counts[s][0];
    const double share = static_cast<double>(count) / static_cast<double>(marginals.colourings);
    tiles.push_back({state.row, state.column, share_colour(share), state.code, percent(share),
                     state.name + ": " + grouped(count) + " of " + grouped(marginals.colourings),
                     static_cast<int>(s) == fixed_state});
  }
  return tiles;
}

std::string draw_tiles(const std::vector<Tile>& tiles, const Style& style) {
  int rows = 0, columns = 0;
  for (const Tile& tile : tiles) {
    rows = std::max(rows, tile.row + 1);
    columns = std::max(columns, tile.column + 1);
  }
  std::string out;
  for (int line = 0; line < 2 * rows; ++line) {
    std::string text;
    for (int column = 0; column < columns; ++column) {
      const auto tile = std::find_if(tiles.begin(), tiles.end(), [&](const Tile& candidate) {
        return candidate.row == line / 2 && candidate.column == column;
      });
      if (tile == tiles.end())
        text.append(kTileWidth, ' ');
      else
        text += style.on(tile->colour, centred(line % 2 == 0 ? tile->code : tile->value));
    }
    if (!style.coloured()) text.erase(text.find_last_not_of(' ') + 1);
    out += "   " + text + "\n";
  }
  return out;
}

}  // namespace ricci::examples
