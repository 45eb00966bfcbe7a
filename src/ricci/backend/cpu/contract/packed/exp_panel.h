// Exponentials of a packed panel: what turns the packed product into a log_sum_exp contraction.
#pragma once

#include <cstdint>

namespace ricci::cpu {

/// panel[p * width + line] = exp(panel[p * width + line] - shifts[line]) for p < k, where no value lies above its
/// shift; exponentials below the least normal number are 0. width is at most 64. T is float or double.
template <class T>
void exp_panel(T* panel, const T* shifts, int width, std::int64_t k);

}  // namespace ricci::cpu
