#include "examples/main_job/svg.h"

#include <sstream>

#include "ricci/base/error.h"

namespace ricci::examples {

namespace {

constexpr int kWidth = 1280, kHeight = 716, kMargin = 48;
constexpr int kTile = 48, kPitch = 52;          // a gap of 4 between tiles
constexpr int kMapWidth = 10 * kPitch + kTile;  // eleven columns
constexpr int kMapTop = 172, kMapBottom = kMapTop + 7 * kPitch + kTile;
constexpr int kRight = kWidth - kMargin - kMapWidth;  // where the second map begins
constexpr const char* kInk = "#262a30";
constexpr const char* kFaint = "#6d7178";

struct Text {
  int x = 0, y = 0, size = 14;
  const char* weight = "400";
  const char* fill = kInk;
  const char* anchor = "start";
  const char* extra = "";
};

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text)
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else
      out += c;
  return out;
}

void write_text(std::ostream& out, const Text& place, const std::string& text) {
  out << "  <text x=\"" << place.x << "\" y=\"" << place.y << "\" font-size=\"" << place.size << "\" font-weight=\""
      << place.weight << "\" fill=\"" << place.fill << "\" text-anchor=\"" << place.anchor << '"' << place.extra << '>'
      << escaped(text) << "</text>\n";
}

void write_tile(std::ostream& out, const Tile& tile, int left) {
  const int x = left + tile.column * kPitch, y = kMapTop + tile.row * kPitch, middle = x + kTile / 2;
  const std::string ink = hex(ink_on(tile.colour));
  out << "  <g>\n  <title>" << escaped(tile.tip) << "</title>\n  <rect x=\"" << x << "\" y=\"" << y << "\" width=\""
      << kTile << "\" height=\"" << kTile << "\" rx=\"7\" fill=\"" << hex(tile.colour) << '"';
  if (tile.outlined) out << " stroke=\"" << kInk << "\" stroke-width=\"2.5\"";
  out << "/>\n";
  write_text(out, {middle, y + 22, 15, "600", ink.c_str(), "middle"}, tile.code);
  write_text(out, {middle, y + 38, 11, "400", ink.c_str(), "middle", " fill-opacity=\"0.85\""}, tile.value);
  out << "  </g>\n";
}

void write_colour_legend(std::ostream& out, const std::vector<int>& sizes) {
  int x = kMargin;
  const int y = kMapBottom + 36;
  for (std::size_t colour = 0; colour < sizes.size(); ++colour) {
    out << "  <rect x=\"" << x << "\" y=\"" << y << "\" width=\"16\" height=\"16\" rx=\"4\" fill=\""
        << hex(map_colour(static_cast<int>(colour))) << "\"/>\n";
    write_text(out, {x + 24, y + 13, 13, "400", kFaint},
               std::to_string(colour + 1) + ":  " + std::to_string(sizes[colour]) + " states");
    x += 122;
  }
}

void write_share_legend(std::ostream& out) {
  const int x = kRight, y = kMapBottom + 36, width = 400;
  out << "  <defs><linearGradient id=\"share\">";
  for (const double share : {0.0, 0.25, 1.0})
    out << "<stop offset=\"" << share << "\" stop-color=\"" << hex(share_colour(share)) << "\"/>";
  out << "</linearGradient></defs>\n  <rect x=\"" << x << "\" y=\"" << y << "\" width=\"" << width
      << "\" height=\"16\" rx=\"4\" fill=\"url(#share)\"/>\n";
  for (const int percent : {0, 25, 50, 75, 100}) {
    const char* anchor = percent == 0 ? "start" : percent == 100 ? "end" : "middle";
    write_text(out, {x + width * percent / 100, y + 34, 12, "400", kFaint, anchor}, std::to_string(percent) + "%");
  }
  write_text(out, {x + width + 20, y + 13, 13, "400", kFaint}, "25%: no influence");
}

void write_heading(std::ostream& out, int x, const std::string& title, const std::vector<std::string>& lines) {
  write_text(out, {x, kMapTop + 22, 19, "600"}, title);
  for (std::size_t i = 0; i < lines.size(); ++i)
    write_text(out, {x, kMapTop + 46 + 19 * static_cast<int>(i), 13, "400", kFaint}, lines[i]);
}

}  // namespace

std::string svg_of(const Picture& picture) {
  std::ostringstream out;
  out << "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " << kWidth << ' ' << kHeight << "\" width=\""
      << kWidth << "\" height=\"" << kHeight
      << "\" font-family=\"Inter, 'Helvetica Neue', Helvetica, Arial, 'DejaVu Sans', sans-serif\">\n"
      << "  <rect width=\"" << kWidth << "\" height=\"" << kHeight << "\" rx=\"14\" fill=\"#fcfbf8\"/>\n";
  write_text(out, {kMargin, 84, 40, "700", kInk, "start", " letter-spacing=\"-0.5\""}, grouped(picture.count));
  write_text(out, {kMargin, 116, 17, "400", kFaint},
             concat("ways to colour the ", picture.colouring.size(),
                    " contiguous United States with four colours, no two alike across any of their ", picture.borders,
                    " borders."));
  write_heading(out, kMargin, "One of them", {"drawn at random, all equally likely,", "with Missouri given colour 1"});
  write_heading(out, kRight, "Who shares Missouri's colour?",
                {"the share of colourings, for all states", "at once from one gradient"});
  for (const Tile& tile : picture.colouring) write_tile(out, tile, kMargin);
  for (const Tile& tile : picture.shares) write_tile(out, tile, kRight);
  write_colour_legend(out, picture.colour_sizes);
  write_share_legend(out);
  write_text(out, {kMargin, kHeight - 26, 12, "400", "#9a9da3"},
             concat("Counted exactly, as one contraction of ", picture.operands,
                    " tensors of integers: a matrix for each border, a vector for each state. States that meet in a "
                    "point only may match; tiles that touch need not be neighbours."));
  out << "</svg>\n";
  return out.str();
}

}  // namespace ricci::examples
