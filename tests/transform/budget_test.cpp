// Running out of bytes at every possible place: a typed error, nothing leaked, operands, `out` and
// gradients as they were.
#include <gtest/gtest.h>

#include <cstring>

#include "ricci/ops/create.h"
#include "ricci/ops/einsum.h"
#include "ricci/ops/elementwise.h"
#include "ricci/ops/index.h"
#include "ricci/ops/random.h"
#include "ricci/ops/reduce.h"
#include "ricci/ops/shape.h"
#include "ricci/ops/spellings.h"
#include "ricci/transform/backward.h"

namespace ricci {
namespace {

std::string bytes_of(const Tensor& t) {
  const Tensor dense = contiguous(t.detach());
  return std::string(static_cast<const char*>(dense.raw_data()), static_cast<std::size_t>(dense.nbytes()));
}

// Runs `work` under every cap from nothing to what it needs, in steps of 64 bytes or coarser.
void run_out_at_every_place(const std::function<void()>& work, const std::function<void()>& untouched) {
  const auto whole = make_ref<Account>();
  {
    const AccountScope scope(whole);
    work();
  }
  const std::int64_t need = whole->peak_bytes();
  const std::int64_t step = std::max<std::int64_t>(64, need / 200 / 64 * 64);
  int failures = 0;
  for (std::int64_t cap = 0; cap < need; cap += step) {
    const auto account = make_ref<Account>(cap);
    const std::int64_t before = memory::live_bytes();
    try {
      const AccountScope scope(account);
      work();
    } catch (const BudgetError& error) {
      ++failures;
      untouched();
      ASSERT_EQ(account->live_bytes(), 0) << "cap " << cap;
      ASSERT_EQ(memory::live_bytes(), before) << "cap " << cap;
    }
    ASSERT_LE(account->peak_bytes(), cap);
  }
  EXPECT_GT(failures, 3);
}

TEST(OutOfBytes, EinsumWithOutLeavesItAlone) {
  const Tensor a = randn({30, 40}, {.seed = 1}), b = randn({40, 50}, {.seed = 2}), c = randn({50, 20}, {.seed = 3});
  Tensor out = randn({30, 20}, {.seed = 4});
  const std::string before = bytes_of(out), operand = bytes_of(a);
  run_out_at_every_place(
      [&] {
        Tensor target = clone(out);
        einsum("ij,jk,kl->il", {a, b, c}, {.out = &target});
      },
      [&] {
        EXPECT_EQ(bytes_of(out), before);
        EXPECT_EQ(bytes_of(a), operand);
      });
}

TEST(OutOfBytes, BackwardCommitsAllGradientsOrNone) {
  const Tensor x = randn({20, 30}, {.seed = 1}), w = randn({30, 10}, {.seed = 2}), v = randn({10, 5}, {.seed = 3});
  run_out_at_every_place(
      [&] {
        const Tensor lx = x.detach().set_requires_grad(), lw = w.detach().set_requires_grad(),
                     lv = v.detach().set_requires_grad();
        const Tensor y = sum(tanh(einsum("ij,jk,kl->il", lx, lw, lv)) * 2);
        try {
          backward(y);
        } catch (const BudgetError&) {
          EXPECT_FALSE(lx.grad().defined() || lw.grad().defined() || lv.grad().defined());
          throw;
        }
      },
      [] {});
}

TEST(OutOfBytes, EveryKindOfFunction) {
  const Tensor x = rand({40, 30}, {.seed = 1}), index = tensor(std::vector<std::int64_t>{3, 1, 3, 0});
  run_out_at_every_place(
      [&] {
        const Tensor t = x.detach().set_requires_grad();
        const Tensor y =
            softmax(cat({take(t, index), slice(t, {Slice{.start = 0, .stop = 5}})}, 0)) + max(t) + logsumexp(t);
        backward(einsum("ij,ij->i", y, y));
      },
      [] {});
}

}  // namespace
}  // namespace ricci
