#include "ricci/plan/format.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "ricci/algebra/notation_text.h"

namespace ricci::planning {
namespace {

// A byte that is no UTF-8 is shown as one sign.
std::size_t columns(const notation::CodePoint& c) {
  return c.valid ? static_cast<std::size_t>(notation::width(c.value)) : 1;
}

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

std::string slices_in_words(const Plan& plan) {
  std::string out;
  for (const SlicedLabel& slice : plan.slices)
    out += concat(out.empty() ? "" : ", ", plan.whole.name_of_label(slice.label), " into ", plan.piece_count(slice));
  return out;
}

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  for (std::size_t at = 0; at < text.size();) {
    const notation::CodePoint c = notation::decode(text, at);
    width += columns(c);
    at += c.size;
  }
  return width;
}

std::string shortened(std::string_view text, std::size_t width) {
  if (display_width(text) <= width) return std::string(text);
  std::size_t used = 1, end = 0;  // one column for the ellipsis
  while (end < text.size()) {
    const notation::CodePoint c = notation::decode(text, end);
    if (used + columns(c) > width) break;
    used += columns(c);
    end += c.size;
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
