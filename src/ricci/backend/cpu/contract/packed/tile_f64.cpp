#include <complex>
#include <cstdint>

#define RICCI_ELEMENT double
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ricci/backend/cpu/contract/packed/tile_f64.cpp"
#include "ricci/backend/cpu/simd/dispatch-inl.h"
