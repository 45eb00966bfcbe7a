// Which term is the extreme of a contraction, by its definition.
#include "ricci/backend/element.h"
#include "ricci/backend/reference/reference.h"
#include "ricci/backend/walk.h"

namespace ricci::reference {
namespace {

template <Semiring S, class T>
void winner_as(const WinnerStep& step) {
  using W = accumulator<T>;
  const auto *a = static_cast<const T*>(step.a), *b = static_cast<const T*>(step.b);
  const std::int64_t terms = extent_of(step.contracted);
  walk(step.kept, {}, [&](Offsets at) {
    const W y = static_cast<const W*>(step.y)[at.c];
    for (std::int64_t i = 0; i < terms; ++i) {
      const Offsets o = offsets_at(step.contracted, i);
      const W term =
          element::Ring<S, W>::multiply(element::convert<W>(a[at.a + o.a]), element::convert<W>(b[at.b + o.b]));
      if (term != y && !(element::is_nan(term) && element::is_nan(y))) continue;
      step.at[at.c] = i;
      return;
    }
    step.at[at.c] = 0;
  });
}

}  // namespace

void winner(const WinnerStep& step) {
  visit_dtype(step.dtype, [&]<class T>(Tag<T>) {
    element::visit_semiring(step.semiring, [&]<Semiring S>() {
      if constexpr (selects(S) && std::is_floating_point_v<accumulator<T>>)
        winner_as<S, T>(step);
      else
        fail<DTypeError>("no term wins in semiring ", name_of(step.semiring), " of ", step.dtype,
                         "\n  max_plus, min_plus and max_product of real floats have one");
    });
  });
}

}  // namespace ricci::reference
