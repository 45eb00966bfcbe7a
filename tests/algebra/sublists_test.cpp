// Sublists mean what the equation of the same labels means, and are refused in the same words.
#include <gtest/gtest.h>

#include "ricci/algebra/parse.h"
#include "ricci/base/error.h"

namespace ricci {
namespace {

Contraction of(const std::vector<Sublist>& terms, const std::optional<Sublist>& output,
               const std::vector<Extents>& shapes, const ParseOptions& options = {}) {
  return parse(terms, output, shapes, {}, options).contraction;
}

std::string told(const std::vector<Sublist>& terms, const std::optional<Sublist>& output,
                 const std::vector<Extents>& shapes) {
  try {
    of(terms, output, shapes);
  } catch (const EinsumError& error) {
    return error.what();
  }
  ADD_FAILURE() << "nothing was thrown";
  return {};
}

TEST(Sublists, AreTheContractionOfTheirEquation) {
  const std::vector<Extents> shapes{{7, 2, 3}, {7, 3, 4}};
  const Contraction wanted = parse("...ij,...jk->...ik", shapes).contraction;
  EXPECT_EQ(of({{ellipsis, 0, 1}, {ellipsis, 1, 2}}, Sublist{ellipsis, 0, 2}, shapes).canonical(), wanted.canonical());
  EXPECT_EQ(of({{ellipsis, "i", "j"}, {ellipsis, "j", "k"}}, Sublist{ellipsis, "i", "k"}, shapes), wanted);
  EXPECT_EQ(of({{ellipsis, 70, "j"}, {ellipsis, "j", -5}}, Sublist{ellipsis, 70, -5}, shapes).key(), wanted.key());
}

TEST(Sublists, ImplicitOutputsArePutInOrder) {
  const std::vector<Extents> shapes{{2, 3}, {3, 4}};
  EXPECT_EQ(of({{10, 1}, {1, 9}}, std::nullopt, shapes).output_shape(), (Extents{4, 2})) << "9 before 10";
  EXPECT_EQ(of({{"b", 1}, {1, "a"}}, std::nullopt, shapes).output_shape(), (Extents{4, 2})) << "a before b";
  EXPECT_EQ(of({{"b", 1}, {1, 12}}, std::nullopt, shapes).output_shape(), (Extents{4, 2})) << "numbers before names";
  EXPECT_EQ(of({{-2, 1}, {1, -3}}, std::nullopt, shapes).output_shape(), (Extents{4, 2})) << "-3 before -2";
}

TEST(Sublists, ANumberAndItsDigitsAreOneLabel) {
  EXPECT_EQ(of({{0, "1"}, {"{1}", "2"}}, Sublist{0, 2}, {{2, 3}, {3, 4}}).output_shape(), (Extents{2, 4}));
}

TEST(Sublists, AnEmptyOneIsAScalar) {
  EXPECT_EQ(of({{}, {0}}, Sublist{0}, {{}, {3}}).equation(), ",{0}->{0}");
  EXPECT_EQ(of({{0}}, Sublist{}, {{3}}).output_shape(), Extents{});
}

TEST(Sublists, TakeSizesByNumberAndName) {
  EXPECT_EQ(of({{0}}, Sublist{0, 1}, {{3}}, {.sizes = {{"1", 5}}}).output_shape(), (Extents{3, 5}));
  EXPECT_EQ(of({{0}}, Sublist{"copies", 0}, {{3}}, {.sizes = {{"copies", 5}}}).output_shape(), (Extents{5, 3}));
}

TEST(Sublists, RepeatLabelsAsEquationsDo) {
  EXPECT_EQ(of({{3, 3}}, Sublist{3}, {{4, 4}}).canonical(),
            parse("ii->i", std::vector<Extents>{{4, 4}}).contraction.canonical());
  EXPECT_EQ(of({{3}}, Sublist{3, 3}, {{4}}).canonical(),
            parse("i->ii", std::vector<Extents>{{4}}).contraction.canonical());
}

TEST(Sublists, AreToldWhatIsWrong) {
  EXPECT_TRUE(
      told({{0, 1}}, std::nullopt, {{2}}).starts_with("operand 1 has 1 axis but its term '{0}{1}' has 2 labels"));
  EXPECT_TRUE(told({{0}, {0}}, std::nullopt, {{2}}).starts_with("the equation has 2 terms but 1 operand was given"));
  EXPECT_TRUE(told({{0}}, Sublist{1}, {{2}}).starts_with("label '{1}' is in the output but in no operand"));
  const std::string twice = told({{0}, {ellipsis, 0, ellipsis}}, std::nullopt, {{2}, {2}});
  EXPECT_TRUE(twice.starts_with("the sublist of operand 2 has more than one ellipsis")) << twice;
}

TEST(Sublists, RefuseNamesThatAnEquationCouldNotWrite) {
  for (const char* name : {"", " ", "a b", "{", "a}", "{}", "\n", "\xff", "...", "\xc2\x85"}) {
    SCOPED_TRACE(name);
    EXPECT_THROW(of({{name}}, std::nullopt, {{2}}), EinsumError);
    EXPECT_THROW(of({{0}}, Sublist{0, name}, {{2}}), EinsumError);
  }
  for (const char* name : {"a", "ab", "x_1", "*", ",", "->", "é", "行列", "0", "-1", "a...b"})
    EXPECT_EQ(of({{name, 5}}, Sublist{5, name}, {{2, 3}}).output_shape(), (Extents{3, 2})) << name;
}

TEST(Sublists, WhatTheyPrintParsesBack) {
  const std::vector<Extents> shapes{{2, 3, 4, 5}};
  const Contraction c = of({{"*", ",", ellipsis, "->"}}, Sublist{"->", ",", ellipsis}, shapes);
  EXPECT_EQ(parse(c.equation(), shapes).contraction.canonical(), c.canonical()) << c.equation();
}

}  // namespace
}  // namespace ricci
