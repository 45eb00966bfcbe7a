// What tables of formats share: rows with a `suffix` (".npy") and `contents` ("one array"; "" says nothing), found by
// a file's name and listed in messages in their order.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ricci/base/error.h"

namespace ricci::io {

/// The row whose suffix the name ends in, or null.
template <class Row>
const Row* find_by_suffix(std::span<const Row> rows, std::string_view path) {
  for (const Row& row : rows)
    if (path.ends_with(row.suffix)) return &row;
  return nullptr;
}

/// "a, b or c", for last = " or ".
RICCI_API std::string joined(std::span<const std::string> words, std::string_view last);

/// ".npz or .safetensors": the suffixes of the rows that have a property, such as &Format::several.
template <class Row, class Property>
std::string suffixes_with(std::span<const Row> rows, Property&& property, std::string_view last) {
  std::vector<std::string> words;
  for (const Row& row : rows)
    if (std::invoke(property, row)) words.emplace_back(row.suffix);
  return joined(words, last);
}

/// ".npy, .npz, .safetensors": all of them.
template <class Row>
std::string suffixes(std::span<const Row> rows, std::string_view last = ", ") {
  return suffixes_with(
      rows, [](const Row&) { return true; }, last);
}

/// "known: .npy (one array), ...": what an error says of a suffix that no row has.
template <class Row>
std::string known_suffixes(std::span<const Row> rows) {
  std::vector<std::string> words;
  for (const Row& row : rows)
    words.push_back(concat(row.suffix, row.contents.empty() ? "" : concat(" (", row.contents, ")")));
  return concat("known: ", joined(words, ", "));
}

}  // namespace ricci::io
