// Anomaly mode: while it is on, every node remembers what made it, and backward stops at the first
// gradient with a NaN or an infinity, naming the operation.
#pragma once

#include <functional>
#include <string>

#include "ricci/base/scope_link.h"
#include "ricci/tensor/tensor.h"

namespace ricci {

/// Says where the caller is, for messages: "train.py, line 12: y = x.log()". May be empty.
using Where = std::function<std::string()>;

struct Origin;

/// While it lives, this thread detects anomalies. It costs a look at every value and gradient.
class RICCI_API DetectAnomaly : ScopeLink {
 public:
  explicit DetectAnomaly(Where where = {});
  ~DetectAnomaly();
  DetectAnomaly(const DetectAnomaly&) = delete;
  DetectAnomaly& operator=(const DetectAnomaly&) = delete;

 private:
  friend Origin origin_of(const Tensor& value);
  Where where_;
};

/// Whether this thread detects anomalies.
RICCI_API bool detecting_anomalies();
/// Whether no element is a NaN or an infinity; true for integers.
RICCI_API bool all_finite(const Tensor& t);

}  // namespace ricci
