// Random equations in every float dtype and layout, values and gradients, against the naive sum in long double: errors
// stay within gamma_K of the contraction of absolute values. RICCI_CASES says how many equations are tried; the
// properties of the test's report have the largest shares of the bound.
#include <gtest/gtest.h>

#include <map>

#include "ricci/ops/einsum/plan.h"
#include "tests/cases.h"
#include "tests/close.h"
#include "tests/random_contractions.h"
#include "tests/random_operands.h"

namespace ricci {
namespace {

using test::below;
using test::Random;
using testing::Call;

constexpr DType kFloats[] = {DType::f32, DType::f64, DType::c64, DType::c128, DType::f16, DType::bf16};

// Extents of 0 and 1 among those that are neither.
void draw_extents(Contraction& c, std::size_t most, Random& random) {
  for (std::int64_t& extent : c.extents) {
    const std::size_t kind = below(random, 24);
    extent = kind == 0 ? 0 : kind < 5 ? 1 : 2 + static_cast<std::int64_t>(below(random, most - 1));
  }
}

// Up to 64 axes, nearly all of extent 1.
Contraction many_axes(Random& random) {
  Contraction c = test::random_network({.operands = 1 + below(random, 3), .labels = 64, .most_axes = 24}, random);
  if (below(random, 2) == 0) {
    c.inputs[0].labels.clear();
    for (Label label = 0; label < 64; ++label) c.inputs[0].labels.push_back(label);
  }
  for (std::int64_t& extent : c.extents) extent = below(random, 12) == 0 ? 2 : 1;
  return c;
}

Contraction random_contraction(Random& random) {
  if (below(random, 25) == 0) return many_axes(random);
  const bool large = below(random, 20) == 0;  // long enough for vectors and panels
  Contraction c = test::random_network({.operands = 1 + below(random, large ? 3 : 5),
                                        .labels = large ? std::size_t{3} : 6,
                                        .most_axes = large ? std::size_t{3} : 4,
                                        .broadcast = true,
                                        .repeats = !large},
                                       random);
  draw_extents(c, large ? 40 : 4, random);
  return c;
}

bool repeats(const Labels& labels) {
  for (std::size_t i = 0; i < labels.size(); ++i)
    if (find_index(labels, labels[i]) != static_cast<std::ptrdiff_t>(i)) return true;
  return false;
}

// Some axes of extent 1, which broadcast.
Call random_call(Random& random) {
  Contraction c = random_contraction(random);
  c.names.clear();
  for (Term& term : c.inputs) term.conjugated = below(random, 4) == 0;
  Call call = testing::call_of(std::move(c));
  for (std::size_t i = 0; i < call.shapes.size(); ++i)
    for (std::int64_t& extent : call.shapes[i])
      if (below(random, 10) == 0 && !repeats(call.contraction.inputs[i].labels)) extent = 1;
  return call;
}

double points(const Contraction& c) {
  double out = 1;
  for (const std::int64_t extent : c.extents) out *= static_cast<double>(std::max<std::int64_t>(extent, 1));
  return out;
}

class Rounding : public ::testing::Test {
 protected:
  void TearDown() override {
    for (const auto& [dtype, share] : worst_)
      RecordProperty(std::string(name_of(dtype)), std::to_string(static_cast<double>(share)));
  }

  void check(const Call& call, DType dtype, Random& random) {
    const Parsed parsed = parse(call.equation, std::vector<Extents>(call.shapes.begin(), call.shapes.end()),
                                std::vector<DType>(call.shapes.size(), dtype), {.sizes = call.sizes});
    std::vector<Tensor> operands, squeezed;
    for (std::size_t i = 0; i < call.shapes.size(); ++i) {
      const bool few = call.shapes[i].size() <= 8;  // gaps along each of many axes would be all of the memory
      const testing::Layout layout = testing::kLayouts[below(random, std::size(testing::kLayouts) - (few ? 0 : 1))];
      operands.push_back(testing::laid_out(testing::random_tensor(call.shapes[i], dtype, random.next()), layout));
      const SmallVector<std::int64_t, 8> axes(parsed.squeezed[i].begin(), parsed.squeezed[i].end());
      squeezed.push_back(squeeze(operands[i], axes));
    }
    const Tensor y = einsum(call.equation, operands, {.sizes = call.sizes});
    ASSERT_EQ(y.shape(), Shape(parsed.contraction.output_shape()));
    note(y, parsed.contraction, squeezed);
    if (below(random, 4) == 0) check_gradients(call, parsed.contraction, operands, squeezed, random);
  }

 private:
  void check_gradients(const Call& call, const Contraction& c, const std::vector<Tensor>& operands,
                       const std::vector<Tensor>& squeezed, Random& random) {
    const Plan p = plan(call.equation, call.shapes, {.dtype = c.dtype, .sizes = call.sizes});
    const Tensor seed = testing::random_tensor(c.output_shape(), c.dtype, random.next());
    const std::vector<Tensor> gradients = p.gradients(operands, seed).gradients;
    for (std::size_t i = 0; i < operands.size(); ++i) {
      std::vector<Tensor> in = squeezed;
      in[i] = seed;
      ASSERT_EQ(gradients[i].shape(), operands[i].shape());
      note(reshape(gradients[i], squeezed[i].shape()), c.adjoint(i), in);
    }
  }

  void note(const Tensor& y, const Contraction& c, const std::vector<Tensor>& operands) {
    const long double share = testing::worst_share(y, testing::naive_contraction(c, operands), operands.size());
    worst_[c.dtype] = std::max(worst_[c.dtype], share);
    EXPECT_LE(share, 1) << "of the bound in " << c.equation();
  }

  std::map<DType, long double> worst_;
};

TEST_F(Rounding, StaysWithinTheBound) {
  Random random(11);
  for (int round = 0, most = testing::cases(800); round < most; ++round) {
    const Call call = random_call(random);
    if (points(call.contraction) > 1e5) continue;
    for (const DType dtype : kFloats) {
      SCOPED_TRACE(concat(call.equation, " ", dtype, " round ", round));
      check(call, dtype, random);
      if (HasFailure()) return;
    }
  }
}

}  // namespace
}  // namespace ricci
