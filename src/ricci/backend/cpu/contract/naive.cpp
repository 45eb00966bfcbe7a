#include "ricci/backend/cpu/contract/naive.h"

#include "ricci/backend/cpu/axes.h"
#include "ricci/backend/cpu/contract/packed/packed.h"
#include "ricci/backend/cpu/tasks.h"
#include "ricci/backend/reference/reference.h"

namespace ricci::cpu {
namespace {

constexpr std::int64_t kPieces = 64;

// run(part) of pieces of the outermost axis of a role.
template <class Step, class F>
void run_in_pieces(const Step& step, Axes Loops::*role, F&& run) {
  const Axis axis = (step.loops.*role).front();
  each_piece(axis.extent, kPieces, true, [&](std::int64_t first, std::int64_t count) {
    Step part = step;
    (part.loops.*role).front().extent = count;
    part.a.data = moved(step.a.data, step.a.dtype, first * axis.a);
    if constexpr (std::is_same_v<Step, ContractStep>) part.b.data = moved(step.b.data, step.b.dtype, first * axis.b);
    part.c.data = moved(step.c.data, step.c.dtype, first * axis.c);
    run(part);
  });
}

std::int64_t outer_extent(const Axes& axes) { return axes.empty() ? 1 : axes.front().extent; }

// Cut along the longest outermost axis of c.
class Naive final : public HostKernel {
 public:
  explicit Naive(const ContractStep& step) : step_(step) {
    for (Axes Loops::*other : {&Loops::left, &Loops::right})
      if (outer_extent(step.loops.*other) > outer_extent(step.loops.*role_)) role_ = other;
  }
  std::string name() const override { return "naive loop"; }

 private:
  void multiply(WorkingMemory, const void* a, const void* b, void* c) const override {
    ContractStep step = step_;
    step.a.data = a, step.b.data = b, step.c.data = c;
    if (outer_extent(step.loops.*role_) < 2) return reference::contract(step);
    run_in_pieces(step, role_, reference::contract);
  }

  ContractStep step_;
  Axes Loops::*role_ = &Loops::batch;
};

}  // namespace

const HostKernel* make_naive(const ContractStep& step, KernelSlot& slot) {
  return has_tiles(step.a.dtype, step.semiring) ? nullptr : slot.make<Naive>(step);
}

void reduce_naively(const ReduceStep& step) {
  if (step.loops.left.empty()) return reference::reduce(step);
  run_in_pieces(step, &Loops::left, reference::reduce);
}

}  // namespace ricci::cpu
