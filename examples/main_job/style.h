// How text is coloured on a terminal, or left plain. Called by the transcript and the tile maps.
#pragma once

#include <string>

namespace ricci::examples {

struct Rgb {
  int red = 0, green = 0, blue = 0;
};

/// Between a (0) and b (1).
Rgb mix(const Rgb& a, const Rgb& b, double share);
/// "#rrggbb".
std::string hex(const Rgb& colour);
/// Black or white, whichever is read better on this colour.
Rgb ink_on(const Rgb& background);

class Style {
 public:
  enum class Depth { plain, palette, full };
  explicit Style(Depth depth = Depth::plain) : depth_(depth) {}
  /// Plain unless `wanted`; 24-bit colours where COLORTERM says so, else the 256 of xterm.
  static Style for_terminal(bool wanted);

  bool coloured() const { return depth_ != Depth::plain; }
  std::string bold(const std::string& text) const { return wrapped("1", text); }
  std::string faint(const std::string& text) const { return wrapped("2", text); }
  std::string good(const std::string& text) const { return wrapped("32", text); }
  std::string bad(const std::string& text) const { return wrapped("1;31", text); }
  std::string on(const Rgb& background, const std::string& text) const;

 private:
  std::string wrapped(const std::string& code, const std::string& text) const;
  std::string code_of(const Rgb& colour) const;
  Depth depth_;
};

}  // namespace ricci::examples
