// How many random cases a test tries: few by default, RICCI_CASES where that is set.
#pragma once

#include <cstdlib>

namespace ricci::testing {

inline int cases(int by_default) {
  const char* asked = std::getenv("RICCI_CASES");
  return asked ? std::atoi(asked) : by_default;
}

}  // namespace ricci::testing
