// The instruction sets that kernels are compiled for; included before any header of Highway.
// SSSE3 and SSE4 machines run the baseline, AVX3_DL gains nothing over AVX3, and SVE vectors can't be
// kept in arrays of accumulators.
#pragma once

#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SSE4 | HWY_AVX3_DL | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128)
