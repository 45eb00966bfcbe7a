#include "ricci/autograd/anomaly.h"

#include <algorithm>
#include <string_view>

#include "ricci/autograd/accumulate.h"
#include "ricci/autograd/level.h"
#include "ricci/autograd/origin.h"
#include "ricci/tensor/copy.h"
#include "ricci/tensor/defined.h"

namespace ricci {
namespace {
thread_local ScopeLink* innermost = nullptr;
}

DetectAnomaly::DetectAnomaly(Where where) : ScopeLink(innermost), where_(std::move(where)) {}
DetectAnomaly::~DetectAnomaly() { close(innermost); }

bool detecting_anomalies() { return innermost != nullptr; }

Origin origin_of(const Tensor& value) {
  const Where& where = static_cast<const DetectAnomaly*>(innermost)->where_;
  return {where ? where() : std::string(), all_finite(value)};
}

bool all_finite(const Tensor& t) {
  check_defined("all_finite", t);
  const Tensor x = plain(t);
  if (!is_float(x.dtype())) return true;
  const Tensor finite = on_host(run_map(Map::isfinite, {&x, 1}, x.shape(), DType::b8));
  const bool* first = finite.data<const bool>();
  return std::all_of(first, first + finite.numel(), [](bool ok) { return ok; });
}

std::size_t elements_hash(const Tensor& t) {
  if (t.impl()->wrapper || !t.storage()->address()) return 0;
  const Tensor x = on_host(run_map(Map::copy, {&t, 1}, t.shape(), t.dtype()));
  const std::string_view bytes(static_cast<const char*>(x.const_raw_data()), static_cast<std::size_t>(x.nbytes()));
  return std::max<std::size_t>(1, std::hash<std::string_view>{}(bytes));
}

}  // namespace ricci
