#include "ricci/plan/words.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

namespace ricci::planning {
namespace {

struct Character {
  std::uint32_t code = 0;
  std::size_t bytes = 1;
};

// The UTF-8 character at the front; a broken byte counts as one character.
Character first_character(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t lead = byte(0);
  const std::size_t length = lead < 0x80 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 0;
  if (length == 0 || length > text.size()) return {0xfffd, 1};
  std::uint32_t code = length == 1 ? lead : lead & (0x7fu >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {0xfffd, 1};
    code = code << 6 | (byte(i) & 0x3fu);
  }
  return {code, length};
}

struct Range {
  std::uint32_t first, last;
};

// Unicode 15: the blocks whose characters combine, and those of East Asian width W or F.
constexpr std::array kCombining{Range{0x300, 0x36f},   Range{0x483, 0x489},   Range{0x591, 0x5bd},
                                Range{0x610, 0x61a},   Range{0x64b, 0x65f},   Range{0x1ab0, 0x1aff},
                                Range{0x1dc0, 0x1dff}, Range{0x200b, 0x200f}, Range{0x20d0, 0x20ff},
                                Range{0xfe00, 0xfe0f}, Range{0xfe20, 0xfe2f}};
constexpr std::array kWide{
    Range{0x1100, 0x115f},   Range{0x2e80, 0x303e},   Range{0x3041, 0x33ff},   Range{0x3400, 0x4dbf},
    Range{0x4e00, 0x9fff},   Range{0xa000, 0xa4cf},   Range{0xa960, 0xa97f},   Range{0xac00, 0xd7a3},
    Range{0xf900, 0xfaff},   Range{0xfe30, 0xfe6f},   Range{0xff00, 0xff60},   Range{0xffe0, 0xffe6},
    Range{0x1f300, 0x1f64f}, Range{0x1f680, 0x1f6ff}, Range{0x1f900, 0x1f9ff}, Range{0x20000, 0x3fffd}};

bool inside(const auto& ranges, std::uint32_t code) {
  return std::any_of(ranges.begin(), ranges.end(), [&](Range r) { return code >= r.first && code <= r.last; });
}

std::size_t width_of(std::uint32_t code) { return inside(kCombining, code) ? 0 : inside(kWide, code) ? 2 : 1; }

// Never printf: its decimal point is the locale's.
std::string digits(double value, int count) {
  std::array<char, 64> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::general, count);
  return {text.data(), end.ptr};
}

struct Unit {
  double size;
  const char* name;
};

std::string in_units(double value, const auto& units) {
  auto unit = units.begin();
  while (unit + 1 != units.end() && value >= (unit + 1)->size) ++unit;
  return digits(value / unit->size, 4) + " " + unit->name;
}

void append_labels(std::string& out, const Plan& plan, const Labels& labels) {
  for (const Label label : labels) out += plan.whole.name_of_label(label);
}

}  // namespace

std::string equation_of(const Plan& plan, const Step& step) {
  std::string out;
  for (const Term& term : step.contraction.inputs) {
    if (&term != step.contraction.inputs.begin()) out += ',';
    append_labels(out, plan, term.labels);
    if (term.conjugated) out += '*';
  }
  out += "->";
  append_labels(out, plan, step.contraction.output);
  return out;
}

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    const Character c = first_character(text);
    width += width_of(c.code);
    text.remove_prefix(c.bytes);
  }
  return width;
}

std::string shortened(std::string_view text, std::size_t width) {
  if (display_width(text) <= width) return std::string(text);
  std::size_t used = 1, end = 0;  // one column for the ellipsis
  while (end < text.size()) {
    const Character c = first_character(text.substr(end));
    if (used + width_of(c.code) > width) break;
    used += width_of(c.code);
    end += c.bytes;
  }
  return std::string(text.substr(0, end)) + "\u2026";
}

std::string short_number(double value) { return digits(value, 4); }

std::string bytes_in_words(double bytes) {
  constexpr std::array kUnits{Unit{1, "B"},        Unit{0x1p10, "KiB"}, Unit{0x1p20, "MiB"}, Unit{0x1p30, "GiB"},
                              Unit{0x1p40, "TiB"}, Unit{0x1p50, "PiB"}, Unit{0x1p60, "EiB"}};
  return in_units(bytes, kUnits);
}

std::string seconds_in_words(double seconds) {
  constexpr std::array kUnits{Unit{1e-9, "ns"}, Unit{1e-6, "us"}, Unit{1e-3, "ms"}, Unit{1, "s"},
                              Unit{60, "min"},  Unit{3600, "h"},  Unit{86400, "d"}, Unit{86400 * 365.25, "years"}};
  return in_units(seconds, kUnits);
}

std::string table(const std::vector<std::vector<std::string>>& rows, const std::vector<std::size_t>& left) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], display_width(row[c]));
  }
  std::string out;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t c = 0; c < row.size(); ++c) {
      const std::string space(widths[c] - display_width(row[c]), ' ');
      const bool flush_left = std::find(left.begin(), left.end(), c) != left.end();
      line += (c == 0 ? "" : "  ") + (flush_left ? row[c] + space : space + row[c]);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + '\n';
  }
  return out;
}

}  // namespace ricci::planning
