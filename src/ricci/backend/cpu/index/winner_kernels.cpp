// Terms of adjacent results held against known values, in vectors.
#include "ricci/backend/cpu/simd/targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ricci/backend/cpu/index/winner_kernels.cpp"
// Highway wants this order.
// clang-format off
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on

#include "ricci/backend/cpu/index/winner.h"
#include "ricci/backend/cpu/simd/semiring-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ricci::cpu::HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

// `Count` vectors of results from `first` on. Backwards, so that of equal terms the first is written last.
template <int Count, Semiring S, bool Adjacent, class D, class T>
HWY_INLINE void scan(D d, const WinnerRun<T>& run, std::int64_t first, Position<T>* at) {
  const hn::Rebind<Position<T>, D> di;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  hn::Vec<D> y[Count];
  hn::Vec<decltype(di)> found[Count];
  for (int v = 0; v < Count; ++v) {
    y[v] = hn::LoadU(d, run.y + first + v * lanes);
    found[v] = hn::LoadU(di, at + first + v * lanes);
  }
  const T* a = run.a + (run.count - 1) * run.a_step + (Adjacent ? first : 0);
  const T* b = run.b + (run.count - 1) * run.b_step + first;
  for (std::int64_t k = run.count; k-- > 0; a -= run.a_step, b -= run.b_step) {
    const auto position = hn::Set(di, static_cast<Position<T>>(run.first + k));
    for (int v = 0; v < Count; ++v) {
      const auto x = Adjacent ? hn::LoadU(d, a + v * lanes) : hn::Set(d, *a);
      const auto other = hn::LoadU(d, b + v * lanes);
      const auto term = VectorRing<S>::multiply(x, other);
      found[v] = hn::IfThenElse(hn::RebindMask(di, hn::Eq(term, y[v])), position, found[v]);
    }
  }
  for (int v = 0; v < Count; ++v) hn::StoreU(found[v], di, at + first + v * lanes);
}

template <Semiring S, bool Adjacent, class T>
void scan_all(const WinnerRun<T>& run, Position<T>* at) {
  const hn::ScalableTag<T> d;
  const hn::CappedTag<T, 1> one;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  std::int64_t i = 0;
  for (; i + 4 * lanes <= run.n; i += 4 * lanes) scan<4, S, Adjacent>(d, run, i, at);
  for (; i + lanes <= run.n; i += lanes) scan<1, S, Adjacent>(d, run, i, at);
  if (i == run.n) return;
  if (i > 0)  // some results are scanned again, and found where they were
    scan<1, S, Adjacent>(d, run, run.n - lanes, at);
  else
    for (; i < run.n; ++i) scan<1, S, Adjacent>(one, run, i, at);
}

template <Semiring S, class T>
void scan_any(const WinnerRun<T>& run, Position<T>* at) {
  run.a_adjacent ? scan_all<S, true>(run, at) : scan_all<S, false>(run, at);
}

template <Semiring S, class... T>
constexpr std::tuple<WinnerLoop<T>...> kLoops{scan_any<S, T>...};

const WinnerLoops* find(Semiring semiring) {
  return in_semiring<float>(semiring, []<Semiring S>() -> const WinnerLoops* { return &kLoops<S, float, double>; });
}

}  // namespace
}  // namespace ricci::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ricci::cpu {

HWY_EXPORT(find);

const WinnerLoops& winner_loops(Semiring semiring) { return *HWY_DYNAMIC_DISPATCH(find)(semiring); }

}  // namespace ricci::cpu
#endif
