// When a search has to stop: after so many seconds, or when the caller says so.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>

namespace ricci::path {

class Deadline {
 public:
  /// `seconds` infinite: no limit. `cancel` may be null and is only read.
  Deadline(double seconds, const std::atomic<bool>* cancel) : seconds_(seconds), cancel_(cancel) {}

  bool timed() const { return std::isfinite(seconds_); }
  bool cancelled() const { return cancel_ != nullptr && cancel_->load(std::memory_order_relaxed); }
  double elapsed() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }
  /// Of the seconds given, from 0 to 1 and beyond.
  double fraction() const { return elapsed() / seconds_; }
  double left() const { return seconds_ - elapsed(); }
  bool over() const { return cancelled() || (timed() && left() <= 0); }
  /// A watch that ends when this one does or after so many seconds from now, whichever is first.
  Deadline part(double seconds) const { return {timed() ? std::min(seconds, left()) : seconds, cancel_}; }

 private:
  using Clock = std::chrono::steady_clock;
  double seconds_;
  const std::atomic<bool>* cancel_;
  Clock::time_point start_ = Clock::now();
};

}  // namespace ricci::path
