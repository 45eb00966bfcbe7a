// The transcript of the calls: every check holds, and no line is wider than the narrowest terminal.
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "examples/main_job/parts.h"
#include "ricci/ricci.h"

namespace ricci::examples {
namespace {

std::size_t columns_of(const std::string& line) {
  return static_cast<std::size_t>(
      std::count_if(line.begin(), line.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

std::string transcript_of(void (*part)(Transcript&)) {
  std::ostringstream out;
  Transcript transcript(out, Style(Style::Depth::plain));
  part(transcript);
  EXPECT_GT(transcript.checked(), 0);
  EXPECT_EQ(transcript.failed(), 0) << out.str();
  return out.str();
}

TEST(Transcript, FitsEightyColumns) {
  for (const auto part : {run_calls, run_lattice}) {
    std::istringstream lines(transcript_of(part));
    for (std::string line; std::getline(lines, line);) EXPECT_LE(columns_of(line), 80u) << line;
  }
}

TEST(Transcript, BreaksATensorBetweenItsRows) {
  std::ostringstream out;
  Transcript transcript(out, Style(Style::Depth::plain));
  Tensor x = tensor({{1.f, 2.f}, {3.f, 4.f}}, {.requires_grad = true});
  x.set_grad(tensor({{26.f, 26.f}, {26.f, 26.f}}));
  transcript.show("x", x);
  EXPECT_EQ(out.str(),
            "     x       (2, 2)        Tensor([[1.0, 2.0], [3.0, 4.0]],\n"
            "                                  grad=[[26.0, 26.0], [26.0, 26.0]])\n");
  out.str("");
  transcript.show("y", tensor({{1000000.f, 2000000.f, 3000000.f}, {4000000.f, 5000000.f, 6000000.f}}));
  EXPECT_EQ(out.str(),
            "     y       (2, 3)        Tensor([[1000000.0, 2000000.0, 3000000.0],\n"
            "                                   [4000000.0, 5000000.0, 6000000.0]])\n");
}

}  // namespace
}  // namespace ricci::examples
