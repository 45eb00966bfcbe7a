#include <gtest/gtest.h>

#include "ricci/plan/format.h"

namespace ricci::planning {
namespace {

TEST(Words, WidthsAndCuts) {
  EXPECT_EQ(display_width("ij"), 2u);
  EXPECT_EQ(display_width("\u884c\u5217"), 4u);
  EXPECT_EQ(display_width("e\u0301"), 1u);
  EXPECT_EQ(display_width("\xff\xfe"), 2u);
  EXPECT_EQ(display_width("\xe8\xa1"), 2u);
  EXPECT_EQ(shortened("abcdef", 6), "abcdef");
  EXPECT_EQ(shortened("abcdefg", 6), "abcde\u2026");
  EXPECT_EQ(shortened("\u884c\u5217\u884c", 4), "\u884c\u2026");
}

TEST(Words, NumbersBytesAndSeconds) {
  EXPECT_EQ(short_number(24), "24");
  EXPECT_EQ(short_number(1.5e9), "1.5e+09");
  EXPECT_EQ(bytes_in_words(0), "0 B");
  EXPECT_EQ(bytes_in_words(1536), "1.5 KiB");
  EXPECT_EQ(bytes_in_words(3.25 * (1 << 30)), "3.25 GiB");
  EXPECT_EQ(seconds_in_words(1.25e-6), "1.25 us");
  EXPECT_EQ(seconds_in_words(0), "0 ns");
  EXPECT_EQ(seconds_in_words(7200), "2 h");
}

}  // namespace
}  // namespace ricci::planning
