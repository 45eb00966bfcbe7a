#include "ricci/backend/backend.h"

#include "ricci/backend/cpu/contract/contract.h"
#include "ricci/backend/cpu/index/index.h"
#include "ricci/backend/cpu/index/softmax.h"
#include "ricci/backend/cpu/index/winner.h"
#include "ricci/backend/cpu/map/elementwise.h"
#include "ricci/backend/cpu/reduce/reduce.h"
#include "ricci/backend/numbers.h"

namespace ricci {
namespace {

class Cpu final : public Backend {
 public:
  const Kernel* kernel(const ContractStep& step, KernelSlot& slot) const override {
    return cpu::make_contract(step, slot);
  }
  const Kernel* kernel(const ReduceStep& step, KernelSlot& slot) const override { return cpu::make_reduce(step, slot); }
  void map(const MapStep& step) const override { with_numbers_in_memory(step, cpu::map); }
  void gather(const GatherStep& step) const override { cpu::gather(step); }
  void scatter_add(const GatherStep& step) const override { cpu::scatter_add(step); }
  void arg_extreme(const ArgStep& step) const override { cpu::arg_extreme(step); }
  void softmax(const SoftmaxStep& step) const override { cpu::softmax(step); }
  void winner(const WinnerStep& step) const override { cpu::winner(step); }
};

}  // namespace

const Backend& cpu_backend() {
  static const Cpu backend;
  return backend;
}

}  // namespace ricci
