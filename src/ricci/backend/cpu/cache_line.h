// Cache lines.
#pragma once

#include <cstdint>

namespace ricci::cpu {

inline constexpr std::int64_t kLineBytes = 64;

/// Elements of a line.
template <class T>
inline constexpr std::int64_t kLineOf = kLineBytes / static_cast<std::int64_t>(sizeof(T));

}  // namespace ricci::cpu
