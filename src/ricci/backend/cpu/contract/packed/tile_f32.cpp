#include <complex>
#include <cstdint>

#define RICCI_ELEMENT float
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ricci/backend/cpu/contract/packed/tile_f32.cpp"
#include "ricci/backend/cpu/simd/dispatch-inl.h"
