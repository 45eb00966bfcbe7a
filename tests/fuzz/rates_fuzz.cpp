// Any bytes as measured rates: rates that come back from their own JSON, or a DataError.
#include "ricci/plan/measured_rates.h"
#include "tests/fuzz/bytes.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ricci;
  try {
    const std::string text(reinterpret_cast<const char*>(data), size);
    const std::string again = planning::to_json(planning::rates_from_json(text));
    fuzz::require(planning::to_json(planning::rates_from_json(again)) == again, "rates change by their JSON");
  } catch (const DataError&) {
  }
  return 0;
}
