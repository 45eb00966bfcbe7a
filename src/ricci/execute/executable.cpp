#include "ricci/execute/executable.h"

#include "ricci/execute/execute.h"

namespace ricci::execute {

const CompiledProgram* Executable::compiled(const Task& task, std::span<const Tensor> operands,
                                            const Tensor& seed) const {
  if (!is_kept_) return nullptr;
  SmallCache& kept = task.kind == Task::Kind::value ? values_ : gradients_;
  for (std::size_t i = 0; i < SmallCache::kMost; ++i) {
    const auto* program = static_cast<const CompiledProgram*>(kept.get(i));
    if (!program) return add(kept, task, operands, seed);
    if (program->fits(task, operands, seed)) return program;
  }
  return nullptr;
}

const CompiledProgram* Executable::add(SmallCache& kept, const Task& task, std::span<const Tensor> operands,
                                       const Tensor& seed) const {
  check_sizes(*this);
  return static_cast<const CompiledProgram*>(kept.add(make_ref<const CompiledProgram>(*this, task, operands, seed)));
}

}  // namespace ricci::execute
