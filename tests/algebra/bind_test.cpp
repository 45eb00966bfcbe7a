// What an equation and its operands make of each other at the edges: extents of 0 and 1 on every side, strict,
// sizes, negative and overflowing shapes, names the ellipsis needs, the order within roles.
#include <gtest/gtest.h>

#include "ricci/algebra/parse.h"
#include "ricci/algebra/roles.h"
#include "ricci/base/error.h"

namespace ricci {
namespace {

constexpr std::int64_t kHuge = std::int64_t{1} << 40;

Parsed read(std::string_view equation, const std::vector<Extents>& shapes, const ParseOptions& options = {}) {
  return parse(equation, shapes, {}, options);
}

std::string told(std::string_view equation, const std::vector<Extents>& shapes, const ParseOptions& options = {}) {
  try {
    read(equation, shapes, options);
  } catch (const EinsumError& error) {
    return error.what();
  }
  ADD_FAILURE() << "nothing was thrown for " << equation;
  return {};
}

TEST(Extents, OfOneBroadcastFromEitherSide) {
  for (const std::int64_t extent : {0, 1, 2, 7}) {
    for (const bool first : {true, false}) {
      const std::vector<Extents> shapes{{first ? 1 : extent}, {first ? extent : 1}};
      SCOPED_TRACE(concat(shapes[0], shapes[1]));
      const Parsed parsed = read("i,i->i", shapes);
      EXPECT_EQ(parsed.contraction.output_shape(), Extents{extent});
      for (std::size_t i = 0; i < 2; ++i)
        EXPECT_EQ(parsed.squeezed[i].size(), shapes[i][0] == 1 && extent != 1 ? 1u : 0u);
      EXPECT_EQ(read("...,...", shapes).contraction.output_shape(), Extents{extent});
    }
  }
}

TEST(Extents, OfZeroTakeNoOther) {
  EXPECT_TRUE(told("i,i", {{0}, {2}}).starts_with("label 'i' is 0 in operand 1 but 2 in operand 2"));
  EXPECT_TRUE(told("i,i", {{2}, {0}}).starts_with("label 'i' is 2 in operand 1 but 0 in operand 2"));
}

TEST(Extents, OnADiagonalAreEqualEvenWhereOneIsOne) {
  for (const Extents& shape : {Extents{1, 3}, Extents{3, 1}, Extents{0, 1}, Extents{0, 3}})
    EXPECT_TRUE(told("ii->i", {shape}).starts_with(concat("label 'i' is ", shape[0], " and ", shape[1]))) << shape[0];
  EXPECT_EQ(read("ii,i->i", {{1, 1}, {5}}).squeezed[0], (SmallVector<int, 4>{0, 1}));
}

TEST(Strict, LetsNoOneBroadcastOnEitherSide) {
  const ParseOptions strict{.sizes = {}, .strict = true};
  EXPECT_TRUE(told("i,i", {{1}, {3}}, strict).starts_with("label 'i' is 1 in operand 1 but 3 in operand 2"));
  EXPECT_TRUE(told("i,i", {{3}, {1}}, strict).starts_with("label 'i' is 3 in operand 1 but 1 in operand 2"));
  EXPECT_TRUE(told("...,...", {{1, 2}, {3, 2}}, strict).starts_with("the axes under '...' do not broadcast"));
  EXPECT_EQ(read("i,i,...j", {{1}, {1}, {4, 2, 3}}, strict).contraction.output_shape(), (Extents{4, 2, 3}));
}

TEST(Sizes, AreHeldAgainstTheFirstOperandOfALabel) {
  EXPECT_TRUE(told("i,i", {{1}, {1}}, {.sizes = {{"i", 3}}}).starts_with("label 'i' is 1 in operand 1 but 3 in sizes"));
  EXPECT_TRUE(told("i,i", {{1}, {2}}, {.sizes = {{"i", 3}}}).starts_with("label 'i' is 2 in operand 2 but 3 in sizes"));
  EXPECT_EQ(read("i,i->i", {{1}, {2}}, {.sizes = {{"i", 2}}}).contraction.output_shape(), Extents{2});
  EXPECT_EQ(read("i->ki", {{3}}, {.sizes = {{"k", 0}}}).contraction.output_shape(), (Extents{0, 3}));
}

TEST(Sizes, MayNotGiveOneLabelTwoExtents) {
  EXPECT_EQ(told("i->ij", {{3}}, {.sizes = {{"j", 4}, {"{j}", 5}}}),
            "sizes gives label 'j' two extents, 4 and 5\n    i->ij\n        ^\n  name a label once, with or without "
            "its braces");
  EXPECT_EQ(read("i->ij", {{3}}, {.sizes = {{"j", 4}, {"{j}", 4}}}).contraction.output_shape(), (Extents{3, 4}));
}

TEST(Shapes, AreNeverNegativeNorOverflow) {
  EXPECT_TRUE(told("ij->i", {{2, -1}}).starts_with("operand 1 has a negative extent"));
  EXPECT_TRUE(told("ij->i", {{kHuge, kHuge}}).starts_with("the extents of operand 1 multiply to more than 2^63 - 1"));
  EXPECT_TRUE(told("ijk->", {{0, kHuge, kHuge}}).starts_with("the extents of operand 1 multiply")) << "empty ones too";
  EXPECT_TRUE(told("i,j,k->ijk", {{0}, {kHuge}, {kHuge}}).starts_with("the extents of the output multiply"));
  EXPECT_TRUE(told("i->iik", {{kHuge}}, {.sizes = {{"k", 2}}}).starts_with("the extents of the output multiply"));
  EXPECT_EQ(read("i,j->", {{kHuge}, {kHuge}}).contraction.output_shape(), Extents{});
}

TEST(Stars, StandOnceAndLast) {
  EXPECT_TRUE(told("ij*k", {{2, 3, 4}}).starts_with("'*' inside a term"));
  EXPECT_TRUE(told("*ij", {{2, 3}}).starts_with("'*' inside a term"));
  EXPECT_TRUE(told("i*...", {{2, 3}}).starts_with("'*' inside a term"));
  EXPECT_TRUE(told("ij**", {{2, 3}}).starts_with("two '*' after one term"));
  EXPECT_TRUE(told("ij->ji*", {{2, 3}}).starts_with("'*' after the output"));
  EXPECT_TRUE(read("*", {{}}).contraction.inputs[0].conjugated) << "a scalar's term is empty";
}

TEST(Ellipses, HaveNamesThatNoLabelHas) {
  const std::vector<Extents> shapes{{2, 3, 4}};
  const Contraction c = read("...{...0}", shapes).contraction;
  EXPECT_EQ(c.extents.size(), 3u);
  EXPECT_EQ(read(c.equation(), shapes).contraction.canonical(), c.canonical()) << c.equation();
}

TEST(Roles, AreInTheOrderOfTheOutputThenOfFirstUse) {
  const Contraction c = read("abcpxyu,bacqxyv->qbcap", {{2, 3, 4, 5, 6, 7, 8}, {3, 2, 4, 9, 6, 7, 5}}).contraction;
  const Roles r = roles(c);
  const auto names = [&](const Labels& labels) {
    std::string out;
    for (const Label label : labels) out += c.name_of_label(label);
    return out;
  };
  EXPECT_EQ(names(r.batch), "bca");
  EXPECT_EQ(names(r.left), "p");
  EXPECT_EQ(names(r.right), "q");
  EXPECT_EQ(names(r.contracted), "xy");
  EXPECT_EQ(names(r.summed_left), "u");
  EXPECT_EQ(names(r.summed_right), "v");
}

}  // namespace
}  // namespace ricci
