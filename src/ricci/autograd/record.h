// Whether operations are recorded on the tape: per thread, on by default, turned off by NoGrad.
#pragma once

#include "ricci/tensor/tensor.h"

namespace ricci {

/// Whether this thread records.
RICCI_API bool recording();
/// Whether an operation on these goes on the tape: this thread records, and one of them requires grad.
RICCI_API bool is_recorded(Operands operands);

/// Sets recording for a scope and puts back what was before.
class RICCI_API RecordingScope {
 public:
  explicit RecordingScope(bool on);
  ~RecordingScope();
  RecordingScope(const RecordingScope&) = delete;
  RecordingScope& operator=(const RecordingScope&) = delete;

 private:
  bool before_;
};

/// While it lives, nothing this thread computes gets history.
struct NoGrad : RecordingScope {
  NoGrad() : RecordingScope(false) {}
};

}  // namespace ricci
