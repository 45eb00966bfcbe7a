// Classes and rows as integers: checked here, since gather() would read a negative one from the end.
#pragma once

#include <optional>
#include <string_view>

#include "ricci/tensor/tensor.h"

namespace ricci::nn {

/// Throws IndexError naming `function` and the first value outside [0, count), which it calls a `noun`, other than
/// `ignored`; DTypeError for what are no integers.
void check_positions(const Tensor& positions, std::int64_t count, std::string_view function, std::string_view noun,
                     std::optional<std::int64_t> ignored = {});

}  // namespace ricci::nn
