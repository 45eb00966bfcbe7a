#include "ricci/backend/backend.h"

#include "ricci/backend/map_names.h"
#include "ricci/backend/reference/reference.h"

namespace ricci {
namespace {

constexpr std::string_view kMapNames[] = {
    "copy",   "negative",   "exp",     "log",           "sqrt",         "tanh",      "sigmoid",  "relu",
    "abs",    "sin",        "cos",     "erf",           "log1p",        "conj",      "real",     "imag",
    "sign",   "reciprocal", "not",     "isnan",         "isfinite",     "add",       "subtract", "multiply",
    "divide", "power",      "maximum", "minimum",       "floor_divide", "remainder", "equal",    "not_equal",
    "less",   "less_equal", "greater", "greater_equal", "where"};

class Reference final : public Backend {
 public:
  void contract(const ContractStep& step) const override { reference::contract(step); }
  void reduce(const ReduceStep& step) const override { reference::reduce(step); }
  void map(const MapStep& step) const override { reference::map(step); }
  void gather(const GatherStep& step) const override { reference::gather(step); }
  void scatter_add(const GatherStep& step) const override { reference::scatter_add(step); }
  void arg_extreme(const ArgStep& step) const override { reference::arg_extreme(step); }
  void softmax(const SoftmaxStep& step) const override { reference::softmax(step); }
  void winner(const WinnerStep& step) const override { reference::winner(step); }
  std::string kernel_name(const ContractStep&) const override { return "naive loop"; }
  std::string kernel_name(const ReduceStep&) const override { return "naive loop"; }
  std::int64_t scratch_bytes(const ContractStep&, std::int64_t) const override { return 0; }
  std::int64_t scratch_bytes(const ReduceStep&) const override { return 0; }
};

// Has the backend choose at every run.
template <class Step>
class AnyKernel final : public Kernel {
 public:
  AnyKernel(const Backend& backend, const Step& step) : backend_(backend), step_(step) {}
  void run(const void* a, [[maybe_unused]] const void* b, void* c) const override {
    Step step = step_;
    step.a.data = a;
    step.c.data = c;
    if constexpr (std::is_same_v<Step, ContractStep>) {
      step.b.data = b;
      backend_.contract(step);
    } else {
      backend_.reduce(step);
    }
  }

 private:
  const Backend& backend_;
  Step step_;
};

// Of tensors without elements there is nothing to compute.
class Meta final : public Backend {
 public:
  void contract(const ContractStep&) const override {}
  void reduce(const ReduceStep&) const override {}
  void map(const MapStep&) const override {}
  void gather(const GatherStep&) const override {}
  void scatter_add(const GatherStep&) const override {}
  void arg_extreme(const ArgStep&) const override {}
  void softmax(const SoftmaxStep&) const override {}
  void winner(const WinnerStep&) const override {}
  std::string kernel_name(const ContractStep&) const override { return "nothing"; }
  std::string kernel_name(const ReduceStep&) const override { return "nothing"; }
  std::int64_t scratch_bytes(const ContractStep&, std::int64_t) const override { return 0; }
  std::int64_t scratch_bytes(const ReduceStep&) const override { return 0; }
};

}  // namespace

std::unique_ptr<const Kernel> Backend::kernel(const ContractStep& step) const {
  return std::make_unique<AnyKernel<ContractStep>>(*this, step);
}
std::unique_ptr<const Kernel> Backend::kernel(const ReduceStep& step) const {
  return std::make_unique<AnyKernel<ReduceStep>>(*this, step);
}

std::string_view name_of(Map map) { return kMapNames[static_cast<std::size_t>(map)]; }

void fail_map(Map map, DType dtype) {
  fail<DTypeError>(name_of(map), " has no meaning for ", dtype, "\n  convert the operand to a dtype that has it");
}

int arity(Map map) {
  if (map == Map::select) return 3;
  return map >= Map::add ? 2 : 1;
}

const Backend& reference_backend() {
  static const Reference backend;
  return backend;
}

const Backend& backend_of(Device device) {
  static const Meta meta;
  switch (device.type) {
    case DeviceType::reference: return reference_backend();
    case DeviceType::meta: return meta;
    default: return cpu_backend();
  }
}

}  // namespace ricci
