#include "cli/bar.h"

#include <fmt/format.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "cli/interrupt.h"

namespace ricci::cli {
namespace {

constexpr auto kPatience = std::chrono::milliseconds(500);
constexpr auto kFrame = std::chrono::milliseconds(80);
constexpr int kWidth = 28;

// Signals go to the main thread: this one starts with all of them blocked.
template <class F>
std::thread quiet_thread(F&& body) {
  sigset_t all, old;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &old);
  std::thread thread(std::forward<F>(body));
  pthread_sigmask(SIG_SETMASK, &old, nullptr);
  return thread;
}

}  // namespace

std::string bar_text(double fraction, double seconds, int width) {
  static constexpr const char* kEighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  std::string out;
  if (fraction >= 0) {
    const int eighths = static_cast<int>(std::lround(std::min(fraction, 1.0) * width * 8));
    for (int i = 0; i < eighths / 8; ++i) out += "█";
    out += kEighths[eighths % 8];
    for (int i = (eighths + 7) / 8; i < width; ++i) out += "·";
    return out;
  }
  const int block = width / 4, travel = width - block;
  const int step = static_cast<int>(seconds * 14) % (2 * travel);
  const int start = step <= travel ? step : 2 * travel - step;
  for (int i = 0; i < width; ++i) out += i >= start && i < start + block ? "█" : "·";
  return out;
}

Bar::Bar(std::optional<bool> wanted) {
  if (!wanted.value_or(::isatty(STDERR_FILENO) == 1)) return;
  thread_ = quiet_thread([this] { loop(); });
}

Bar::~Bar() { finish(); }

void Bar::finish() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Bar::phase(const std::string& what, double predicted_seconds) {
  const std::lock_guard lock(mutex_);
  what_ = what;
  predicted_ = predicted_seconds;
  detail_.clear();
  phase_start_ = Clock::now();
}

void Bar::detail(const std::string& text) {
  const std::lock_guard lock(mutex_);
  detail_ = text;
}

std::string Bar::line() const {
  const double seconds = std::chrono::duration<double>(Clock::now() - phase_start_).count();
  const bool known = predicted_ > 0 && seconds < predicted_;
  std::string out = fmt::format("\r\x1b[K{:<11} {} {:5.1f} s", what_,
                                bar_text(known ? seconds / predicted_ : -1, seconds, kWidth), seconds);
  if (known) out += fmt::format(" of about {:.3g} s", predicted_);
  if (!known && predicted_ > 0) out += fmt::format(" ({:.3g} s were predicted)", predicted_);
  if (!detail_.empty()) out += "  " + detail_;
  return out;
}

void Bar::loop() {
  std::unique_lock lock(mutex_);
  if (changed_.wait_for(lock, kPatience, [this] { return stop_; })) return;
  note_bar(true);
  do {
    const std::string text = line();
    std::fwrite(text.data(), 1, text.size(), stderr);
    std::fflush(stderr);
  } while (!changed_.wait_for(lock, kFrame, [this] { return stop_; }));
  std::fputs("\r\x1b[K", stderr);
  std::fflush(stderr);
  note_bar(false);
}

}  // namespace ricci::cli
