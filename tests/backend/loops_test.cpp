// Roles and strides folded into loops.
#include "ricci/backend/loops.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "ricci/algebra/parse.h"
#include "ricci/backend/backend.h"

namespace ricci {
namespace {

Contraction contraction_of(std::string_view equation, const std::vector<Tensor>& operands, ParseOptions options = {}) {
  std::vector<Extents> shapes;
  for (const Tensor& t : operands) shapes.push_back(Extents(t.shape().begin(), t.shape().end()));
  return parse(equation, shapes, {}, options).contraction;
}

Loops loops_of(std::string_view equation, const Tensor& a, const Tensor& b, ParseOptions options = {}) {
  const Contraction contraction = contraction_of(equation, {a, b}, options);
  const Extents shape = contraction.output_shape();
  return make_loops(contraction, a.strides(), b.strides(), contiguous_strides(shape));
}

Loops loops_of(std::string_view equation, const Tensor& a, ParseOptions options = {}) {
  const Contraction contraction = contraction_of(equation, {a}, options);
  const Extents shape = contraction.output_shape();
  return make_loops(contraction, a.strides(), contiguous_strides(shape));
}

TEST(Loops, MatrixProduct) {
  const Loops loops = loops_of("ij,jk->ik", empty({2, 3}), empty({3, 5}));
  EXPECT_EQ(loops.left, (Axes{{2, 3, 0, 5}}));
  EXPECT_EQ(loops.right, (Axes{{5, 0, 1, 1}}));
  EXPECT_EQ(loops.contracted, (Axes{{3, 1, 5, 0}}));
  EXPECT_TRUE(loops.batch.empty() && loops.broadcast.empty() && !loops.writes_diagonal);
}

TEST(Loops, AxesThatChainAreOne) {
  const Loops loops = loops_of("abxy,xycd->abcd", empty({2, 3, 5, 7}), empty({5, 7, 11, 13}));
  EXPECT_EQ(loops.left, (Axes{{6, 35, 0, 143}}));
  EXPECT_EQ(loops.right, (Axes{{143, 0, 1, 1}}));
  EXPECT_EQ(loops.contracted, (Axes{{35, 1, 143, 0}}));
}

TEST(Loops, ChainsAreFoundInAnyLabelOrder) {
  const Loops loops = loops_of("abcd->dabc", empty({2, 3, 5, 7}));
  EXPECT_EQ(loops.left, (Axes{{7, 1, 0, 30}, {30, 7, 0, 1}}));
  const Loops summed = loops_of("abcd->b", empty({2, 3, 5, 7}));
  EXPECT_EQ(summed.contracted, (Axes{{2, 105, 0, 0}, {35, 1, 0, 0}}));
}

TEST(Loops, ChainsOnlyWhereEveryOperandAgrees) {
  const Loops loops = loops_of("xyk,yxk->k", empty({2, 3, 5}), empty({3, 2, 5}));
  EXPECT_EQ(loops.contracted.size(), 2u);
  EXPECT_EQ(loops.batch, (Axes{{5, 1, 1, 1}}));
}

TEST(Loops, RepeatedLabelsHaveTheSumOfTheirStrides) {
  EXPECT_EQ(loops_of("ii->i", empty({3, 3})).left, (Axes{{3, 4, 0, 1}}));
  EXPECT_EQ(loops_of("iij->j", empty({3, 3, 5})).contracted, (Axes{{3, 20, 0, 0}}));
}

TEST(Loops, DiagonalOfTheResult) {
  const Loops loops = loops_of("i->ii", empty({3}));
  EXPECT_TRUE(loops.writes_diagonal);
  EXPECT_EQ(loops.left, (Axes{{3, 1, 0, 4}}));
  EXPECT_EQ(loops.whole, (Axes{{9, 0, 0, 1}}));
}

TEST(Loops, ExtentsOfOneVanishAndOfZeroStay) {
  const Loops one = loops_of("ij,jk->ik", empty({1, 3}), empty({3, 5}));
  EXPECT_TRUE(one.left.empty());
  const Loops none = loops_of("ij,jk->ik", empty({2, 0}), empty({0, 5}));
  ASSERT_EQ(none.contracted.size(), 1u);
  EXPECT_EQ(none.contracted[0].extent, 0);
  EXPECT_EQ(extent_of(none.contracted), 0);
}

TEST(Loops, BroadcastLabelsAreOfTheResultAlone) {
  const Loops loops = loops_of("i->ki", empty({3}), {.sizes = {{"k", 5}}});
  EXPECT_EQ(loops.broadcast, (Axes{{5, 0, 0, 3}}));
  EXPECT_EQ(loops.left, (Axes{{3, 1, 0, 1}}));
}

TEST(Loops, SummedLabelsStandStillInTheOtherOperand) {
  const Loops loops = loops_of("ij,k->i", empty({2, 3}), empty({5}));
  EXPECT_EQ(extent_of(loops.contracted), 15);
  for (const Axis& axis : loops.contracted) EXPECT_TRUE(axis.a == 0 || axis.b == 0);
}

TEST(Loops, NegativeStridesChainToo) {
  const Tensor base = empty({2, 3});
  const Tensor back = make_view(base, {2, 3}, {-3, -1}, 5);
  EXPECT_EQ(loops_of("ij->", back).contracted, (Axes{{6, -1, 0, 0}}));
}

// Every kind of label at once, through both backends, against sums written out here.
TEST(Loops, WholeStepsGiveTheContraction) {
  struct Case {
    std::string_view equation;
    Shape a, b;
  };
  for (const Case& one :
       {Case{"ij,jk->ik", {2, 3}, {3, 5}}, Case{"bij,bkj->bki", {2, 3, 5}, {2, 7, 5}},
        Case{"ii,ij->ji", {3, 3}, {3, 5}}, Case{"i,j->iji", {3}, {5}}, Case{"ij,kl->i", {2, 3}, {5, 7}},
        Case{"iij,jkk->ik", {2, 2, 3}, {3, 5, 5}}, Case{",ij->ji", {}, {2, 3}}, Case{"ij,j->i", {1, 3}, {3}}}) {
    Tensor a = empty(one.a, {.dtype = DType::f64}), b = empty(one.b, {.dtype = DType::f64});
    for (std::int64_t i = 0; i < a.numel(); ++i) a.data<double>()[i] = 1 + static_cast<double>(i * i % 17);
    for (std::int64_t i = 0; i < b.numel(); ++i) b.data<double>()[i] = 2 - static_cast<double>(i * 7 % 13);
    const Contraction contraction = contraction_of(one.equation, {a, b});
    const Extents shape = contraction.output_shape();
    Tensor want = empty(Shape(shape.begin(), shape.end()), {.dtype = DType::f64});
    std::fill_n(want.data<double>(), want.numel(), 0.0);
    std::vector<std::int64_t> index(contraction.extents.size(), 0);
    const auto offset = [&](const Labels& labels, const Strides& strides) {
      std::int64_t at = 0;
      for (std::size_t i = 0; i < labels.size(); ++i) at += index[static_cast<std::size_t>(labels[i])] * strides[i];
      return at;
    };
    const auto visit = [&](auto&& self, std::size_t label) -> void {
      if (label == index.size()) {
        want.data<double>()[offset(contraction.output, want.strides())] +=
            a.data<double>()[offset(contraction.inputs[0].labels, a.strides())] *
            b.data<double>()[offset(contraction.inputs[1].labels, b.strides())];
        return;
      }
      for (index[label] = 0; index[label] < contraction.extents[label]; ++index[label]) self(self, label + 1);
      index[label] = 0;
    };
    visit(visit, 0);
    for (const Backend* backend : {&cpu_backend(), &reference_backend()}) {
      Tensor c = empty(want.shape(), {.dtype = DType::f64});
      std::fill_n(c.data<double>(), c.numel(), std::nan(""));
      ContractStep step;
      step.loops = make_loops(contraction, a.strides(), b.strides(), c.strides());
      step.a = {a.raw_data(), DType::f64};
      step.b = {b.raw_data(), DType::f64};
      step.c = {c.raw_data(), DType::f64};
      backend->contract(step);
      for (std::int64_t i = 0; i < c.numel(); ++i)
        ASSERT_EQ(c.data<double>()[i], want.data<double>()[i]) << one.equation << " element " << i;
    }
  }
}

}  // namespace
}  // namespace ricci
