// Whether operations are recorded on the tape: per thread, on by default, turned off by NoGrad.
#pragma once

#include "ricci/base/scope_link.h"
#include "ricci/tensor/tensor.h"

namespace ricci {

/// Whether this thread records.
RICCI_API bool recording();
/// Whether an operation on these goes on the tape: this thread records, and one of them requires grad.
RICCI_API bool is_recorded(Operands operands);

/// Sets recording for a scope; after it, the innermost scope that is still open on this thread decides.
class RICCI_API RecordingScope : ScopeLink {
 public:
  explicit RecordingScope(bool on);
  ~RecordingScope();
  RecordingScope(const RecordingScope&) = delete;
  RecordingScope& operator=(const RecordingScope&) = delete;

 private:
  bool on_;
};

/// While it lives, nothing this thread computes gets history.
struct NoGrad : RecordingScope {
  NoGrad() : RecordingScope(false) {}
};

}  // namespace ricci
