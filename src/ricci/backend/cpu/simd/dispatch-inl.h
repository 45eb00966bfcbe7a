// Makes gemm_table<RICCI_ELEMENT>() for every instruction set. A file that defines RICCI_ELEMENT and
// HWY_TARGET_INCLUDE (its own name) includes this and nothing else.
#include "ricci/backend/cpu/simd/targets.h"
// Highway wants this order.
// clang-format off
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on

#include "ricci/backend/cpu/contract/packed/pack-inl.h"
#include "ricci/backend/cpu/contract/packed/tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ricci::cpu::HWY_NAMESPACE {

namespace {

template <Semiring S, class K>
constexpr GemmTable<K> kTable{HWY_TARGET,    kTileRows,           kTileVectors<K>* lanes_of_vector<K>(),
                              panel_rows<S>, panel_columns<S, K>, run_any_tile<S, K>,
                              pack_any<K>};

template <class K>
const GemmTable<K>* table_of(Semiring semiring) {
  return in_semiring<K>(semiring, []<Semiring S>() { return &kTable<S, K>; });
}

const GemmTable<RICCI_ELEMENT>* make_table(Semiring semiring) { return table_of<RICCI_ELEMENT>(semiring); }

}  // namespace

}  // namespace ricci::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ricci::cpu {

HWY_EXPORT(make_table);

template <>
const GemmTable<RICCI_ELEMENT>& gemm_table<RICCI_ELEMENT>(Semiring semiring) {
  return *HWY_DYNAMIC_DISPATCH(make_table)(semiring);
}

}  // namespace ricci::cpu
#endif
