#include "cli/measure.h"

#include <time.h>

#include <algorithm>
#include <chrono>
#include <cmath>

namespace ricci::cli {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t kFewestRuns = 5;
constexpr double kLeastSample = 2e-5;  // a clock is read in 3e-8 to 3e-7

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

double processor_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

struct Sample {
  double seconds, processor;
};

Sample sample(const Plan& plan, const std::vector<Tensor>& operands, std::size_t times) {
  const Clock::time_point start = Clock::now();
  const double before = processor_seconds();
  for (std::size_t i = 0; i < times; ++i) (void)plan(operands);
  const double processor = processor_seconds() - before, count = static_cast<double>(times);
  return {seconds_since(start) / count, processor / count};
}

}  // namespace

Measured measure(const Plan& plan, const std::vector<Tensor>& operands, double seconds) {
  (void)plan(operands);
  const double first = sample(plan, operands, 1).seconds;
  const auto times = static_cast<std::size_t>(std::max(1.0, kLeastSample / std::max(first, 1e-9)));  // in one sample
  std::vector<double> samples;
  double least = INFINITY;
  for (const Clock::time_point start = Clock::now(); samples.size() < kFewestRuns || seconds_since(start) < seconds;) {
    const Sample one = sample(plan, operands, times);
    samples.push_back(one.seconds);
    least = std::min(least, one.processor);
  }
  const auto middle = samples.begin() + static_cast<std::ptrdiff_t>(samples.size() / 2);
  std::nth_element(samples.begin(), middle, samples.end());
  return {*middle, least, samples.size() * times};
}

}  // namespace ricci::cli
