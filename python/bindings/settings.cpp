// Threads, memory, and what this build is.
#include "common.h"
#include "ricci/ops/einsum/rates.h"
#include "ricci/version.h"

namespace ricci::python {
namespace {

std::string rates_in_words() {
  try {
    const std::string measured = chosen_rates().measured;
    return measured.empty() ? "built in" : "measured " + measured;
  } catch (const DataError& error) {
    return error.what();
  }
}

std::string configuration() {
#if defined(__clang__)
  const std::string compiler = concat("clang ", __clang_major__, ".", __clang_minor__);
#elif defined(__GNUC__)
  const std::string compiler = concat("gcc ", __GNUC__, ".", __GNUC_MINOR__);
#else
  const std::string compiler = "unknown";
#endif
  return concat("ricci     ", RICCI_VERSION, "\ncompiler  ", compiler, "\nthreads   ", num_threads(), "\nrates     ",
                rates_in_words());
}

}  // namespace

void bind_settings(nb::module_& m) {
  m.attr("__version__") = RICCI_VERSION;
  m.def("set_num_threads", set_num_threads, "n"_a,
        "The number of threads a call may use; n >= 1. Results have the same bits for any number.\n\n"
        ">>> n = ricci.get_num_threads()\n>>> ricci.set_num_threads(1)\n>>> ricci.get_num_threads()\n1\n"
        ">>> ricci.set_num_threads(n)");
  m.def("get_num_threads", num_threads,
        "The number of threads a call may use.\n\n>>> ricci.get_num_threads() >= 1\nTrue");
  m.def("_configuration", configuration);
  m.def(
      "live_bytes", [] { return memory::live_bytes(); },
      "Bytes in use by tensors and scratch.\n\n>>> ricci.memory.live_bytes() >= 0\nTrue");
  m.def(
      "peak_bytes", [] { return memory::peak_bytes(); },
      "The most bytes that were in use since the last reset_peak().\n\n"
      ">>> ricci.memory.peak_bytes() >= ricci.memory.live_bytes()\nTrue");
  m.def(
      "reset_peak", [] { memory::reset_peak(); }, "Starts peak_bytes() anew.\n\n>>> ricci.memory.reset_peak()");
  m.def(
      "cached_bytes", [] { return memory::cached_bytes(); },
      "Bytes of freed blocks that are kept for reuse.\n\n>>> ricci.memory.cached_bytes() >= 0\nTrue");
  m.def(
      "empty_cache", [] { memory::empty_cache(); },
      "Gives the freed blocks back to the system.\n\n>>> ricci.memory.empty_cache()");
}

}  // namespace ricci::python
