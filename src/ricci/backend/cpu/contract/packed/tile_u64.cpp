#include <complex>
#include <cstdint>

#define RICCI_ELEMENT std::uint64_t
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ricci/backend/cpu/contract/packed/tile_u64.cpp"
#include "ricci/backend/cpu/simd/dispatch-inl.h"
