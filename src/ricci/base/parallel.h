// The one place that knows the thread library (oneTBB). Work is cut by shape, never by the number
// of threads, so results have the same bits for any number of them.
#pragma once

#include <cstdint>

#include "ricci/base/api.h"
#include "ricci/base/function_ref.h"

namespace ricci {

/// Number of threads parallel_for may use; the machine's at the start.
RICCI_API int num_threads();
/// Sets it; n >= 1, else Error. One of the process's three mutable settings.
RICCI_API void set_num_threads(int n);

/// Calls body(i) for i in [0, n), on several threads when there are any and n > 1. Runs inline in a
/// forked child, where the pool's threads are gone. Exceptions reach the caller.
RICCI_API void parallel_for(std::int64_t n, FunctionRef<void(std::int64_t)> body);

}  // namespace ricci
