// UTF-8 as the standard has it, and which code points are letters, blanks, marks or wide.
#include "ricci/algebra/notation_text.h"

#include <gtest/gtest.h>

#include "ricci/algebra/parse.h"
#include "ricci/base/error.h"

namespace ricci::notation {
namespace {

std::string utf8(char32_t code) {
  const auto byte = [](char32_t bits) { return static_cast<char>(static_cast<unsigned char>(bits)); };
  if (code < 0x80) return {byte(code)};
  if (code < 0x800) return {byte(0xc0 | code >> 6), byte(0x80 | (code & 63))};
  if (code < 0x10000) return {byte(0xe0 | code >> 12), byte(0x80 | (code >> 6 & 63)), byte(0x80 | (code & 63))};
  return {byte(0xf0 | code >> 18), byte(0x80 | (code >> 12 & 63)), byte(0x80 | (code >> 6 & 63)),
          byte(0x80 | (code & 63))};
}

TEST(Utf8, EveryCodePointIsReadAsItself) {
  for (char32_t code = 0; code <= 0x10ffff; ++code) {
    if (code >= 0xd800 && code <= 0xdfff) continue;
    const std::string text = utf8(code);
    const CodePoint read = decode(text, 0);
    ASSERT_TRUE(read.valid && read.value == code && read.size == text.size()) << std::hex << std::uint32_t(code);
  }
}

TEST(Utf8, WhatItForbidsIsInvalidByteByByte) {
  for (const std::string_view text : {"\x80",
                                      "\xbf",
                                      "\xc0\x80",
                                      "\xc1\xbf",
                                      "\xe0\x80\x80",
                                      "\xe0\x9f\xbf",
                                      "\xed\xa0\x80",
                                      "\xed\xbf\xbf",
                                      "\xf0\x80\x80\x80",
                                      "\xf0\x8f\xbf\xbf",
                                      "\xf4\x90\x80\x80",
                                      "\xf7\xbf\xbf\xbf",
                                      "\xf8\x88\x80\x80\x80",
                                      "\xfe",
                                      "\xff",
                                      "\xc3",
                                      "\xe8\xa1",
                                      "\xf0\x9f\x98",
                                      "\xc3i",
                                      "\xe8\xa1i",
                                      "\xe8i\xa1"}) {
    const CodePoint read = decode(text, 0);
    EXPECT_FALSE(read.valid) << code_name(read);
    EXPECT_EQ(read.size, 1u);
  }
  EXPECT_EQ(count_code_points("i\xe8\xa1j\xe8\xa1\x8c"), 5u);
}

TEST(Letters, AreThoseOfAnyScript) {
  for (const char32_t letter : {U'a', U'Z', U'é', U'ß', U'α', U'Ω', U'ж', U'א', U'ع', U'ह', U'行', U'あ', U'한', U'ª'})
    EXPECT_TRUE(is_letter(letter)) << utf8(letter);
  for (const char32_t other : {U'0', U'_', U'@', U'[', U'`', U'{', U'×', U'²', U'→', U'∇', U'…', U'，', U'😀', U'\u0301',
                               U'\u200b', U'\u00a0', char32_t{0}, char32_t{0x7f}})
    EXPECT_FALSE(is_letter(other)) << utf8(other);
}

TEST(Blanks, OfEveryKindMayStandBetweenSigns) {
  const std::vector<Extents> shapes{{2, 3}, {3, 4}};
  const Contraction wanted = parse("ij,jk->ik", shapes).contraction;
  for (const char32_t blank : {U' ', U'\t', U'\n', U'\v', U'\f', U'\r', U'\u0085', U'\u00a0', U'\u1680', U'\u2000',
                               U'\u200a', U'\u2028', U'\u2029', U'\u202f', U'\u205f', U'\u3000'}) {
    const std::string b = utf8(blank);
    const std::string equation = concat(b, "i", b, "j", b, b, ",", b, "{", b, "j", b, "}k", b, "->", b, "ik", b);
    EXPECT_EQ(parse(equation, shapes).contraction, wanted) << std::hex << std::uint32_t(blank);
  }
  EXPECT_THROW(parse("i\xe2\x80\x8bj", std::vector<Extents>{{2, 3}}), EinsumError) << "zero width is no blank";
}

// opt_einsum.get_symbol(i).
char32_t generated_label(char32_t i) {
  if (i < 52) return U"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"[i];
  return i + 140;  // up to the surrogates
}

TEST(GeneratedLabels, AreAllCodePointsInTurn) {
  for (const char32_t count : {77u, 700u, 9000u, 55000u}) {
    std::string equation, first = utf8(generated_label(0)), last;
    std::vector<Sublist> sublists;
    for (char32_t i = 0; i + 1 < count; ++i) {
      last = utf8(generated_label(i + 1));
      equation += (i == 0 ? "" : ",") + utf8(generated_label(i)) + last;
      sublists.push_back({static_cast<int>(i), static_cast<int>(i + 1)});
    }
    const std::vector<Extents> shapes(sublists.size(), {2, 2});
    const Contraction read = parse(equation + "->" + first + last, shapes).contraction;
    const Contraction wanted = parse(sublists, Sublist{0, static_cast<int>(count - 1)}, shapes).contraction;
    EXPECT_TRUE(read.canonical() == wanted.canonical()) << std::uint32_t(count);
    EXPECT_TRUE(parse(read.equation(), shapes).contraction == read) << "as it is written";
  }
}

TEST(GeneratedLabels, OfAFewLettersAreFaults) {
  EXPECT_THROW(parse("a\xc3\x97,\xc3\x97"
                     "b->ab",
                     std::vector<Extents>{{2, 2}, {2, 2}}),
               EinsumError);
}

TEST(Width, IsWhatATerminalGives) {
  for (const char32_t one : {U'a', U'é', U'α', U'ж', U'ｱ', U'\u00ad'}) EXPECT_EQ(width(one), 1) << utf8(one);
  for (const char32_t two : {U'行', U'あ', U'한', U'Ａ', U'😀', U'\u3000', char32_t{0x20000}})
    EXPECT_EQ(width(two), 2) << utf8(two);
  for (const char32_t none : {U'\u0301', U'\u200d', U'\ufe0f', U'\u20d7'}) EXPECT_EQ(width(none), 0) << utf8(none);
}

TEST(Shown, IsOneLineOfBoundedLength) {
  EXPECT_EQ(shown("i\tj\n\x1b"), "i j \xef\xbf\xbd");
  EXPECT_EQ(shown(std::string(100, 'x'), 5), "xxxxx...");
  EXPECT_EQ(shown("列列列", 3), "列列列");
}

TEST(Trimmed, KeepsTheWholesPlaces) {
  const std::string_view text = "a \xe3\x80\x80 ij \t";
  EXPECT_EQ(trimmed(text, {1, text.size()}), (Span{6, 8}));
  EXPECT_EQ(trimmed(text, {1, 6}), (Span{6, 6})) << "nothing but blanks";
}

}  // namespace
}  // namespace ricci::notation
