// The uses in C++: what they reach, with a margin, and the charts they draw.
#include <gtest/gtest.h>

#include "examples/uses/attention.h"
#include "examples/uses/vision.h"

namespace ricci::examples {
namespace {

TEST(Uses, BilinearPoolingReadsMoreDigitsThanAveragePooling) {
  const VisionResult result = run_vision(RICCI_EXAMPLES_DATA "/digits.safetensors", 2);
  EXPECT_GT(result.bilinear, 0.80);
  EXPECT_GT(result.bilinear, result.average + 0.04);
  EXPECT_NE(svg_of(result.chart).find("bilinear</text>"), std::string::npos);
}

TEST(Uses, AttentionKnowsMoreThanTrigrams) {
  const AttentionResult result = run_attention(RICCI_EXAMPLES_DATA "/constitution.txt");
  EXPECT_NEAR(result.trigrams, 2.371, 1e-3);  // as the Python program finds
  EXPECT_LT(result.model, result.trigrams - 0.3);
  EXPECT_NE(result.text.find(" the "), std::string::npos);
}

TEST(Chart, NamesThatWouldOverlapArePushedApart) {
  const Chart chart{.title = "a & b",
                    .x_label = "x",
                    .y_label = "y",
                    .curves = {{"one", {{0, 0}, {1, 1}}}, {"two", {{0, 0}, {1, 0.999}}}},
                    .levels = {{"level", 0.5}}};
  const std::string svg = svg_of(chart);
  EXPECT_NE(svg.find("a &amp; b"), std::string::npos);
  const auto height = [&](const std::string& name) {
    const std::size_t end = svg.find(">" + name + "</text>"), at = svg.rfind(" y=\"", end) + 4;
    return std::stod(svg.substr(at));
  };
  EXPECT_GE(std::abs(height("one") - height("two")), 17);
  EXPECT_LT(height("one"), height("level"));
}

}  // namespace
}  // namespace ricci::examples
