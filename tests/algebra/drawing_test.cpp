// The picture under an error: the equation on one line, carets in the columns a terminal gives its text.
#include <gtest/gtest.h>

#include <algorithm>

#include "ricci/algebra/fault.h"
#include "ricci/algebra/parse.h"

namespace ricci::notation {
namespace {

struct Drawn {
  std::string text, carets;
};

// The two lines without their indent; `carets` is empty where there is no second line.
Drawn drawn(std::string_view equation, const std::vector<Span>& marks, std::size_t primary = 0) {
  const std::string both = draw(equation, marks, primary);
  const std::size_t line = both.find('\n');
  EXPECT_TRUE(both.starts_with("    "));
  if (line == both.npos) return {both.substr(4), {}};
  EXPECT_EQ(both.substr(line + 1, 4), "    ");
  return {both.substr(4, line - 4), both.substr(line + 5)};
}

// The span of the n-th occurrence of `part`, from 0.
Span at(std::string_view text, std::string_view part, int n = 0) {
  std::size_t begin = text.find(part);
  while (n-- > 0) begin = text.find(part, begin + 1);
  return {begin, begin + part.size()};
}

TEST(Drawing, CaretsStandUnderEveryMark) {
  const Drawn d = drawn("ij,jk->ik", {{1, 2}, {3, 4}, {7, 9}});
  EXPECT_EQ(d.text, "ij,jk->ik");
  EXPECT_EQ(d.carets, " ^ ^   ^^");
}

TEST(Drawing, AnEmptyMarkIsOneCaretBeforeItsPlace) {
  EXPECT_EQ(drawn("i,->i", {{2, 2}}).carets, "  ^");
  EXPECT_EQ(drawn("i,", {{2, 2}}).carets, "  ^");
  EXPECT_EQ(drawn("", {{0, 0}}).carets, "^");
}

TEST(Drawing, WithoutMarksThereIsNoSecondLine) { EXPECT_EQ(draw("ij->ji", {}), "    ij->ji"); }

TEST(Drawing, WideLettersHaveTwoColumns) {
  const std::string_view text = "行i,列k";
  EXPECT_EQ(drawn(text, {at(text, "i")}).carets, "  ^");
  EXPECT_EQ(drawn(text, {at(text, "列")}).carets, "    ^^");
  EXPECT_EQ(drawn(text, {at(text, "k")}).carets, "      ^");
}

TEST(Drawing, HalfwidthAndFullwidthFormsDiffer) {
  EXPECT_EQ(drawn("ｱx", {at("ｱx", "x")}).carets, " ^");     // U+FF71, halfwidth
  EXPECT_EQ(drawn("Ａx", {at("Ａx", "x")}).carets, "  ^");  // U+FF21, fullwidth
}

TEST(Drawing, MarksOnLettersHaveNoColumn) {
  const std::string_view text = "e\xcc\x81x";
  EXPECT_EQ(drawn(text, {at(text, "x")}).carets, " ^");
  EXPECT_EQ(drawn(text, {at(text, "\xcc\x81")}).carets, "^") << "a mark is shown on the letter before it";
}

TEST(Drawing, NothingInTheTextLeavesTheLine) {
  const std::string_view text("i\nj\t\r\0\x7f\x1b[2Jk", 12);
  const Drawn d = drawn(text, {at(text, "k")});
  EXPECT_EQ(d.text, "i j  \xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd[2Jk");
  EXPECT_EQ(d.carets, "           ^");
}

TEST(Drawing, InvalidBytesAreOneColumnEach) {
  const std::string_view text = "i\xff\xfej";
  EXPECT_EQ(drawn(text, {at(text, "j")}).carets, "   ^");
  EXPECT_EQ(drawn("i\xe8\xa1", {{3, 3}}).carets, "   ^") << "a letter that is cut off";
}

// The carets of a cut text still stand under the same words.
TEST(Drawing, LongTextsAreCutToTheirMarks) {
  std::string text;
  for (int i = 0; i < 200; ++i) text += concat(i ? "," : "", "{a", i, "}{b", i, "}");
  for (const int from : {0, 3, 90, 198}) {
    for (const int to : {1, 4, 150, 199}) {
      const Span first = at(text, concat("{a", from, "}")), second = at(text, concat("{b", to, "}"));
      const Drawn d = drawn(text, {first, second});
      EXPECT_LT(d.text.size(), 160u);
      for (const Span span : {first, second}) {
        const std::string word = text.substr(span.begin, span.end - span.begin);
        const std::size_t column = d.text.find(word);
        ASSERT_NE(column, d.text.npos) << word << " in " << d.text;
        EXPECT_EQ(d.carets.substr(column, word.size()), std::string(word.size(), '^')) << d.text << "\n" << d.carets;
      }
      EXPECT_EQ(static_cast<std::size_t>(std::count(d.carets.begin(), d.carets.end(), '^')),
                first.end - first.begin + second.end - second.begin);
      EXPECT_EQ(d.text.starts_with("..."), !d.text.starts_with("{a0}{b0}")) << "what is left out is told";
      EXPECT_EQ(d.text.ends_with("..."), !d.text.ends_with("{a199}{b199}"));
    }
  }
}

TEST(Drawing, LongTextsOfWideLettersKeepTheirColumns) {
  std::string text;
  for (int i = 0; i < 300; ++i) text += i == 200 ? "x" : "列";
  const Drawn d = drawn(text, {at(text, "x")});
  ASSERT_TRUE(d.text.starts_with("...列") && d.text.ends_with("列..."));
  const std::size_t wide = (d.text.find('x') - 3) / std::string_view("列").size();
  EXPECT_EQ(d.carets, std::string(3 + 2 * wide, ' ') + "^");
}

TEST(Drawing, OfManyMarksTheFirstAndThePrimaryAreShown) {
  std::string text;
  std::vector<Span> marks;
  for (int i = 0; i < 5000; ++i) {
    text += std::string(60, 'a') + (i == 4000 ? "P" : "1");
    marks.push_back({text.size() - 1, text.size()});
  }
  const Drawn d = drawn(text, marks, 4000);
  EXPECT_LT(d.text.size(), 600u);
  for (const char sign : {'1', 'P'}) {
    ASSERT_NE(d.text.find(sign), d.text.npos) << sign;
    EXPECT_EQ(d.carets[d.text.find(sign)], '^') << sign;
  }
}

}  // namespace
}  // namespace ricci::notation
