#include <complex>
#include <cstdint>

#define RICCI_ELEMENT std::uint32_t
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ricci/backend/cpu/contract/packed/tile_u32.cpp"
#include "ricci/backend/cpu/simd/dispatch-inl.h"
