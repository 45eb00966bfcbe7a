// How a wrong equation is shown: the text on a line of its own, carets under what is wrong, aligned
// by terminal columns, a window of it when it is long.
#include <algorithm>

#include "ricci/algebra/unicode.h"
#include "ricci/algebra/written.h"
#include "ricci/base/error.h"

namespace ricci::text {
namespace {

constexpr std::size_t kWindow = 96;  // columns of the text that are shown

// The text code point by code point; what a terminal would not show as itself becomes '?'.
struct Cell {
  std::string shown;
  int columns = 1;
  std::size_t at = 0;  // byte in the text
};

std::vector<Cell> cells_of(std::string_view text) {
  std::vector<Cell> cells;
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint c = decode(text, at);
    const bool visible = c.value != kInvalid && c.value >= 0x20 && !(c.value >= 0x7F && c.value < 0xA0);
    cells.push_back({visible ? std::string(text.substr(at, c.bytes)) : "?", visible ? width(c.value) : 1, at});
    at += c.bytes;
  }
  return cells;
}

bool inside(const std::vector<Span>& spans, std::size_t at) {
  return std::any_of(spans.begin(), spans.end(), [at](const Span& s) { return at >= s.at && at < s.at + s.bytes; });
}

// The first code point that a span covers; a span at the end covers none.
std::size_t first_marked(const std::vector<Cell>& cells, const std::vector<Span>& spans) {
  std::size_t i = 0;
  while (i < cells.size() && !inside(spans, cells[i].at)) ++i;
  return i;
}

std::string draw(const std::vector<Cell>& cells, const std::vector<Span>& spans) {
  const std::size_t mark = first_marked(cells, spans);
  const bool cut = cells.size() > kWindow;
  const std::size_t first = cut && mark > kWindow / 2 ? std::min(mark - kWindow / 2, cells.size() - kWindow) : 0;
  const std::size_t last = cut ? first + kWindow : cells.size();
  std::string line = "\n    ", carets = "\n    ";
  if (first > 0) line += "...", carets += "   ";
  for (std::size_t i = first; i < last; ++i) {
    line += cells[i].shown;
    carets.append(static_cast<std::size_t>(cells[i].columns), inside(spans, cells[i].at) ? '^' : ' ');
  }
  if (last < cells.size()) line += "...";
  if (mark == cells.size() && last == cells.size()) carets += '^';
  carets.erase(carets.find_last_not_of(' ') + 1);
  return line + carets;
}

}  // namespace

void complain(std::string_view text, std::vector<Span> spans, ErrorSite site, const std::string& headline,
              const std::vector<std::string>& details) {
  std::string message = headline;
  if (!spans.empty()) {
    const std::vector<Cell> cells = cells_of(text);
    message += draw(cells, spans);
    site.position = static_cast<std::ptrdiff_t>(first_marked(cells, spans));
  }
  for (const std::string& detail : details) message += "\n  " + detail;
  throw EinsumError(message, std::move(site));
}

}  // namespace ricci::text
