// What an error says.
#pragma once

#include <functional>
#include <string>

#include "ricci/base/error.h"

namespace ricci::testing {

inline std::string message(const std::function<void()>& f) {
  try {
    f();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace ricci::testing
