// Any bytes as a saved plan: a plan that runs on ones and comes back from its own JSON, or a DataError.
#include "tests/fuzz/ones.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ricci;
  const std::string text(reinterpret_cast<const char*>(data), size);
  std::optional<Plan> plan;
  try {
    plan = Plan::from_json(text);
  } catch (const DataError&) {
    return 0;
  }
  try {
    fuzz::use(*plan);
  } catch (const BudgetError&) {
    fuzz::require(plan->data().max_bytes.has_value(), "a budget that nobody gave");
  }
  return 0;
}
