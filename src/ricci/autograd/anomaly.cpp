#include "ricci/autograd/anomaly.h"

#include <algorithm>

#include "ricci/autograd/accumulate.h"
#include "ricci/autograd/level.h"
#include "ricci/tensor/copy.h"
#include "ricci/tensor/defined.h"

namespace ricci {
namespace {
thread_local const Where* active = nullptr;
}

DetectAnomaly::DetectAnomaly(Where where) : where_(std::move(where)), before_(active) { active = &where_; }
DetectAnomaly::~DetectAnomaly() { active = before_; }

bool detecting_anomalies() { return active != nullptr; }

Origin origin_of(const Tensor& value) { return {*active ? (*active)() : std::string(), all_finite(value)}; }

bool all_finite(const Tensor& t) {
  check_defined("all_finite", t);
  const Tensor x = plain(t);
  if (!is_float(x.dtype())) return true;
  const Tensor finite = on_host(run_map(Map::isfinite, {&x, 1}, x.shape(), DType::b8));
  const bool* first = finite.data<bool>();
  return std::all_of(first, first + finite.numel(), [](bool ok) { return ok; });
}

}  // namespace ricci
