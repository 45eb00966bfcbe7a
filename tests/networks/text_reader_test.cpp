#include "ricci/networks/text_reader.h"

#include "tests/io/helpers.h"

namespace ricci::networks::test {
namespace {

using namespace io::test;

TEST(TextReader, CountsLinesAndColumnsFromOne) {
  const io::InputFile file = memory_file("ab  c\r\n\n  de\tf", "'t'");
  TextReader text(file);
  std::vector<std::tuple<std::string, std::int64_t, std::int64_t>> words;
  for (Token word = text.word(); !word.empty(); word = text.word())
    words.emplace_back(word.text, word.place.line, word.place.column);
  EXPECT_EQ(words, (decltype(words){{"ab", 1, 1}, {"c", 1, 5}, {"de", 3, 3}, {"f", 3, 6}}));
  EXPECT_TRUE(text.ended());
  EXPECT_EQ(text.peek(), '\0');
}

TEST(TextReader, WordsOfALineEndWithIt) {
  const io::InputFile file = memory_file("a b \n c");
  TextReader text(file);
  EXPECT_EQ(text.word_in_line().text, "a");
  EXPECT_EQ(text.word_in_line().text, "b");
  EXPECT_TRUE(text.word_in_line().empty());
  text.skip_line();
  EXPECT_EQ(text.word_in_line().text, "c");
}

TEST(TextReader, NumbersAreWholeOrRefusedWithTheirPlace) {
  const io::InputFile file = memory_file("7 -3 +1.5e1 1e400 nan 12x 99999999999999999999", "'n'");
  TextReader text(file);
  EXPECT_EQ(text.integer(text.word(), "a count"), 7);
  EXPECT_EQ(text.integer(text.word(), "a count", -3, 0), -3);
  EXPECT_EQ(text.number(text.word(), "a weight"), 15);
  EXPECT_HAS(message_of([&] { text.number(text.word(), "a weight"); }), "'n', line 1, column 13: a weight must be");
  EXPECT_HAS(message_of([&] { text.number(text.word(), "a weight"); }), "not 'nan'");
  EXPECT_HAS(message_of([&] { text.integer(text.word(), "a count"); }), "not '12x'");
  EXPECT_HAS(message_of([&] { text.integer(text.word(), "a count"); }), "whole number");
  EXPECT_HAS(message_of([&] { text.integer(text.word(), "a count"); }), "the file's end");
}

TEST(TextReader, RefusesWhatIsOutOfRange) {
  const io::InputFile file = memory_file("5");
  TextReader text(file);
  const Token word = text.word();
  EXPECT_HAS(message_of([&] { text.integer(word, "a bit", 0, 4); }), "is 5; it must lie from 0 to 4");
}

}  // namespace
}  // namespace ricci::networks::test
