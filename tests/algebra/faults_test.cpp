// What wrong calls are told, word for word, with the parts that the error carries.
#include <gtest/gtest.h>

#include "ricci/algebra/parse.h"
#include "ricci/base/error.h"

namespace ricci {
namespace {

struct Told {
  std::string text, label;
  int operand = -1;
  std::ptrdiff_t position = -1;
};

template <class E = EinsumError, class F>
Told told(F&& call) {
  try {
    call();
  } catch (const E& error) {
    return {error.what(), error.label(), error.operand(), error.position()};
  }
  ADD_FAILURE() << "nothing was thrown";
  return {};
}

Told told(std::string_view equation, const std::vector<Extents>& shapes, const ParseOptions& options = {}) {
  return told([&] { parse(equation, shapes, {}, options); });
}

void expect(const Told& got, std::string_view text, int operand, std::string_view label, std::ptrdiff_t position) {
  EXPECT_EQ(got.text, text);
  EXPECT_EQ(got.operand, operand);
  EXPECT_EQ(got.label, label);
  EXPECT_EQ(got.position, position);
}

TEST(Faults, SizeMismatch) {
  expect(told("ij,jk->ik", {{2, 3}, {4, 5}}), R"(label 'j' is 3 in operand 1 but 4 in operand 2
    ij,jk->ik
     ^ ^
  operand 1: shape (2, 3), j = 3   (first bound here)
  operand 2: shape (4, 5), j = 4
  to multiply along equal axes only, check the shapes; size 1 would broadcast)",
         1, "j", 3);
}

TEST(Faults, SizeMismatchBoundBehindAOne) {
  expect(told("aj,bj,cj", {{2, 1}, {3, 5}, {4, 6}}), R"(label 'j' is 5 in operand 2 but 6 in operand 3
    aj,bj,cj
        ^  ^
  operand 2: shape (3, 5), j = 5   (first bound here)
  operand 3: shape (4, 6), j = 6
  to multiply along equal axes only, check the shapes; size 1 would broadcast)",
         2, "j", 7);
}

TEST(Faults, StrictSizes) {
  expect(told("ij,ij", {{2, 3}, {1, 3}}, {.sizes = {}, .strict = true}),
         R"(label 'i' is 2 in operand 1 but 1 in operand 2
    ij,ij
    ^  ^
  operand 1: shape (2, 3), i = 2   (first bound here)
  operand 2: shape (1, 3), i = 1
  to multiply along equal axes only, check the shapes; strict lets no size 1 broadcast)",
         1, "i", 3);
}

TEST(Faults, TooFewOperands) {
  expect(told("ij,jk,kl->il", {{2, 3}, {3, 4}}), R"(the equation has 3 terms but 2 operands were given
    ij,jk,kl->il
          ^^
  operand 1: shape (2, 3)
  operand 2: shape (3, 4)
  give one operand for each term; a scalar's term is empty)",
         2, "", 6);
}

TEST(Faults, TooManyOperands) {
  expect(told("ij->ji", {{2, 3}, {3, 4}}), R"(the equation has 1 term but 2 operands were given
    ij->ji
      ^
  operand 1: shape (2, 3)
  operand 2: shape (3, 4)
  write one term for each operand, parted by ','; a scalar's term is empty)",
         1, "", 2);
}

TEST(Faults, NoOperands) {
  expect(told("i,j", {}), R"(the equation has 2 terms but no operands were given
    i,j
    ^ ^
  give one operand for each term; a scalar's term is empty)",
         0, "", 0);
}

TEST(Faults, TooFewLabels) {
  expect(told("ij,jk->ik", {{2, 3}, {3, 4, 5}}), R"(operand 2 has 3 axes but its term 'jk' has 2 labels
    ij,jk->ik
       ^^
  operand 2: shape (3, 4, 5)
  write one label for each axis, or '...' for the axes without names)",
         1, "", 3);
}

TEST(Faults, TooManyLabels) {
  expect(told("...ij,jk->ik", {{2}, {3, 4}}), R"(operand 1 has 1 axis but its term '...ij' has 2 labels beside the '...'
    ...ij,jk->ik
    ^^^^^
  operand 1: shape (2,)
  drop labels, or give the operand more axes; extent 1 broadcasts)",
         0, "", 0);
}

TEST(Faults, AnEmptyTermForAMatrix) {
  expect(told("i,->i", {{2}, {3, 4}}), R"(operand 2 has 2 axes but its term has no label
    i,->i
      ^
  operand 2: shape (3, 4)
  write one label for each axis, or '...' for the axes without names)",
         1, "", 2);
}

TEST(Faults, UnequalDiagonal) {
  expect(told("k,iji->j", {{5}, {2, 4, 3}}), R"(label 'i' is 2 and 3 in operand 2
    k,iji->j
      ^ ^
  operand 2: shape (2, 4, 3), i = 2 and 3
  a diagonal needs equal axes: check the shape, or use two labels)",
         1, "i", 2);
}

TEST(Faults, HalfAnArrow) {
  expect(told("ij-ji", {{2, 3}}), R"('-' without '>'
    ij-ji
      ^
  write '->' between the operands' terms and the output)",
         -1, "", 2);
}

TEST(Faults, TheShellTookTheArrow) {
  expect(told("ij,jk-", {{2, 3}, {3, 4}}), R"(the equation ends in '-'
    ij,jk-
         ^
  a shell takes an unquoted '>' for itself: quote the equation, as 'ij,jk->ik')",
         -1, "", 5);
}

