// A call made again takes nothing from the heap: neither for the result, whose memory comes back from the one
// before, nor on the way to it. malloc itself is counted, which everything else ends in.
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>

#include "ricci/base/sanitizers.h"
#include "ricci/ops/create.h"
#include "ricci/ops/einsum/einsum.h"
#include "ricci/ops/einsum/plan.h"
#include "ricci/ops/random.h"

#if defined(__GLIBC__) && !RICCI_ADDRESS_SANITIZER && !RICCI_THREAD_SANITIZER

#include "tests/replaced_malloc.h"

namespace {
thread_local std::int64_t taken = 0;
}

bool ricci::testing::allows_allocation() { return ++taken, true; }
void ricci::testing::note_taken(const void*) {}
void ricci::testing::note_freed(const void*) {}

namespace ricci {
namespace {

// Allocations of one call after it has been made a few times.
template <class F>
std::int64_t allocations(F&& call) {
  for (int again = 0; again < 3; ++again) call();
  const std::int64_t before = taken;
  call();
  return taken - before;
}

TEST(Allocations, AreCounted) {
  std::int64_t n = 1;
  EXPECT_GT(allocations([&] { einsum("i,j->ij", zeros({++n}), zeros({3})); }), 0) << "another shape is planned anew";
}

TEST(Allocations, NoneForACallMadeAgain) {
  for (const std::int64_t n : {1, 4, 16, 64}) {  // results inside a storage, and in blocks of the pool
    const Tensor a = randn({n, n}), b = randn({n, n});
    EXPECT_EQ(allocations([&] { einsum("ij,jk->ik", a, b); }), 0) << n;
    EXPECT_EQ(allocations([&] { einsum("ij,kj->ik", a, b); }), 0) << n;
    EXPECT_EQ(allocations([&] { einsum("ij,ij->i", a, b); }), 0) << n;
    EXPECT_EQ(allocations([&] { einsum("ij->j", a); }), 0) << n;
    EXPECT_EQ(allocations([&] { einsum("ij->ji", a); }), 0) << n << ": a view";
  }
}

TEST(Allocations, NoneForAKeptPlan) {
  for (const std::int64_t n : {4, 32}) {
    const Tensor a = randn({n, n}), b = randn({n, n}), c = randn({n, n}), d = randn({n, n});
    const Plan chain = plan("ij,jk,kl,lm->im", {a.shape(), b.shape(), c.shape(), d.shape()});
    EXPECT_EQ(allocations([&] { chain(a, b, c, d); }), 0) << n;
    Tensor out = randn({n, n});
    const Tensor operands[] = {a, b, c, d};
    const RunOptions into{.out = &out};
    EXPECT_EQ(allocations([&] { chain(operands, into); }), 0) << n;
  }
}

}  // namespace
}  // namespace ricci

#endif
