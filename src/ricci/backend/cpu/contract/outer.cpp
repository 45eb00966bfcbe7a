#include "ricci/backend/cpu/contract/outer.h"

#include "ricci/backend/cpu/axes.h"
#include "ricci/backend/cpu/map/elementwise.h"

namespace ricci::cpu {
namespace {

class Outer final : public HostKernel {
 public:
  explicit Outer(const ContractStep& step) {
    map_.map = Map::multiply;
    map_.inputs = {{nullptr, step.a.dtype, {}}, {nullptr, step.b.dtype, {}}};
    map_.out = step.c;
    for (const Axes* axes : {&step.loops.batch, &step.loops.left, &step.loops.right})
      add_axes(map_, *axes, {&Axis::a, &Axis::b});
  }
  std::string name() const override { return "outer product"; }

 private:
  void multiply(WorkingMemory, const void* a, const void* b, void* c) const override {
    MapStep map = map_;
    map.inputs[0].data = a, map.inputs[1].data = b, map.out.data = c;
    cpu::map(map);
  }

  MapStep map_;  // of no data yet
};

}  // namespace

const HostKernel* make_outer(const ContractStep& step, KernelSlot& slot) {
  const bool plain = step.alpha.is(1) && step.beta.is(0) && !step.a.conjugated && !step.b.conjugated;
  const bool converts = step.a.dtype != step.b.dtype || step.a.dtype != step.c.dtype;
  if (!step.loops.contracted.empty() || !is_linear(step.semiring) || !plain || converts) return nullptr;
  return slot.make<Outer>(step);
}

}  // namespace ricci::cpu
