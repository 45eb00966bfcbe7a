#include "ricci/algebra/written.h"

#include <algorithm>

namespace ricci::notation {
namespace {

// A number as to_string() would print it: "0", "12", "-3", never "007".
bool is_whole_number(std::string_view name) {
  if (name.starts_with('-')) return name.size() > 1 && name[1] >= '1' && is_whole_number(name.substr(1));
  return !name.empty() && (name[0] != '0' || name.size() == 1) &&
         std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_less_number(std::string_view a, std::string_view b) {
  const bool negative = a.starts_with('-');
  if (negative != b.starts_with('-')) return negative;
  if (negative) return is_less_number(b.substr(1), a.substr(1));
  return a.size() != b.size() ? a.size() < b.size() : a < b;
}

// A letter, or a blank among generated labels (scanner.h), which braces can't hold.
bool stands_alone(std::string_view name) {
  if (name.empty()) return false;
  const CodePoint code = decode(name, 0);
  return code.valid && code.size == name.size() && (is_letter(code.value) || is_blank(code.value));
}

}  // namespace

Label Names::number(std::string_view name) {
  const auto found = numbers_.find(name);
  if (found != numbers_.end()) return found->second;
  const auto label = static_cast<Label>(names_.size());
  names_.emplace_back(name);
  numbers_.emplace(name, label);
  return label;
}

std::optional<Label> Names::find(std::string_view name) const {
  const auto found = numbers_.find(name);
  if (found == numbers_.end()) return std::nullopt;
  return found->second;
}

std::string in_braces(std::string_view name) {
  return stands_alone(name) ? std::string(name) : "{" + std::string(name) + "}";
}

std::string_view without_braces(std::string_view name) {
  const bool braced = name.size() > 2 && name.front() == '{' && name.back() == '}';
  return braced ? name.substr(1, name.size() - 2) : name;
}

bool comes_before(std::string_view name, std::string_view other) {
  const bool number = is_whole_number(name), other_number = is_whole_number(other);
  if (number && other_number) return is_less_number(name, other);
  return number != other_number ? number : name < other;
}

}  // namespace ricci::notation
