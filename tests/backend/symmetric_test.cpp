// An operand contracted with itself: half computed, half copied, against the naive loop.
#include "ricci/backend/cpu/contract/symmetric.h"

#include "support.h"

namespace ricci::test {
namespace {

struct SelfProduct {
  ContractStep step;
  Buffer operand, c;

  // c[batch, i, j] = sum over k of x[batch, i, k] x[batch, j, k]; `left` may be several axes.
  SelfProduct(Random& random, std::int64_t batch, const std::vector<std::int64_t>& left, std::int64_t terms,
              DType dtype, bool conjugates, Layout layout) {
    std::vector<std::int64_t> read{batch}, written{batch}, from, to;
    read.insert(read.end(), left.begin(), left.end());
    read.push_back(terms);
    for (int side = 0; side < 2; ++side) written.insert(written.end(), left.begin(), left.end());
    operand = lay_out(random, read, dtype, layout, from);
    c = lay_out(random, written, dtype, layout, to);
    operand.randomize(random);
    Loops& loops = step.loops;
    loops.batch = {{batch, from[0], from[0], to[0]}};
    loops.contracted = {{terms, from.back(), from.back(), 0}};
    for (std::size_t i = 0; i < left.size(); ++i) {
      loops.left.push_back({left[i], from[1 + i], 0, to[1 + i]});
      loops.right.push_back({left[i], 0, from[1 + i], to[1 + left.size() + i]});
    }
    for (Axes* axes : {&loops.batch, &loops.left, &loops.right, &loops.contracted}) fold(*axes);
    step.a = {operand.data(), dtype, false};
    step.b = {operand.data(), dtype, conjugates};
  }

  Buffer run(const Backend& backend) {
    Buffer out = c;
    out.poison();
    step.c = {out.data(), out.dtype};
    backend.contract(step);
    return out;
  }
};

bool is_mirrored(const ContractStep& step) {
  KernelSlot slot;
  return cpu::make_symmetric(step, slot) != nullptr;
}

TEST(Symmetric, AsTheNaiveLoop) {
  Random random(51);
  for (const DType dtype : {DType::f32, DType::c128, DType::bf16, DType::i32})
    for (const Semiring semiring : {Semiring::sum_product, Semiring::max_plus})
      for (const auto& left : {std::vector<std::int64_t>{230}, std::vector<std::int64_t>{2, 192}})
        for (const Layout layout : {Layout::dense, Layout::permuted}) {
          if (semiring != Semiring::sum_product && is_complex(dtype)) continue;
          SelfProduct example(random, 2, left, 40, dtype, is_complex(dtype) && left.size() == 1, layout);
          example.step.semiring = semiring;
          // Several axes may fold otherwise on one side than on the other.
          const bool folds_alike = layout == Layout::dense || left.size() == 1;
          EXPECT_TRUE(is_mirrored(example.step) || !folds_alike);
          Buffer got = example.run(cpu_backend()), want = example.run(reference_backend());
          visit_dtype(dtype, [&]<class T>(Tag<T>) {
            for (std::int64_t i = 0; i < got.count(); ++i)
              ASSERT_LE(distance(got.as<T>()[i], want.as<T>()[i]), 100 * epsilon(dtype) * 40)
                  << name_of(dtype) << " element " << i;
          });
        }
}

TEST(Symmetric, OnlyWhatIsItsOwnMirror) {
  Random random(52);
  SelfProduct example(random, 1, {300}, 60, DType::c64, true, Layout::dense);
  EXPECT_TRUE(is_mirrored(example.step));
  ContractStep other = example.step;
  other.alpha = Scalar(std::complex<double>(0, 1));
  EXPECT_FALSE(is_mirrored(other)) << "times i it is not Hermitian";
  other = example.step;
  other.beta = 1;
  EXPECT_FALSE(is_mirrored(other)) << "what is added need not be symmetric";
  other = example.step;
  std::swap(other.loops.contracted[0].a, other.loops.left[0].a);
  EXPECT_FALSE(is_mirrored(other)) << "x times x, without a transpose";
}

// The kernel is made before it sees the data.
TEST(Symmetric, TwoOperandsThatLieAlikeAreTwo) {
  Random random(53);
  SelfProduct example(random, 2, {230}, 40, DType::f64, false, Layout::dense);
  Buffer second = example.operand;
  second.randomize(random);
  example.step.b.data = second.data();
  ASSERT_TRUE(is_mirrored(example.step));
  Buffer got = example.run(cpu_backend()), want = example.run(reference_backend());
  for (std::int64_t i = 0; i < got.count(); ++i)
    ASSERT_LE(distance(got.as<double>()[i], want.as<double>()[i]), 100 * epsilon(DType::f64) * 40) << "element " << i;
}

}  // namespace
}  // namespace ricci::test
