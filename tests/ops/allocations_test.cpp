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

namespace {
thread_local std::int64_t taken = 0;
}

// Visible, so that the libraries call them too.
#pragma GCC visibility push(default)
extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);
void* malloc(std::size_t bytes) { return ++taken, __libc_malloc(bytes); }
void* calloc(std::size_t n, std::size_t bytes) { return ++taken, __libc_calloc(n, bytes); }
void* realloc(void* old, std::size_t bytes) { return ++taken, __libc_realloc(old, bytes); }
void* aligned_alloc(std::size_t alignment, std::size_t bytes) { return ++taken, __libc_memalign(alignment, bytes); }
int posix_memalign(void** out, std::size_t alignment, std::size_t bytes) {
  *out = aligned_alloc(alignment, bytes);
  return *out ? 0 : 12;  // ENOMEM
}
}
#pragma GCC visibility pop

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
    const EinsumOptions into{.out = &out};
    EXPECT_EQ(allocations([&] { chain(operands, into); }), 0) << n;
  }
}

}  // namespace
}  // namespace ricci

#endif
