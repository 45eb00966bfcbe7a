// A bar on standard error for jobs longer than half a second, when it is a terminal.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace ricci::cli {

/// While it lives, a thread draws what is being done; at the end the line is wiped.
class Bar {
 public:
  /// `wanted` unset: only when standard error is a terminal.
  explicit Bar(std::optional<bool> wanted);
  ~Bar();
  Bar(const Bar&) = delete;
  Bar& operator=(const Bar&) = delete;
  /// A new phase; `predicted_seconds` of 0 means unknown.
  void phase(const std::string& what, double predicted_seconds = 0);
  /// More about the phase, at the line's end.
  void detail(const std::string& text);
  /// Wipes the line; nothing is drawn after it.
  void finish();

 private:
  using Clock = std::chrono::steady_clock;
  void loop();
  std::string line() const;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string what_, detail_;
  double predicted_ = 0;
  Clock::time_point phase_start_ = Clock::now();
  bool stop_ = false;
  std::thread thread_;
};

/// The bar as text: filled up to `fraction`, or a block that wanders when it is negative.
std::string bar_text(double fraction, double seconds, int width);

}  // namespace ricci::cli
