#include "ricci/backend/backend.h"

#include "ricci/backend/cpu/contract.h"
#include "ricci/backend/cpu/elementwise.h"
#include "ricci/backend/cpu/index.h"
#include "ricci/backend/cpu/reduce.h"
#include "ricci/backend/cpu/softmax.h"
#include "ricci/backend/cpu/winner.h"

namespace ricci {
namespace {

class Cpu final : public Backend {
 public:
  void contract(const ContractStep& step) const override { cpu::contract(step); }
  void reduce(const ReduceStep& step) const override { cpu::reduce(step); }
  void map(const MapStep& step) const override { cpu::map(step); }
  void gather(const GatherStep& step) const override { cpu::gather(step); }
  void scatter_add(const GatherStep& step) const override { cpu::scatter_add(step); }
  void arg_extreme(const ArgStep& step) const override { cpu::arg_extreme(step); }
  void softmax(const SoftmaxStep& step) const override { cpu::softmax(step); }
  void winner(const WinnerStep& step) const override { cpu::winner(step); }
  std::unique_ptr<const Kernel> kernel(const ContractStep& step) const override { return cpu::contract_kernel(step); }
  using Backend::kernel;
  std::string kernel_name(const ContractStep& step) const override { return cpu::contract_name(step); }
  std::string kernel_name(const ReduceStep& step) const override { return cpu::reduce_name(step); }
  std::int64_t scratch_bytes(const ContractStep& step, std::int64_t most) const override {
    return cpu::contract_bytes(step, most);
  }
  std::int64_t scratch_bytes(const ReduceStep& step) const override { return cpu::reduce_bytes(step); }
};

}  // namespace

const Backend& cpu_backend() {
  static const Cpu backend;
  return backend;
}

}  // namespace ricci
