#include "ricci/algebra/fault.h"

#include <algorithm>

namespace ricci::notation {
namespace {

constexpr std::size_t kWhole = 100;  // code points that are shown without a cut
constexpr std::size_t kAround = 24;  // code points shown on either side of a mark in a longer text
constexpr std::size_t kMark = 60;    // code points shown of one mark
constexpr std::size_t kPieces = 4;   // marks shown of a longer text

std::vector<std::size_t> starts_of(std::string_view text) {
  std::vector<std::size_t> starts;
  for (std::size_t at = 0; at < text.size(); at += decode(text, at).size) starts.push_back(at);
  return starts;
}

// The parts of a long text to show, as ranges of code points, in order and apart.
std::vector<Span> pieces_of(const std::vector<std::size_t>& starts, const std::vector<Span>& marks,
                            std::size_t primary) {
  const auto index = [&](std::size_t byte) {
    return static_cast<std::size_t>(std::lower_bound(starts.begin(), starts.end(), byte) - starts.begin());
  };
  std::vector<Span> pieces;
  for (std::size_t i = 0; i < marks.size(); ++i) {
    if (i >= kPieces && i != primary) continue;
    const std::size_t begin = index(marks[i].begin), end = std::min(index(marks[i].end), begin + kMark);
    pieces.push_back({begin - std::min(begin, kAround), std::min(end + kAround, starts.size())});
  }
  if (pieces.empty()) pieces.push_back({0, kWhole});
  std::sort(pieces.begin(), pieces.end(), [](Span a, Span b) { return a.begin < b.begin; });
  std::vector<Span> apart{pieces[0]};
  for (const Span piece : pieces) {
    if (piece.begin <= apart.back().end)
      apart.back().end = std::max(apart.back().end, piece.end);
    else
      apart.push_back(piece);
  }
  return apart;
}

// The two lines, filled from the left.
class Drawing {
 public:
  Drawing(std::string_view text, const std::vector<Span>& marks) : text_(text), marks_(marks) {}

  void gap() { put("...", 3, false); }
  void add(std::size_t at) {
    const std::size_t size = decode(text_, at).size;
    const std::string piece = shown(text_.substr(at, size));
    put(piece, width(decode(piece, 0).value), is_marked(at, at + size));
  }
  void end() {
    if (is_marked(text_.size(), text_.size())) put("", 1, true);
  }

  std::string lines() const {
    const std::size_t last = carets_.find_last_not_of(' ');
    if (last == std::string::npos) return "    " + top_;
    return "    " + top_ + "\n    " + carets_.substr(0, last + 1);
  }

 private:
  bool is_marked(std::size_t begin, std::size_t end) const {
    return std::any_of(marks_.begin(), marks_.end(), [&](Span mark) {
      return mark.begin == mark.end ? mark.begin == begin : mark.begin < end && begin < mark.end;
    });
  }
  void put(std::string_view piece, int columns, bool marked) {
    top_ += piece;
    carets_.append(static_cast<std::size_t>(columns), marked ? '^' : ' ');
    if (columns == 0 && marked) {
      if (carets_.empty()) carets_.push_back(' ');
      carets_.back() = '^';  // a mark sits on what is before it, or on the margin
    }
  }

  std::string_view text_;
  const std::vector<Span>& marks_;
  std::string top_, carets_;
};

// The marks that lie in the pieces: the others are not drawn, and there may be very many.
std::vector<Span> visible(const std::vector<Span>& marks, const std::vector<Span>& pieces,
                          const std::vector<std::size_t>& starts, std::size_t size) {
  const auto byte = [&](std::size_t index) { return index < starts.size() ? starts[index] : size; };
  std::vector<Span> out;
  for (const Span mark : marks) {
    for (const Span piece : pieces) {
      if (mark.begin > byte(piece.end) || mark.end < byte(piece.begin)) continue;
      out.push_back(mark);
      break;
    }
  }
  return out;
}

}  // namespace

std::string draw(std::string_view equation, const std::vector<Span>& marks, std::size_t primary) {
  const std::vector<std::size_t> starts = starts_of(equation);
  const std::vector<Span> pieces =
      starts.size() <= kWhole ? std::vector<Span>{{0, starts.size()}} : pieces_of(starts, marks, primary);
  const std::vector<Span> seen = visible(marks, pieces, starts, equation.size());
  Drawing drawing(equation, seen);
  for (const Span piece : pieces) {
    if (piece.begin > 0) drawing.gap();
    for (std::size_t i = piece.begin; i < piece.end; ++i) drawing.add(starts[i]);
  }
  if (pieces.back().end == starts.size())
    drawing.end();
  else
    drawing.gap();
  return drawing.lines();
}

}  // namespace ricci::notation
