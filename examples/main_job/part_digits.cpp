#include <cstdio>

#include "examples/main_job/parts.h"
#include "examples/main_job/stopwatch.h"
#include "examples/uses/vision.h"

namespace ricci::examples {

namespace {

constexpr int kSeeds = 1;

std::string row(const char* pooling, double share) {
  char text[80];
  std::snprintf(text, sizeof text, "%-17s %5.1f%% of %d pictures held out", pooling, 100 * share, kTestedDigits);
  return text;
}

}  // namespace

void run_digits(Transcript& t, const std::string& data, const std::string& out) {
  t.part("THE DIGITS: a network with bilinear pooling learns to read");
  t.title("The same network twice, after two kinds of pooling");
  t.say(
      "each 3 x 3 patch of a picture gives 16 features; average pooling keeps their mean,\n"
      "bilinear pooling that of their outer products: einsum(\"npi,npj->nij\")");
  const Stopwatch watch;
  const VisionResult result = run_vision(data + "/digits.safetensors", kSeeds);
  t.say(row("average pooling", result.average));
  t.say(row("bilinear pooling", result.bilinear) + ", " + watch.text());
  t.checks({{"bilinear pooling reads 78 %", result.bilinear >= 0.78},
            {"more than average pooling", result.bilinear > result.average}});
  t.say("The picture of the training: " + write_chart(result.chart, out, "vision"));
}

}  // namespace ricci::examples
