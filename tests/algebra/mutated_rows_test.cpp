// Rows of the table, damaged byte by byte: each ends in a contraction that prints and parses back, or in an
// error drawn in few words.
#include <gtest/gtest.h>

#include <random>

#include "ricci/algebra/parse.h"
#include "ricci/base/error.h"
#include "tests/equations.h"

namespace ricci {
namespace {

std::string damaged(std::string text, std::mt19937& random) {
  constexpr std::string_view kBytes(
      "ijk,->.*{} \n\0\xc3\xa9\xff\xe8\xa1\x8c\xcc\x81"
      "9A",
      24);
  for (std::size_t n = 1 + random() % 3; n > 0; --n) {
    const std::size_t at = random() % (text.size() + 1);
    const std::size_t other = random() % (text.size() + 1);
    switch (random() % 5) {
      case 0: text.insert(at, 1, kBytes[random() % kBytes.size()]); break;
      case 1: text.erase(at, 1 + random() % 3); break;
      case 2: text.insert(at, text.substr(other, random() % 6)); break;
      case 3:
        if (at < text.size() && other < text.size()) std::swap(text[at], text[other]);
        break;
      default:
        if (at < text.size()) text[at] = static_cast<char>(random());
    }
  }
  return text;
}

// A label of the output alone needs its size again; an operand's label takes no other.
void expect_round_trip(const Contraction& c) {
  std::vector<Extents> shapes;
  std::vector<bool> given(c.extents.size(), false);
  for (const Term& term : c.inputs) {
    shapes.push_back(c.shape_of(term.labels));
    for (const Label label : term.labels) given[static_cast<std::size_t>(label)] = true;
  }
  ParseOptions options;
  for (const Label label : c.output)
    if (!given[static_cast<std::size_t>(label)])
      options.sizes[c.name_of_label(label)] = c.extents[static_cast<std::size_t>(label)];
  EXPECT_EQ(parse(c.equation(), shapes, {}, options).contraction.canonical(), c.canonical()) << c.equation();
}

TEST(MutatedRows, EndInAContractionOrAnError) {
  std::mt19937 random(21);
  int good = 0, refused = 0;
  for (const testing::Row& row : testing::equations()) {
    for (int round = 0; round < 400; ++round) {
      const std::string equation = damaged(row.equation, random);
      try {
        expect_round_trip(parse(equation, row.shapes, {}, {.sizes = row.sizes}).contraction);
        ++good;
      } catch (const EinsumError& error) {
        EXPECT_LT(std::string_view(error.what()).size(), 1500u);
        EXPECT_LE(error.position(), static_cast<std::ptrdiff_t>(equation.size()));
        ++refused;
      }
      if (HasFailure()) FAIL() << row.equation << " became " << equation;
    }
  }
  EXPECT_GT(good, 2000);
  EXPECT_GT(refused, 20000);
}

}  // namespace
}  // namespace ricci
