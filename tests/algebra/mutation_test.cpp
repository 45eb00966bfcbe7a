// Any bytes end in a Parsed or a typed error, quickly: random strings over the signs of the notation,
// broken UTF-8, megabytes, and networks of thousands of names.
#include <gtest/gtest.h>

#include <chrono>
#include <random>

#include "ricci/algebra/parse.h"
#include "ricci/base/error.h"

namespace ricci {
namespace {

// Whether it was parsed; every refusal must be drawn in a text of bounded length, with a place inside it.
bool parses(const std::string& equation, const std::vector<Extents>& shapes) {
  try {
    parse(equation, shapes);
    return true;
  } catch (const EinsumError& error) {
    EXPECT_LE(std::string_view(error.what()).size(), 8000u);
    EXPECT_LE(error.position(), static_cast<std::ptrdiff_t>(equation.size()));
    return false;
  }
}

TEST(AnyBytes, EndInAContractionOrAnEinsumError) {
  const std::string_view pieces[] = {
      "i",  "j", "k", "i", "j", ",",    ",",        "->",       "...",          "*", " ", "{", "}", "{ab}", "é",
      "行", "-", ">", ".", "1", "\xff", "\xe8\xa1", "\xcc\x81", "\xe2\x80\x83", "\n"};
  const std::vector<Extents> shapes[] = {{}, {{2, 2}}, {{2}, {2, 2}}, {{}, {2}}, {{1, 2, 2}, {0, 2}}};
  std::mt19937 random(11);
  int good = 0;
  for (int round = 0; round < 200000; ++round) {
    std::string equation;
    for (std::size_t n = random() % 12; n > 0; --n) equation += pieces[random() % std::size(pieces)];
    good += parses(equation, shapes[random() % std::size(shapes)]);
    if (HasFailure()) FAIL() << equation;
  }
  EXPECT_GT(good, 300);
  EXPECT_LT(good, 100000);
}

TEST(AnyBytes, RandomOnesToo) {
  std::mt19937 random(12);
  for (int round = 0; round < 50000; ++round) {
    std::string equation;
    for (std::size_t n = random() % 10; n > 0; --n) equation += static_cast<char>(random());
    parses(equation, {{2}, {2}});
    if (HasFailure()) FAIL() << round;
  }
}

TEST(AnyBytes, MegabytesAreRefusedInALine) {
  for (const std::string_view piece :
       {"1", "{", "}", "i", "...", "->", "*", ",", "{ab}", "\xff", "行", "\xcc\x81", " ", "i,"}) {
    std::string equation;
    while (equation.size() < (1u << 20)) equation += piece;
    parses(equation, {{2, 2}, {2}});
    parses("{" + equation + "}", {{}});
    if (HasFailure()) FAIL() << piece;
  }
}

TEST(ManyLabels, AChainOfThousandsOfNamesIsQuick) {
  constexpr int kOperands = 5000;
  std::string equation;
  std::vector<Extents> shapes;
  for (int i = 0; i < kOperands; ++i) {
    equation += concat(i ? "," : "", "{bond", i, "}{bond", i + 1, "}{site", i, "}");
    shapes.push_back({2 + i % 3, 2 + (i + 1) % 3, 5});
  }
  EXPECT_FALSE(parses(equation, shapes)) << "more elements than an int64 counts, told in few words";
  equation += "->{site7}{bond0}";
  const auto start = std::chrono::steady_clock::now();
  const Contraction c = parse(equation, shapes).contraction;
  // Ten milliseconds on one core; quadratic work in 10,000 labels would take minutes.
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(2));
  EXPECT_EQ(c.extents.size(), 2u * kOperands + 1);
  EXPECT_EQ(c.output_shape(), (Extents{5, 2}));
}

TEST(ManyLabels, SixtyFourAxes) {
  Sublist labels, backwards;
  Extents shape;
  for (int i = 0; i < 64; ++i) {
    labels.emplace_back(i);
    backwards.emplace_back(63 - i);
    shape.push_back(i % 9 == 0 ? 2 : 1);
  }
  const std::vector<Sublist> terms{labels};
  const std::vector<Extents> shapes{shape};
  const Contraction c = parse(terms, backwards, shapes).contraction;
  EXPECT_EQ(c.output_shape(),
            Extents(std::make_reverse_iterator(shape.end()), std::make_reverse_iterator(shape.begin())));
  EXPECT_EQ(parse(terms, std::nullopt, shapes).contraction.output, c.inputs[0].labels)
      << "ints in order of their values";
}

}  // namespace
}  // namespace ricci
