// Sets of up to 64 * W small numbers, and the product of a weight over a set by table look-up.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <vector>

namespace ricci::path {

template <std::size_t W>
struct Bits {
  std::array<std::uint64_t, W> words{};

  void set(std::size_t i) { words[i / 64] |= std::uint64_t{1} << (i % 64); }
  void reset(std::size_t i) { words[i / 64] &= ~(std::uint64_t{1} << (i % 64)); }
  friend Bits operator|(Bits a, const Bits& b) {
    for (std::size_t w = 0; w < W; ++w) a.words[w] |= b.words[w];
    return a;
  }
  friend Bits operator&(Bits a, const Bits& b) {
    for (std::size_t w = 0; w < W; ++w) a.words[w] &= b.words[w];
    return a;
  }
  /// Calls f(i) for every member, ascending.
  template <class F>
  void for_each(F&& f) const {
    for (std::size_t w = 0; w < W; ++w) {
      for (std::uint64_t left = words[w]; left != 0; left &= left - 1) {
        f(64 * w + static_cast<std::size_t>(std::countr_zero(left)));
      }
    }
  }
};

/// The product of weights over a Bits, eight members at a time.
class WeightTable {
 public:
  explicit WeightTable(const std::vector<double>& weights) : bytes_((weights.size() + 7) / 8) {
    for (std::size_t byte = 0; byte < bytes_.size(); ++byte) {
      bytes_[byte][0] = 1;
      for (std::size_t set = 1; set < 256; ++set) {
        const std::size_t member = 8 * byte + static_cast<std::size_t>(std::countr_zero(set));
        bytes_[byte][set] = bytes_[byte][set & (set - 1)] * (member < weights.size() ? weights[member] : 1);
      }
    }
  }

  template <std::size_t W>
  double product(const Bits<W>& set) const {
    double out = 1;
    for (std::size_t byte = 0; byte < bytes_.size(); ++byte) {
      out *= bytes_[byte][(set.words[byte / 8] >> (8 * (byte % 8))) & 255];
    }
    return out;
  }

 private:
  std::vector<std::array<double, 256>> bytes_;
};

}  // namespace ricci::path
