// A small character language model, attention as contractions: examples/uses/attention.py in C++.
// Called by the program `ricci_uses`.
#pragma once

#include <string>

#include "examples/uses/chart.h"

namespace ricci::examples {

struct AttentionResult {
  double model = 0, trigrams = 0;  ///< bits a letter of the test part
  std::string text{};              ///< what the model writes
  Chart chart{};
};

/// Trains on the first eight tenths of the text in `file` and is tested on the ninth.
AttentionResult run_attention(const std::string& file);

}  // namespace ricci::examples
