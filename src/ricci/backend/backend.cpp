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
  std::int64_t scratch_bytes(const ContractStep&, std::int64_t) const override { return 0; }
  std::int64_t scratch_bytes(const ReduceStep&) const override { return 0; }
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
  std::int64_t scratch_bytes(const ContractStep&, std::int64_t) const override { return 0; }
  std::int64_t scratch_bytes(const ReduceStep&) const override { return 0; }
};

}  // namespace

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
