#include "ricci/base/read_float.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string_view>

using ricci::read_float;

namespace {

struct Read {
  double value = -1;
  std::size_t length = 0;
  std::errc error = {};
};

Read read(std::string_view text) {
  Read out;
  const auto [at, error] = read_float(text.data(), text.data() + text.size(), out.value);
  out.length = static_cast<std::size_t>(at - text.data());
  out.error = error;
  return out;
}

void expect_read(std::string_view text, double value, std::size_t length) {
  const Read got = read(text);
  EXPECT_EQ(got.error, std::errc()) << text;
  EXPECT_EQ(got.value, value) << text;
  EXPECT_EQ(got.length, length) << text;
}

TEST(ReadFloat, ReadsTheLongestNumberInFront) {
  expect_read("0", 0, 1);
  expect_read("-0.5", -0.5, 4);
  expect_read(".25MiB", 0.25, 3);
  expect_read("1e3", 1000, 3);
  expect_read("1e", 1, 1);
  expect_read("12 ", 12, 2);
  expect_read("0x10", 0, 1);
  expect_read("1,5", 1, 1);
  expect_read("5e-324", 5e-324, 6);
  expect_read("0.1000000000000000055511151231257827", 0.1, 36);
  expect_read("-inf", -HUGE_VAL, 4);
  EXPECT_TRUE(std::isnan(read("nan").value));
}

TEST(ReadFloat, StopsAtTheEndThatItIsTold) { expect_read(std::string_view("1.75", 3), 1.7, 3); }

TEST(ReadFloat, RefusesWhatIsNoNumber) {
  for (const char* text : {"", "-", "+1", " 1", "x", ".", "e5", "-+1", "--1"}) {
    const Read got = read(text);
    EXPECT_EQ(got.error, std::errc::invalid_argument) << text;
    EXPECT_EQ(got.length, 0u) << text;
    EXPECT_EQ(got.value, -1) << text;
  }
}

TEST(ReadFloat, SaysWhatIsOutOfRange) {
  for (const char* text : {"1e999", "-1e999", "1e-999"}) {
    const Read got = read(text);
    EXPECT_EQ(got.error, std::errc::result_out_of_range) << text;
    EXPECT_EQ(got.value, -1) << text;
  }
}

TEST(ReadFloat, RoundsAFloatOnce) {
  const std::string_view text = "1.00000017881393432617187499";  // just below the middle of two floats
  float value = 0;
  read_float(text.data(), text.data() + text.size(), value);
  EXPECT_EQ(value, 0x1.000002p0F);
}

}  // namespace
