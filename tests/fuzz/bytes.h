// The input of a fuzz target as numbers and text, and what a target holds of what it finds.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <string>

namespace ricci::fuzz {

/// Takes numbers from the front of the input; 0 when it is used up.
class Bytes {
 public:
  Bytes(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}
  std::size_t below(std::size_t n) {
    if (size_ == 0) return 0;
    --size_;
    return *data_++ % n;
  }
  bool flag() { return below(2) == 1; }
  template <class T, std::size_t N>
  const T& one_of(const T (&choices)[N]) {
    return choices[below(N)];
  }
  std::string rest() const { return {reinterpret_cast<const char*>(data_), size_}; }

 private:
  const std::uint8_t* data_;
  std::size_t size_;
};

/// Ends the program where something that always holds does not: a finding.
inline void require(bool holds, const std::string& what = "this should hold") {
  if (holds) return;
  std::fprintf(stderr, "fuzz: %s\n", what.c_str());
  std::abort();
}

}  // namespace ricci::fuzz
