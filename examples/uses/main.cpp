// ricci_uses vision|attention [--out DIR]: trains a model on real data and holds it against a baseline.
#include <cstdio>
#include <cstring>
#include <iostream>

#include "examples/uses/attention.h"
#include "examples/uses/vision.h"

namespace {

using namespace ricci::examples;

constexpr const char* kUsage = "usage: ricci_uses vision | attention [--out DIR]\n";

void vision(const std::string& out) {
  constexpr int kSeeds = 2;
  const VisionResult result = run_vision(RICCI_EXAMPLES_DATA "/digits.safetensors", kSeeds);
  std::printf("average  %.1f%% of %d pictures, mean of %d seeds\nbilinear %.1f%%\n", 100 * result.average,
              kTestedDigits, kSeeds, 100 * result.bilinear);
  std::printf("the picture: %s\n", write_chart(result.chart, out, "vision").c_str());
}

void attention(const std::string& out) {
  const AttentionResult result = run_attention(RICCI_EXAMPLES_DATA "/constitution.txt");
  std::printf("attention %.3f bits a letter of the test part\ntrigrams  %.3f\n%s\n", result.model, result.trigrams,
              result.text.c_str());
  std::printf("the picture: %s\n", write_chart(result.chart, out, "attention").c_str());
}

}  // namespace

int main(int count, char** words) {
  const std::string name = count > 1 ? words[1] : "";
  const bool placed = count == 4 && std::strcmp(words[2], "--out") == 0;
  if ((name != "vision" && name != "attention") || (count != 2 && !placed)) {
    std::cerr << kUsage;
    return 2;
  }
  try {
    (name == "vision" ? vision : attention)(placed ? words[3] : "out");
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "ricci_uses: " << error.what() << '\n';
    return 3;
  }
}
