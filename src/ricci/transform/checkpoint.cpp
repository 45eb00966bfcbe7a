#include "ricci/transform/checkpoint.h"

#include <memory>

#include "ricci/autograd/record.h"
#include "ricci/autograd/region.h"
#include "ricci/base/error.h"
#include "ricci/ops/random.h"
#include "ricci/tensor/defined.h"

namespace ricci {

Tensor checkpoint(const TensorFunction& f, const std::vector<Tensor>& xs, Ref<RefCounted> held) {
  check_all_defined("checkpoint", xs);
  if (!recording()) return f(xs);
  const auto draws = std::make_shared<RandomDraws>();
  const auto rerun = [f, draws](const std::vector<Tensor>& again) {
    const RandomDrawsScope random(*draws, RandomDrawsScope::Mode::again);
    f(again);
  };
  const auto region = make_ref<Region>(rerun, xs, std::move(held));
  const Region::Scope scope(*region);
  const RandomDrawsScope random(*draws, RandomDrawsScope::Mode::note);
  const Tensor y = f(xs);
  if (!y.defined()) fail("checkpoint: the function returned an undefined tensor");
  return y;
}

}  // namespace ricci
