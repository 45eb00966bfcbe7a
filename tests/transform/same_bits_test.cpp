// Values and gradients have the same bits for any number of threads and however often they are computed, where the work
// is large enough to be cut. RICCI_CASES says how often.
#include <gtest/gtest.h>

#include "ricci/base/parallel.h"
#include "ricci/ops/einsum/einsum.h"
#include "ricci/transform/backward.h"
#include "tests/cases.h"
#include "tests/random_operands.h"

namespace ricci {
namespace {

struct Case {
  const char* equation;
  std::vector<Shape> shapes;
  std::vector<DType> dtypes;
  Semiring semiring = Semiring::sum_product;
  bool one_operand = false;  // for all
};

const std::vector<DType> kSome{DType::f32, DType::f64, DType::c64, DType::f16};

std::vector<Case> all_cases() {
  return {
      {"ij,jk->ik", {{157, 201}, {201, 139}}, {DType::f32, DType::f64, DType::c64, DType::f16, DType::i64}},
      {"ji,kj->ik", {{217, 64}, {300, 217}}, {DType::f32, DType::c128}},
      {"bij,bjk->bik", {{37, 21, 33}, {37, 33, 29}}, kSome},
      {"bij,bjk->bik", {{5000, 4, 4}, {5000, 4, 4}}, kSome},
      {"ij,kj->ik", {{200, 150}, {200, 150}}, {DType::f32, DType::c64}, Semiring::sum_product, true},
      {"i,i->", {{300'003}, {300'003}}, kSome},
      {"ki,kj->ij", {{60'000, 3}, {60'000, 5}}, {DType::f32, DType::c64}},
      {"ij,j->i", {{700, 800}, {800}}, {DType::f32, DType::f16}},
      {"ij,i->j", {{700, 800}, {700}}, {DType::f32, DType::f64}},
      {"ij->j", {{1000, 500}}, kSome},
      {"ijk->j", {{70, 80, 90}}, {DType::f32, DType::bf16}},
      {"ijk->kji", {{70, 80, 90}}, {DType::f32}},
      {"i,j->ij", {{700}, {800}}, {DType::f32}},
      {"ij,jk,kl,l->i", {{110, 130}, {130, 170}, {170, 90}, {90}}, {DType::f32, DType::bf16}},
      {"ij,jk->ik", {{90, 70}, {70, 80}}, {DType::f32, DType::f16}, Semiring::max_plus},
      {"ij,jk->ik", {{90, 70}, {70, 80}}, {DType::f64}, Semiring::min_plus},
      {"ij,jk,kl->il", {{60, 50}, {50, 70}, {70, 40}}, {DType::f32, DType::bf16}, Semiring::log_sum_exp},
      {"ij->i", {{300, 1000}}, {DType::f32}, Semiring::log_sum_exp},
  };
}

void append_bits(std::string& bits, const Tensor& t) {
  const Tensor whole = contiguous(t.detach());
  bits.append(static_cast<const char*>(whole.raw_data()), static_cast<std::size_t>(whole.nbytes()));
}

std::string bits_of(const Case& c, DType dtype) {
  std::vector<Tensor> xs;
  for (std::size_t i = 0; i < c.shapes.size(); ++i) {
    xs.push_back(c.one_operand && i > 0 ? xs[0] : testing::random_tensor(c.shapes[i], dtype, 70 + i));
    if (is_float(dtype)) xs.back().set_requires_grad();
  }
  std::string bits;
  const Tensor y = einsum(c.equation, xs, {.semiring = c.semiring});
  append_bits(bits, y);
  if (!is_float(dtype)) return bits;
  const Tensor seed = testing::random_tensor(y.shape(), dtype, 90);
  if (c.one_operand) xs.resize(1);
  for (const Tensor& gradient : grad(y, xs, {.gradient = seed})) append_bits(bits, gradient);
  return bits;
}

TEST(SameBits, ForAnyNumberOfThreadsAndEveryRun) {
  const int before = num_threads();
  for (const Case& c : all_cases())
    for (const DType dtype : c.dtypes) {
      SCOPED_TRACE(concat(c.equation, " ", dtype, " ", name_of(c.semiring)));
      set_num_threads(1);
      const std::string expected = bits_of(c, dtype);
      for (int again = 0, most = testing::cases(1); again < most; ++again)
        for (const int threads : {16, 8, 3, 2, 1}) {
          set_num_threads(threads);
          EXPECT_TRUE(bits_of(c, dtype) == expected) << threads << " threads, run " << again;
        }
    }
  set_num_threads(before);
}

}  // namespace
}  // namespace ricci
