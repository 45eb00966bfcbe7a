#include "ricci/execute/execute.h"

#include <algorithm>
#include <limits>

namespace ricci::execute {
namespace {

// Whether nothing but a contiguous result is asked for.
bool is_plain(const Epilogue& epilogue) {
  return epilogue.alpha.is(1) && epilogue.beta.is(0) && (!epilogue.target.defined() || epilogue.target.is_contiguous());
}

const Kernel* kernel_of(const planning::StepShape& step, Device device, KernelSlot& slot) {
  SmallVector<Geometry, 2> in;
  for (std::size_t i = 0; i < step.strides.size(); ++i) in.push_back({step.strides[i], step.dtypes[i]});
  return make_kernel(step.contraction, {in.data(), in.size()}, {step.result_strides, step.dtype}, step.scales ? 2 : 1,
                     step.accumulates ? 1 : 0, device, slot);
}

}  // namespace

Tensor run(const Executable& plan, std::span<const Tensor> operands, const Epilogue& epilogue) {
  if (is_plain(epilogue))
    if (const CompiledProgram* program = plan.compiled({}, operands)) return program->value(operands, epilogue.target);
  return run(plan, make_program(plan, {}, true), operands, {.epilogue = epilogue}).value;
}

Tensor run_keeping(const Executable& plan, std::span<const Tensor> operands, std::span<const bool> wanted, Kept& kept) {
  if (!plan.slices.empty()) return run(plan, operands);  // what a slice leaves is not what the next one reads
  const Task task{Task::Kind::value_and_kept, wanted};
  if (const CompiledProgram* program = plan.compiled(task, operands)) return program->value_and_kept(operands, kept);
  return run_forward(plan, program_of(plan, task).program, operands, kept);
}

std::vector<Tensor> gradients(const Executable& plan, std::span<const Tensor> operands, Kept kept, const Tensor& seed,
                              std::span<const bool> wanted) {
  const Task task{kept.empty() ? Task::Kind::gradients : Task::Kind::gradients_from_kept, wanted};
  if (const CompiledProgram* program = plan.compiled(task, operands, seed))
    return program->gradients(operands, std::move(kept), seed);
  const planning::Program program = program_of(plan, task).program;
  if (kept.empty()) return run(plan, program, operands, {.seed = seed}).gradients;
  return run_backward(plan, program, operands, std::move(kept), seed);
}

void check_sizes(const planning::Plan& plan) {
  for (std::size_t k = 0; k < plan.steps.size(); ++k) {
    const planning::Step& step = plan.steps[k];
    if (step.bytes < std::numeric_limits<std::int64_t>::max()) continue;
    fail<MemoryError>("step ", k + 1, " of ", plan.steps.size(), " of the plan would make ",
                      path::volume(plan.whole, step.contraction.output), " elements of ", step.contraction.dtype,
                      ", past 2^63 bytes\n  let optimize='auto' find an order, or give another path");
  }
}

planning::ScratchBytes scratch_of(Device device) {
  return [device](const planning::StepShape& step, std::int64_t most) {
    InlineKernel kernel;
    return kernel_of(step, device, kernel)->scratch_bytes(most);
  };
}

planning::KernelName kernel_name_on(Device device) {
  return [device](const planning::StepShape& step) {
    InlineKernel kernel;
    return kernel_of(step, device, kernel)->name();
  };
}

planning::Layout layout_of(std::span<const Tensor> operands, const Tensor& seed, const Epilogue& epilogue) {
  planning::Layout out;
  if (!std::all_of(operands.begin(), operands.end(), [](const Tensor& t) { return t.is_contiguous(); }))
    for (const Tensor& t : operands) out.operands.push_back(t.strides());
  if (seed.defined() && !seed.is_contiguous()) out.seed = seed.strides();
  out.has_output = epilogue.target.defined();
  if (out.has_output && !epilogue.target.is_contiguous()) out.output = epilogue.target.strides();
  out.scales = !epilogue.alpha.is(1);
  out.accumulates = !epilogue.beta.is(0);
  return out;
}

}  // namespace ricci::execute
