// The algebra where whole numbers can't see it: conjugation flags, names and numbers of labels, the
// implicit output's order.
#include "ricci/algebra/contraction.h"

#include <gtest/gtest.h>

#include "ricci/algebra/parse.h"

namespace ricci {
namespace {

Contraction read(std::string_view equation, const std::vector<Extents>& shapes, DType dtype = DType::c64) {
  return parse(equation, shapes, std::vector<DType>(shapes.size(), dtype)).contraction;
}

// y = sum x_i ... : the gradient for x_i conjugates the others, unless x_i itself is conjugated.
TEST(Contraction, AdjointsConjugateTheOthers) {
  const std::vector<Extents> shapes{{2, 3}, {3, 4}, {4, 5}};
  EXPECT_EQ(read("ij,jk,kl->il", shapes).adjoint(0).equation(), "il,jk*,kl*->ij");
  EXPECT_EQ(read("ij,jk,kl->il", shapes).adjoint(1).equation(), "ij*,il,kl*->jk");
  EXPECT_EQ(read("ij*,jk,kl->il", shapes).adjoint(0).equation(), "il*,jk,kl->ij");
  EXPECT_EQ(read("ij*,jk,kl->il", shapes).adjoint(2).equation(), "ij,jk*,il->kl");
  EXPECT_EQ(read("ij*,jk*,kl->il", shapes).adjoint(1).equation(), "ij*,il*,kl->jk");
}

TEST(Contraction, SlicesNumberTheirLabelsWithoutAGap) {
  const Contraction c = read("ij,jk->ik", {{2, 3}, {3, 4}});
  const Contraction part = c.sliced(0);
  EXPECT_EQ(part.equation(), "j,jk->k");
  EXPECT_EQ(part.extents, (Extents{3, 4}));
  EXPECT_EQ(part.inputs[1].labels, (Labels{0, 1}));
  EXPECT_EQ(c.sliced(1).equation(), "i,k->ik");
}

TEST(Contraction, BatchesOfBatchesHaveNamesOfTheirOwn) {
  const Contraction c = read("{batch}i,i->{batch}", {{2, 3}, {3}});
  EXPECT_EQ(c.batched({true, false}, 5).batched({true, true}, 7).equation(),
            "{batch3}{batch2}{batch}i,{batch3}i->{batch3}{batch2}{batch}");
}

TEST(Contraction, ConjugationTellsComplexContractionsApartOnly) {
  const std::vector<Extents> shapes{{2, 3}, {3, 4}};
  EXPECT_NE(read("ij*,jk", shapes).key(), read("ij,jk", shapes).key());
  EXPECT_EQ(read("ij*,jk", shapes, DType::f64).key(), read("ij,jk", shapes, DType::f64).key());
}

TEST(Contraction, LabelsWithoutNamesGetLetters) {
  Contraction c;
  for (Label l = 0; l < 54; ++l) c.extents.push_back(1);
  c.inputs.push_back({.labels = {0, 25, 26, 51, 52}});
  c.output = {53};
  EXPECT_EQ(c.equation(), "azAZ{52}->{53}");
}

TEST(Parse, ImplicitOutputsAreInOrder) {
  EXPECT_EQ(read("ba", {{2, 3}}).equation(), "ba->ab");
  EXPECT_EQ(read("aB", {{2, 3}}).equation(), "aB->Ba");
  EXPECT_EQ(read("{q}{batch}éz", {{2, 3, 4, 5}}).equation(), "q{batch}éz->{batch}qzé");
  EXPECT_EQ(read("{10}a{9}", {{2, 3, 4}}).equation(), "{10}a{9}->{9}{10}a");
  EXPECT_EQ(read("b...a", {{2, 3, 4}}).equation(), "b{...0}a->{...0}ab");
}

TEST(Parse, OneLetterInBracesIsTheLetter) {
  EXPECT_EQ(read("{i}j,{ j }k->ik", {{2, 3}, {3, 4}}).equation(), "ij,jk->ik");
  EXPECT_EQ(parse("i->i{kk}", std::vector<Extents>{{2}}, {}, {.sizes = {{"{kk}", 5}}}).contraction.output_shape(),
            (Extents{2, 5}));
}

TEST(Parse, SqueezesTheAxesThatBroadcast) {
  const Parsed parsed = parse("...ij,jk,j", std::vector<Extents>{{1, 2, 1}, {3, 1}, {1}});
  EXPECT_EQ(parsed.squeezed[0], (SmallVector<int, 4>{2}));
  EXPECT_TRUE(parsed.squeezed[1].empty());
  EXPECT_EQ(parsed.squeezed[2], (SmallVector<int, 4>{0}));
  EXPECT_EQ(parsed.contraction.equation(), "{...0}i,jk,->{...0}ik");
}

TEST(Parse, PromotesAllOperands) {
  const std::vector<Extents> shapes{{}, {}, {}};
  EXPECT_EQ(parse(",,", shapes, std::vector<DType>{DType::i64, DType::f32, DType::b8}).contraction.dtype, DType::f32);
  EXPECT_EQ(parse(",,", shapes, std::vector<DType>{DType::f64, DType::c64, DType::u8}).contraction.dtype, DType::c128);
}

TEST(Parse, CountsTerms) {
  EXPECT_EQ(count_terms(""), 1u);
  EXPECT_EQ(count_terms("ij,,{a,b}*->"), 3u);
}

}  // namespace
}  // namespace ricci
