// SmallVector against std::vector under the same random calls, inside and past its own room.
#include "ricci/base/small_vector.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace ricci {
namespace {

using Strings = SmallVector<std::string, 3>;

void expect_same(const Strings& got, const std::vector<std::string>& want) {
  ASSERT_EQ(got.size(), want.size());
  ASSERT_TRUE(std::equal(got.begin(), got.end(), want.begin()));
}

TEST(SmallVector, BehavesAsAVector) {
  std::mt19937 random(1);
  Strings got;
  std::vector<std::string> want;
  for (int step = 0; step < 20000; ++step) {
    const std::string value = "a string too long to lie inside " + std::to_string(random() % 1000);
    const std::size_t at = want.empty() ? 0 : random() % want.size();
    switch (random() % 8) {
      case 0: got.push_back(value), want.push_back(value); break;
      case 1:
        got.insert(got.begin() + at, value), want.insert(want.begin() + static_cast<std::ptrdiff_t>(at), value);
        break;
      case 2:
        if (want.empty()) break;
        got.erase(got.begin() + at), want.erase(want.begin() + static_cast<std::ptrdiff_t>(at));
        break;
      case 3:
        if (want.empty()) break;
        got.pop_back(), want.pop_back();
        break;
      case 4: {
        const std::size_t n = random() % 9;
        got.resize(n, value), want.resize(n, value);
        break;
      }
      case 5: {
        Strings copy = got;
        got = std::move(copy);
        break;
      }
      case 6: {
        Strings other{"x", "y"};
        other = got;
        Strings moved(std::move(other));
        EXPECT_TRUE(other.empty());
        got = moved;
        break;
      }
      default:
        if (random() % 10 == 0) got.clear(), want.clear();
    }
    expect_same(got, want);
  }
}

TEST(SmallVector, HoldsWhatOnlyMoves) {
  SmallVector<std::unique_ptr<int>, 2> v;
  for (int i = 0; i < 9; ++i) v.push_back(std::make_unique<int>(i));
  SmallVector<std::unique_ptr<int>, 2> w = std::move(v);
  for (int i = 0; i < 9; ++i) EXPECT_EQ(*w[static_cast<std::size_t>(i)], i);
  w = SmallVector<std::unique_ptr<int>, 2>();
  EXPECT_TRUE(w.empty());
}

TEST(SmallVector, EqualityAndSearch) {
  const SmallVector<int, 4> a{3, 1, 2}, b{3, 1}, c{3, 1, 2};
  EXPECT_EQ(a, c);
  EXPECT_FALSE(a == b);
  EXPECT_EQ(find_index(a, 2), 2);
  EXPECT_EQ(find_index(a, 7), -1);
  EXPECT_TRUE(contains(a, 1));
}

}  // namespace
}  // namespace ricci
