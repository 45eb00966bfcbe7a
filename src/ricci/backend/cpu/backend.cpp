#include "ricci/backend/backend.h"

#include "ricci/backend/reference/reference.h"

namespace ricci {
namespace {

class Cpu final : public Backend {
 public:
  void contract(const ContractStep& step) const override { reference::contract(step); }
  void reduce(const ReduceStep& step) const override { reference::reduce(step); }
  void map(const MapStep& step) const override { reference::map(step); }
  void gather(const GatherStep& step) const override { reference::gather(step); }
  void scatter_add(const GatherStep& step) const override { reference::scatter_add(step); }
  void arg_extreme(const ArgStep& step) const override { reference::arg_extreme(step); }
  std::int64_t scratch_bytes(std::int64_t, std::int64_t, std::int64_t, std::int64_t, DType) const override { return 0; }
};

}  // namespace

const Backend& cpu_backend() {
  static const Cpu backend;
  return backend;
}

}  // namespace ricci
