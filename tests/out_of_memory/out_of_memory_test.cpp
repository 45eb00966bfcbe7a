// Every allocation fails once (of the later ones some, or with RICCI_EVERY_ALLOCATION=1 all): in each scenario the
// first, the second, ... until it runs through; again with all later ones failing too. What is promised each time: a
// typed error, nothing lost, operands and `out` as they were (a file old or absent), and the same call made again is
// right.
#include <gtest/gtest.h>

#include "ricci/base/sanitizers.h"

#if defined(__GLIBC__) && !RICCI_ADDRESS_SANITIZER && !RICCI_THREAD_SANITIZER

#include <cctype>
#include <cstdlib>
#include <new>
#include <optional>

#include "ricci/execute/plan_cache.h"
#include "ricci/tensor/memory.h"
#include "tests/out_of_memory/failing_allocations.h"
#include "tests/out_of_memory/scenarios.h"

namespace ricci {
namespace {

using namespace testing;

class EveryAllocation : public ::testing::TestWithParam<Scenario> {};

// On a thread of its own, which has prepared nothing before, and with an empty cache of plans. Not even the thread's
// first objects with destructors are made while memory is short: there glibc itself gives up
// (__cxa_thread_atexit_impl).
template <class F>
void run_fresh(F&& f) {
  execute::clear_cache();
  std::thread([&] {
    einsum("i,j,k->", ones({1}), ones({1}), ones({1}));
    f();
  }).join();
  execute::clear_cache();
  memory::empty_cache();
}

// What a call made: its result, its file and its targets.
std::string made(const Case& c, const std::string& result) {
  return result + (c.file.empty() ? "" : file_bytes(c.file)) + bytes_of(c.targets);
}

// Runs a case while nothing fails.
std::string outcome_of(const Case& c) {
  std::string bytes;
  c.reset();
  run_fresh([&] { bytes = bytes_of(c.run()); });
  return made(c, bytes);
}

// Runs a case with the n-th allocation failing; whether there was such a one.
bool fail_nth(const Case& c, std::int64_t n, FailingAllocation::Which which, const std::string& expected) {
  std::int64_t failures = 0;
  bool ran_through = false;
  std::string got, message = "out of memory";
  c.reset();
  const std::string untouched = bytes_of(c.untouched), before = made(c, "");
  const std::int64_t live = memory::live_bytes();
  run_fresh([&] {
    std::optional<Result> result;
    try {
      const FailingAllocation fault(n, which);
      result = c.run();
      ran_through = true;
    } catch (const Error& error) {
      message = error.what();
    } catch (const std::bad_alloc&) {
    }
    failures = FailingAllocation::failures();
    if (result) got = bytes_of(*result);
  });
  if (ran_through) {
    EXPECT_EQ(made(c, got), expected) << "done without the allocation, but the result differs";
  } else {
    EXPECT_EQ(made(c, ""), before) << "half-written";
    EXPECT_TRUE(message.find("memory") != std::string::npos || message.find("cap") != std::string::npos) << message;
  }
  c.reset();
  EXPECT_EQ(memory::live_bytes(), live);
  EXPECT_EQ(bytes_of(c.untouched), untouched);
  return failures > 0;
}

void fail_each(const Scenario& scenario, FailingAllocation::Which which) {
  const Case c = scenario.make();
  std::string expected;
  for (int warm = 0; warm < 3; ++warm) {  // what is kept from a first call on
    expected = outcome_of(c);
    bytes_of(c.untouched);
  }
  const std::int64_t blocks = FailingAllocation::live_blocks();
  // All of them where the environment says so (half a minute to two), some of the later ones otherwise.
  const std::int64_t step = std::getenv("RICCI_EVERY_ALLOCATION") ? 1 : 7;
  bool failed = true;
  std::int64_t n = 1;
  for (; failed; n += n < 60 ? 1 : step) {
    failed = fail_nth(c, n, which, expected);
    EXPECT_EQ(outcome_of(c), expected) << "the next call";
    EXPECT_LE(FailingAllocation::live_blocks(), blocks) << "blocks are lost";
    ASSERT_FALSE(::testing::Test::HasFailure()) << scenario.name << ", allocation " << n;
  }
  ::testing::Test::RecordProperty("allocations", std::to_string(n - 2));
}

TEST_P(EveryAllocation, FailsOnce) { fail_each(GetParam(), FailingAllocation::Which::only_that); }
TEST_P(EveryAllocation, FailsAndAllLaterOnesToo) { fail_each(GetParam(), FailingAllocation::Which::that_and_later); }

INSTANTIATE_TEST_SUITE_P(OutOfMemory, EveryAllocation, ::testing::ValuesIn(scenarios()), [](const auto& scenario) {
  std::string name = std::to_string(scenario.index) + "_";
  for (const char c : scenario.param.name) name += std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
  return name;
});

}  // namespace
}  // namespace ricci

#endif
