// The naive loops as the kernels of the device that the host can't read. Nothing else may reach its elements.
#pragma once

#include "ricci/backend/backend.h"
#include "ricci/tensor/tensor.h"
#include "tests/far_memory.h"

namespace ricci::testing {

class FarKernel final : public Kernel {
 public:
  template <class Step>
  explicit FarKernel(const Step& step) {
    reference_backend().kernel(step, inner_);
  }
  void run(const void* a, const void* b, void* c) const override { inner_->run(across(a), across(b), across(c)); }
  std::int64_t scratch_bytes(std::int64_t most) const override { return inner_->scratch_bytes(most); }
  std::string name() const override { return "far"; }

 private:
  KernelSlot inner_;
};

class FarBackend final : public Backend {
 public:
  const Kernel* kernel(const ContractStep& step, KernelSlot& slot) const override { return slot.make<FarKernel>(step); }
  const Kernel* kernel(const ReduceStep& step, KernelSlot& slot) const override { return slot.make<FarKernel>(step); }
  void map(const MapStep& step) const override {
    MapStep near = step;
    for (MapStep::Input& input : near.inputs) input.data = across(input.data);
    near.out.data = across(near.out.data);
    reference_backend().map(near);
  }
  void gather(const GatherStep& step) const override { reference_backend().gather(across_all(step)); }
  void scatter_add(const GatherStep& step) const override { reference_backend().scatter_add(across_all(step)); }
  void arg_extreme(const ArgStep& step) const override {
    ArgStep near = step;
    near.data = across(near.data), near.out = across(near.out);
    reference_backend().arg_extreme(near);
  }
  void softmax(const SoftmaxStep& step) const override {
    SoftmaxStep near = step;
    near.x = across(near.x), near.y = across(near.y), near.out = across(near.out);
    reference_backend().softmax(near);
  }
  void winner(const WinnerStep& step) const override {
    WinnerStep near = step;
    near.a = across(near.a), near.b = across(near.b), near.y = across(near.y), near.at = across(near.at);
    reference_backend().winner(near);
  }

 private:
  static GatherStep across_all(const GatherStep& step) {
    GatherStep near = step;
    near.index = across(near.index), near.table = across(near.table), near.values = across(near.values);
    return near;
  }
};

/// The device, known from the first call on.
inline Device far_device() {
  static const Device device = [] {
    far_memory();
    static const FarBackend backend;
    add_backend(kFar.type, backend);
    return kFar;
  }();
  return device;
}

}  // namespace ricci::testing
