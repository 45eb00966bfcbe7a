// The instruction sets that kernels are compiled for; included before any header of Highway.
// SSSE3 and SSE4 machines run the baseline, AVX3_DL gains nothing over AVX3, and SVE vectors can't be
// kept in arrays of accumulators.
// Where there are no vectors kernels are Highway's scalar ones, with every compiler: its emulated vectors (EMU128)
// round 16-bit floats otherwise and lose NaNs.
#pragma once

#define HWY_BROKEN_EMU128 1
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SSE4 | HWY_AVX3_DL | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128)
