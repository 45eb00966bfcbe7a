#include "ricci/backend/cpu/contract/batch/batch_lanes.h"

#include "ricci/backend/cpu/axes.h"
#include "ricci/backend/cpu/processor.h"
#include "ricci/backend/cpu/tasks.h"
#include "ricci/backend/walk.h"

namespace ricci::cpu {
namespace {

constexpr std::int64_t kMostSide = 64;  // rows, columns and depth of one product; above, packing pays
constexpr std::int64_t kCached = 2 << 20;

std::int64_t width_of(const ContractStep& step) {
  std::int64_t width = 0;
  visit_summed(step.a.dtype, [&]<class K>(Tag<K>) { width = batch_lanes_kernel<K>(step.semiring).width; });
  return width;
}

// The one axis of each role that the kernel steps along; what is left over is walked.
struct BatchRoles {
  Axis lane, row, column, step;
  Axes outer;
};

template <class K>
class BatchLanesProduct final : public HostKernel {
 public:
  BatchLanesProduct(const ContractStep& step, const BatchRoles& roles)
      : kernel_(batch_lanes_kernel<K>(step.semiring)),
        outer_(roles.outer),
        whole_{nullptr,           nullptr,
               nullptr,           roles.lane.extent,
               roles.row.extent,  roles.column.extent,
               roles.step.extent, roles.row.a,
               roles.step.a,      roles.step.b,
               roles.column.b,    roles.row.c,
               roles.column.c,    step.a.conjugated,
               step.b.conjugated, false} {
    const std::int64_t matrices = whole_.m * whole_.k + whole_.k * whole_.n + whole_.m * whole_.n;
    whole_.prefetches = matrices * whole_.lanes * static_cast<std::int64_t>(sizeof(K)) > kCached;
  }
  std::string name() const override { return "batch lanes " + instruction_set(); }

 private:
  void multiply(WorkingMemory, const void* a, const void* b, void* c) const override {
    const double work = static_cast<double>(whole_.m) * static_cast<double>(whole_.n) * static_cast<double>(whole_.k);
    const auto most = static_cast<std::int64_t>(std::max(1.0, kParallelWork / std::max(1.0, work)));
    // No piece is shorter than a vector, as its last vector overlaps the one before.
    const std::int64_t width = kernel_.width, piece = round_up(std::max(most, 8 * width), width);
    const std::int64_t pieces = std::max<std::int64_t>(1, whole_.lanes / piece);
    each(extent_of(outer_) * pieces, true, [&](std::int64_t task) {
      const Offsets at = offsets_at(outer_, task / pieces);
      const std::int64_t first = task % pieces * piece;
      BatchLanes<K> part = whole_;
      part.lanes = task % pieces + 1 < pieces ? piece : whole_.lanes - first;
      part.a = static_cast<const K*>(a) + at.a + first;
      part.b = static_cast<const K*>(b) + at.b + first;
      part.c = static_cast<K*>(c) + at.c + first;
      kernel_.run(part);
    });
  }

  const BatchLanesKernel<K>& kernel_;
  Axes outer_;
  BatchLanes<K> whole_;  // of no data yet
};

}  // namespace

const HostKernel* make_batch_lanes(const ContractStep& step, KernelSlot& slot) {
  if (!has_vector_semiring(step) || !step.alpha.is(1) || !step.beta.is(0)) return nullptr;
  if (step.loops.batch.empty() || step.loops.contracted.size() > 1) return nullptr;
  Loops loops = step.loops;
  BatchRoles roles;
  roles.lane = take(loops.batch, [](const Axis& x, const Axis& y) { return x.c == 1 && y.c != 1; });
  if (roles.lane.a != 1 || roles.lane.b != 1 || roles.lane.c != 1) return nullptr;
  const std::int64_t width = width_of(step);
  if (width == 0 || roles.lane.extent < width) return nullptr;
  roles.row = take(loops.left, longer);
  roles.column = take(loops.right, longer);
  roles.step = take(loops.contracted, longer);
  for (const Axes* axes : {&loops.batch, &loops.left, &loops.right}) roles.outer.append(axes->begin(), axes->end());
  if (std::max({roles.row.extent, roles.column.extent, roles.step.extent}) > kMostSide) return nullptr;
  const HostKernel* made = nullptr;
  visit_summed(step.a.dtype, [&]<class K>(Tag<K>) { made = slot.make<BatchLanesProduct<K>>(step, roles); });
  return made;
}

}  // namespace ricci::cpu
