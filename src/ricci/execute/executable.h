// Executable: a plan, and the programs that were compiled for it at its first runs. Callers share one through the
// caches of plans, so that a call made again only allocates and computes.
#pragma once

#include <memory>

#include "ricci/base/small_cache.h"
#include "ricci/execute/compiled_program.h"
#include "ricci/plan/make_plan.h"

namespace ricci::execute {

class RICCI_API Executable : public planning::Plan {
 public:
  explicit Executable(planning::Plan plan)
      : planning::Plan(std::move(plan)), is_kept_(slices.empty() && !steps.empty() && steps.size() <= kMostSteps) {}

  /// The compiled program of a task for operands and a seed like these, kept from the first time on; null for a plan
  /// in slices, one too long to be worth keeping, and one that was run on too many geometries. Any thread may ask.
  const CompiledProgram* compiled(const Task& task, std::span<const Tensor> operands, const Tensor& seed = {}) const;

 private:
  static constexpr std::size_t kMostSteps = 256;  // about 2 KB each
  const CompiledProgram* add(SmallCache& kept, const Task& task, std::span<const Tensor> operands,
                             const Tensor& seed) const;

  bool is_kept_;  // whether its programs are
  mutable SmallCache values_, gradients_;
};

using ExecutableRef = std::shared_ptr<const Executable>;

}  // namespace ricci::execute
