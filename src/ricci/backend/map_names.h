// The names of the elementwise maps, for messages.
#pragma once

#include "ricci/backend/backend.h"

namespace ricci {

std::string_view name_of(Map map);

/// Throws DTypeError: `map` has no meaning for `dtype`.
[[noreturn]] void fail_map(Map map, DType dtype);

}  // namespace ricci
