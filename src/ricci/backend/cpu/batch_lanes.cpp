#include "ricci/backend/cpu/batch_lanes.h"

#include "ricci/backend/cpu/axes.h"
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

template <class K>
void run(const ContractStep& step, const BatchLanesPlan& plan) {
  BatchLanes<K> whole{static_cast<const K*>(step.a.data),
                      static_cast<const K*>(step.b.data),
                      static_cast<K*>(step.c.data),
                      plan.lane.extent,
                      plan.row.extent,
                      plan.column.extent,
                      plan.step.extent,
                      plan.row.a,
                      plan.step.a,
                      plan.step.b,
                      plan.column.b,
                      plan.row.c,
                      plan.column.c,
                      step.a.conjugated,
                      step.b.conjugated,
                      false};
  const std::int64_t matrices = whole.m * whole.k + whole.k * whole.n + whole.m * whole.n;
  whole.prefetches = matrices * whole.lanes * static_cast<std::int64_t>(sizeof(K)) > kCached;
  const double work = static_cast<double>(whole.m) * static_cast<double>(whole.n) * static_cast<double>(whole.k);
  const auto most = static_cast<std::int64_t>(std::max(1.0, kParallelWork / std::max(1.0, work)));
  // No piece is shorter than a vector, as its last vector overlaps the one before.
  const BatchLanesKernel<K>& kernel = batch_lanes_kernel<K>(step.semiring);
  const std::int64_t width = kernel.width;
  const std::int64_t piece = round_up(std::max(most, 8 * width), width);
  const std::int64_t pieces = std::max<std::int64_t>(1, whole.lanes / piece);
  each(extent_of(plan.outer) * pieces, true, [&](std::int64_t task) {
    const Offsets at = offsets_at(plan.outer, task / pieces);
    const std::int64_t first = task % pieces * piece;
    BatchLanes<K> part = whole;
    part.lanes = task % pieces + 1 < pieces ? piece : whole.lanes - first;
    part.a += at.a + first, part.b += at.b + first, part.c += at.c + first;
    kernel.run(part);
  });
}

}  // namespace

std::optional<BatchLanesPlan> plan_batch_lanes(const ContractStep& step) {
  if (!has_vector_semiring(step) || !step.alpha.is(1) || !step.beta.is(0)) return {};
  if (step.loops.batch.empty() || step.loops.contracted.size() > 1) return {};
  Loops loops = step.loops;
  BatchLanesPlan plan;
  plan.lane = take(loops.batch, [](const Axis& x, const Axis& y) { return x.c == 1 && y.c != 1; });
  if (plan.lane.a != 1 || plan.lane.b != 1 || plan.lane.c != 1) return {};
  const std::int64_t width = width_of(step);
  if (width == 0 || plan.lane.extent < width) return {};
  plan.row = take(loops.left, longer);
  plan.column = take(loops.right, longer);
  plan.step = take(loops.contracted, longer);
  for (const Axes* axes : {&loops.batch, &loops.left, &loops.right}) plan.outer.append(axes->begin(), axes->end());
  if (std::max({plan.row.extent, plan.column.extent, plan.step.extent}) > kMostSide) return {};
  return plan;
}

void run_batch_lanes(const ContractStep& step, const BatchLanesPlan& plan) {
  visit_summed(step.a.dtype, [&]<class K>(Tag<K>) { run<K>(step, plan); });
}

}  // namespace ricci::cpu
