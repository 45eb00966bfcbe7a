// The table of devices, and the backend that computes every step by its definition.
#include "ricci/backend/backend.h"

#include <array>
#include <atomic>

#include "ricci/backend/numbers.h"
#include "ricci/backend/reference/reference.h"
#include "ricci/tensor/host_memory.h"

namespace ricci {
namespace {

// A step by its definition.
template <class Step>
class NaiveLoop final : public Kernel {
 public:
  explicit NaiveLoop(const Step& step) : step_(step) {}
  void run(const void* a, [[maybe_unused]] const void* b, void* c) const override {
    Step step = step_;
    step.a.data = a, step.c.data = c;
    if constexpr (std::is_same_v<Step, ContractStep>) {
      step.b.data = b;
      reference::contract(step);
    } else {
      reference::reduce(step);
    }
  }
  std::int64_t scratch_bytes(std::int64_t) const override { return 0; }
  std::string name() const override { return "naive loop"; }

 private:
  Step step_;
};

class Reference final : public Backend {
 public:
  const Kernel* kernel(const ContractStep& step, KernelSlot& slot) const override {
    return slot.make<NaiveLoop<ContractStep>>(step);
  }
  const Kernel* kernel(const ReduceStep& step, KernelSlot& slot) const override {
    return slot.make<NaiveLoop<ReduceStep>>(step);
  }
  void map(const MapStep& step) const override { with_numbers_in_memory(step, reference::map); }
  void gather(const GatherStep& step) const override { reference::gather(step); }
  void scatter_add(const GatherStep& step) const override { reference::scatter_add(step); }
  void arg_extreme(const ArgStep& step) const override { reference::arg_extreme(step); }
  void softmax(const SoftmaxStep& step) const override { reference::softmax(step); }
  void winner(const WinnerStep& step) const override { reference::winner(step); }
};

// The devices of this build: in whose memory their tensors lie, and what computes on them.
struct Row {
  Device device;
  const char* name;
  DeviceMemory& (*memory)();
  const Backend& (*backend)();
};
constexpr Row kDevices[] = {
    {{DeviceType::cpu}, "cpu", host_memory, cpu_backend},
    {{DeviceType::reference}, "reference", host_memory, reference_backend},
    /* here goes the next */
};

// By kind of device.
struct Backends {
  std::array<std::atomic<const Backend*>, 256> all{};

  Backends() {
    for (const Row& row : kDevices) {
      if (!find_device(row.name)) add_device(row.device, row.name, row.memory());  // tensor/ knows the host's
      all[static_cast<std::size_t>(row.device.type)] = &row.backend();
    }
  }
};
Backends& backends() {
  static Backends& instance = *new Backends;
  return instance;
}
[[maybe_unused]] const bool kAreKnown = (backends(), true);

}  // namespace

void Backend::contract(const ContractStep& step) const {
  InlineKernel kernel;
  this->kernel(step, kernel)->run(step.a.data, step.b.data, step.c.data);
}
void Backend::reduce(const ReduceStep& step) const {
  InlineKernel kernel;
  this->kernel(step, kernel)->run(step.a.data, nullptr, step.c.data);
}

const Backend& reference_backend() {
  static const Reference backend;
  return backend;
}

const Backend& backend_of(Device device) {
  const Backend* backend = backends().all[static_cast<std::size_t>(device.type)].load(std::memory_order_acquire);
  if (!backend) fail<DeviceError>("the device '", name_of(device), "' has memory but no kernels");
  return *backend;
}

void add_backend(DeviceType type, const Backend& backend) {
  backends().all[static_cast<std::size_t>(type)].store(&backend, std::memory_order_release);
}

}  // namespace ricci
