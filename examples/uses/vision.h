// Bilinear pooling against average pooling on pictures of handwritten digits: examples/uses/vision.py in C++.
// Called by the program `ricci_uses` and by the main job.
#pragma once

#include <string>

#include "examples/uses/chart.h"

namespace ricci::examples {

constexpr int kTestedDigits = 400;

struct VisionResult {
  double average = 0, bilinear = 0;  ///< shares of the kTestedDigits pictures that are told apart, means of the seeds
  Chart chart{};
};

/// Trains both networks from each of the seeds 0, 1, ... on the digits of `file`.
VisionResult run_vision(const std::string& file, int seeds);

}  // namespace ricci::examples
