// Reads equations.txt, the table of equations that every door and every derivative is tested over.
// A line that is not as the head of that file says is a failure of the program, not a row left out.
#pragma once

#include <charconv>
#include <cstdint>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "ricci/base/small_vector.h"

namespace ricci::testing {

struct Row {
  std::string equation{};
  std::vector<SmallVector<std::int64_t, 8>> shapes{};
  std::map<std::string, std::int64_t> sizes{};
};

namespace table {

inline std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") + 1 - first);
}

/// The text before `sign`, which it takes off `rest` with the sign; all of it where there is no sign.
inline std::string_view take(std::string_view& rest, char sign) {
  const std::size_t at = rest.find(sign);
  const std::string_view taken = rest.substr(0, at);
  rest = at == rest.npos ? std::string_view() : rest.substr(at + 1);
  return taken;
}

inline std::int64_t number(std::string_view text) {
  const std::string_view digits = trimmed(text);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (digits.empty() || error != std::errc() || end != digits.data() + digits.size())
    throw std::runtime_error("no number: '" + std::string(text) + "'");
  return value;
}

/// "(2, 3) (4,) ()"
inline std::vector<SmallVector<std::int64_t, 8>> shapes(std::string_view text) {
  std::vector<SmallVector<std::int64_t, 8>> out;
  for (std::string_view rest = trimmed(text); !rest.empty(); rest = trimmed(rest)) {
    if (rest.front() != '(' || rest.find(')') == rest.npos) throw std::runtime_error("a shape is written as (2, 3)");
    rest.remove_prefix(1);
    std::string_view inside = trimmed(take(rest, ')'));
    out.emplace_back();
    while (!inside.empty()) out.back().push_back(number(take(inside, ',')));
  }
  return out;
}

/// "k=5 m=2"
inline std::map<std::string, std::int64_t> sizes(std::string_view text) {
  std::map<std::string, std::int64_t> out;
  for (std::string_view rest = trimmed(text); !rest.empty(); rest = trimmed(rest)) {
    std::string_view size = take(rest, ' ');
    const std::string_view name = take(size, '=');
    out.emplace(name, number(size));
  }
  return out;
}

}  // namespace table

/// All rows of a table, in order. Throws std::runtime_error with the line's number when it is damaged.
inline std::vector<Row> equations(const std::string& table_name = "tests/equations.txt") {
  std::ifstream file(RICCI_SOURCE_DIR "/" + table_name);
  if (!file) throw std::runtime_error(table_name + " can't be opened");
  std::vector<Row> rows;
  std::size_t count = 0;
  for (std::string line; std::getline(file, line);) {
    ++count;
    std::string_view rest = line;
    if (table::trimmed(rest).empty() || rest.front() == '#') continue;
    try {
      Row row;
      row.equation = table::trimmed(table::take(rest, '|'));
      row.shapes = table::shapes(table::take(rest, '|'));
      row.sizes = table::sizes(rest);
      if (row.shapes.empty()) throw std::runtime_error("a row has at least one operand");
      rows.push_back(std::move(row));
    } catch (const std::runtime_error& error) {
      throw std::runtime_error(table_name + ":" + std::to_string(count) + ": " + error.what());
    }
  }
  return rows;
}

}  // namespace ricci::testing
