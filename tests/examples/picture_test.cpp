// The tile maps as text and as SVG, and the naive loops that the transcript trusts.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "examples/main_job/naive.h"
#include "examples/main_job/svg.h"

namespace ricci::examples {
namespace {

std::size_t count_of(const std::string& text, const std::string& what) {
  std::size_t n = 0;
  for (std::size_t at = text.find(what); at != text.npos; at = text.find(what, at + 1)) ++n;
  return n;
}

TEST(Tiles, EveryStateHasItsOwnPlace) {
  const UsMap map = read_us_map(RICCI_EXAMPLES_DATA "/us_states.txt");
  std::set<std::pair<int, int>> places;
  for (const State& state : map.states) {
    places.emplace(state.row, state.column);
    EXPECT_TRUE(state.row >= 0 && state.row < 8 && state.column >= 0 && state.column < 11) << state.code;
  }
  EXPECT_EQ(places.size(), 48u);
}

TEST(Tiles, PlainTextHasNoEscapesAndColouredTextClosesThem) {
  const UsMap map = read_us_map(RICCI_EXAMPLES_DATA "/us_states.txt");
  const std::vector<int> colours(48, 2);
  const std::vector<Tile> tiles = colouring_tiles(map, colours, 0);
  const std::string plain = draw_tiles(tiles, Style(Style::Depth::plain));
  EXPECT_EQ(plain.find('\x1b'), plain.npos);
  for (const State& state : map.states) EXPECT_NE(plain.find(state.code), plain.npos);
  EXPECT_EQ(count_of(plain, "\n"), 16u);
  for (const auto depth : {Style::Depth::palette, Style::Depth::full}) {
    const std::string coloured = draw_tiles(tiles, Style(depth));
    EXPECT_EQ(count_of(coloured, "\x1b[48;"), 96u);
    EXPECT_EQ(count_of(coloured, "\x1b[0m"), 96u);
  }
}

TEST(Tiles, NumbersAreGrouped) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1000), "1,000");
  EXPECT_EQ(grouped(12811591729152), "12,811,591,729,152");
  EXPECT_EQ(grouped(-123), "-123");
  EXPECT_EQ(grouped(-1234), "-1,234");
}

TEST(Svg, HoldsEveryTileOfBothMapsAndBalances) {
  const UsMap map = read_us_map(RICCI_EXAMPLES_DATA "/us_states.txt");
  const std::vector<Tile> tiles = colouring_tiles(map, std::vector<int>(48, 1), map.index_of("MO"));
  const std::string svg = svg_of({12811591729152, map.borders.size(), 153, tiles, tiles, {0, 48, 0, 0}});
  EXPECT_EQ(count_of(svg, "<g>"), 96u);
  EXPECT_EQ(count_of(svg, "</g>"), 96u);
  EXPECT_EQ(count_of(svg, "<text"), count_of(svg, "</text>"));
  for (const State& state : map.states) EXPECT_EQ(count_of(svg, ">" + state.code + "<"), 2u) << state.code;
  EXPECT_NE(svg.find("12,811,591,729,152"), svg.npos);
  EXPECT_EQ(svg.rfind("</svg>\n"), svg.size() - 7);
}

TEST(Naive, ContractionsByHand) {
  const Array a{{2, 3}, {1, 2, 3, 4, 5, 6}}, b{{3}, {1, 10, 100}};
  EXPECT_EQ(naive_contraction("ij,j->i", {a, b}).values, (std::vector<double>{321, 654}));
  EXPECT_EQ(naive_contraction("ij,j->ji", {a, b}).values, (std::vector<double>{1, 4, 20, 50, 300, 600}));
  EXPECT_EQ(naive_contraction("j->jj", {b}).values, (std::vector<double>{1, 0, 0, 0, 10, 0, 0, 0, 100}));
  EXPECT_EQ(naive_gradient("ij,j->i", {a, b}, {{2}, {2, 3}}, 1).values, (std::vector<double>{14, 19, 24}));
  EXPECT_EQ(naive_gradient("ii->", {{{2, 2}, {1, 2, 3, 4}}}, {{}, {5}}, 0).values, (std::vector<double>{5, 0, 0, 5}));
}

TEST(Naive, AgreementIsAsFineAsTheType) {
  const Array one{{1}, {1.0}}, off{{1}, {1.0 + 3e-7}};
  EXPECT_TRUE(agrees(one, one, one, 1, DType::i64));
  EXPECT_FALSE(agrees(off, one, one, 1, DType::f32));
  EXPECT_TRUE(agrees(off, one, one, 6, DType::f32));
  EXPECT_FALSE(agrees(one, {{}, {1.0}}, one, 6, DType::f32));
}

}  // namespace
}  // namespace ricci::examples
