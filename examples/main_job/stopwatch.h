// Wall time since it was made, as people read it.
#pragma once

#include <chrono>
#include <cstdio>
#include <string>

namespace ricci::examples {

class Stopwatch {
 public:
  double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count(); }
  /// "3.2 ms", "1.45 s".
  std::string text() const {
    const double elapsed = seconds();
    char out[32];
    std::snprintf(out, sizeof out, elapsed < 1 ? "%.1f ms" : "%.2f s", elapsed < 1 ? 1e3 * elapsed : elapsed);
    return out;
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace ricci::examples