TEST(Faults, TwoArrows) {
  expect(told("ij->jk->ik", {{2, 3}}), R"(the equation has 2 arrows
    ij->jk->ik
      ^^  ^^
  write one '->', between the operands' terms and the output)",
         -1, "", 6);
}

TEST(Faults, ASign) {
  expect(told("i#,#k->ik", {{2, 3}, {3, 4}}), R"('#' is not a letter
    i#,#k->ik
     ^ ^
  a label is one letter or digit, or a name in braces, as {x1})",
         -1, "", 1);
}

TEST(Faults, BytesThatAreNoText) {
  expect(told("i\xff", {{2, 3}}), "byte 0xFF is not UTF-8\n    i\xef\xbf\xbd\n     ^\n  an equation is UTF-8 text", -1,
         "", 1);
  expect(told(std::string_view("i\0", 2), {{2, 3}}),
         "the control character U+0000 is not a letter\n    i\xef\xbf\xbd\n     ^\n"
         "  a label is one letter or digit, or a name in braces, as {x1}",
         -1, "", 1);
}

TEST(Faults, TwoEllipses) {
  expect(told("i...j...,jk->ik", {{2, 3}, {3, 4}}), R"(the term 'i...j...' has 2 ellipses
    i...j...,jk->ik
     ^^^ ^^^
  write '...' once in a term, and give the other axes labels)",
         0, "", 5);
}

TEST(Faults, EllipsesThatDoNotBroadcast) {
  expect(told("...ij,...jk->...ik", {{3, 2, 5}, {4, 5, 6}}),
         R"(the axes under '...' do not broadcast: 3 in operand 1 but 4 in operand 2
    ...ij,...jk->...ik
    ^^^   ^^^
  operand 1: shape (3, 2, 5), '...' = (3,)   (first bound here)
  operand 2: shape (4, 5, 6), '...' = (4,)
  ellipses align at their last axes, which must be equal, or 1)",
         1, "...", 6);
}

TEST(Faults, UnknownOutputLabel) {
  expect(told("ij,j->ik", {{2, 3}, {3}}), R"(label 'k' is in the output but in no operand
    ij,j->ik
           ^
  operand 1: shape (2, 3)
  operand 2: shape (3,)
  give its extent to broadcast along it, as sizes={'k': 5}, or drop it)",
         -1, "k", 7);
}

TEST(Faults, CaretsCountColumns) {
  expect(told("行列,列k->行k", {{2, 3}, {4, 5}}), R"(label '列' is 3 in operand 1 but 4 in operand 2
    行列,列k->行k
      ^^ ^^
  operand 1: shape (2, 3), 列 = 3   (first bound here)
  operand 2: shape (4, 5), 列 = 4
  to multiply along equal axes only, check the shapes; size 1 would broadcast)",
         1, "列", 3);
}

TEST(Faults, SublistsArePointedIntoAsEquations) {
  const std::vector<Sublist> terms{{0, "batch"}, {"batch", 2}};
  const std::vector<Extents> shapes{{2, 3}, {4, 5}};
  expect(told([&] { parse(terms, std::nullopt, shapes); }), R"(label '{batch}' is 3 in operand 1 but 4 in operand 2
    {0}{batch},{batch}{2}
       ^^^^^^^ ^^^^^^^
  operand 1: shape (2, 3), {batch} = 3   (first bound here)
  operand 2: shape (4, 5), {batch} = 4
  to multiply along equal axes only, check the shapes; size 1 would broadcast)",
         1, "batch", 11);
}

TEST(Faults, ComplexNumbersHaveNoOrder) {
  const std::vector<Extents> shapes{{2}, {3}};
  const std::vector<DType> dtypes{DType::f32, DType::c64};
  expect(told<DTypeError>([&] { parse("i,j->", shapes, dtypes, {.sizes = {}, .semiring = Semiring::max_plus}); }),
         R"(semiring 'max_plus' needs real numbers, but operand 2 is complex64
    i,j->
      ^
  operand 2: shape (3,), complex64
  take its real part or its absolute value first, or use 'sum_product')",
         1, "", 2);
}

TEST(Faults, OutputsThatOverflow) {
  const std::int64_t big = std::int64_t{1} << 32;
  EXPECT_TRUE(
      told("i,j->ij", {{big}, {big}}).text.starts_with("the extents of the output multiply to more than 2^63 - 1"));
  EXPECT_TRUE(told("i,j,k->ijk", {{big}, {big}, {0}}).text.starts_with("the extents of the output multiply"));
  EXPECT_NO_THROW(parse("i,j->i", std::vector<Extents>{{big}, {big}}));
}

TEST(Faults, SizesThatDoNotFit) {
  EXPECT_TRUE(
      told("i->ik", {{2}}, {.sizes = {{"q", 3}, {"k", 4}}}).text.starts_with("sizes has 'q', which is no label"));
  EXPECT_TRUE(told("i->ik", {{2}}, {.sizes = {{"k", -1}}}).text.starts_with("sizes gives label 'k' the extent -1"));
  EXPECT_TRUE(
      told("i->i", {{2}}, {.sizes = {{"i", 3}}}).text.starts_with("label 'i' is 2 in operand 1 but 3 in sizes"));
}

}  // namespace
}  // namespace ricci
