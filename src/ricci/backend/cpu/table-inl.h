// Makes gemm_table<RICCI_ELEMENT>() for every instruction set. A file that defines RICCI_ELEMENT and
// HWY_TARGET_INCLUDE (its own name) includes this and nothing else.
#include "ricci/backend/cpu/targets.h"
// Highway wants this order.
// clang-format off
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on

#include "ricci/backend/cpu/pack-inl.h"
#include "ricci/backend/cpu/tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ricci::cpu::HWY_NAMESPACE {

namespace {

const GemmTable<RICCI_ELEMENT>* make_table() {
  using K = RICCI_ELEMENT;
  static constexpr GemmTable<K> table{HWY_TARGET, kTileRows,      kTileVectors<K> * lanes_of_vector<K>(),
                                      panel_rows, panel_lanes<K>, run_any_tile<K>,
                                      pack_any<K>};
  return &table;
}

}  // namespace

}  // namespace ricci::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ricci::cpu {

HWY_EXPORT(make_table);

template <>
const GemmTable<RICCI_ELEMENT>& gemm_table<RICCI_ELEMENT>() {
  return *HWY_DYNAMIC_DISPATCH(make_table)();
}

}  // namespace ricci::cpu
#endif
