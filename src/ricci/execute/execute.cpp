#include "ricci/execute/execute.h"

#include <algorithm>
#include <utility>

#include "ricci/execute/compiled_program.h"
#include "ricci/execute/tensor_machine.h"

namespace ricci::execute {
namespace {

SmallVector<Tensor, 2> operands_of(const planning::Step& step, const Values& values) {
  SmallVector<Tensor, 2> out;
  for (const int v : step.values) out.push_back(values[static_cast<std::size_t>(v)]);
  return out;
}

// Which values have a wanted operand below them.
std::vector<bool> needed(const planning::Plan& plan, std::span<const bool> wanted) {
  std::vector<bool> need(wanted.begin(), wanted.end());
  for (const planning::Step& step : plan.steps) {
    bool any = false;
    for (const int v : step.values) any = any || need[static_cast<std::size_t>(v)];
    need.push_back(any);
  }
  return need;
}

// The gradient of a 16-bit operand is rounded once, at the end; those of intermediates are kept wide.
DType gradient_dtype(const planning::Plan& plan, std::size_t value) {
  return value < plan.whole.inputs.size() ? plan.whole.dtype : accumulator_of(plan.whole.dtype);
}

// The operands of a step in the order in which their gradients cost least memory: that of operand i reads the
// others, so the one that reads the largest intermediate comes first, and that intermediate is let go of.
SmallVector<std::size_t, 2> gradient_order(const planning::Plan& plan, const planning::Step& step,
                                           const Values& values) {
  if (step.values.size() == 1) return {0};
  const auto bytes = [&](std::size_t i) {
    const auto v = static_cast<std::size_t>(step.values[i]);
    return v < plan.whole.inputs.size() || !values[v].defined() ? 0 : values[v].nbytes();
  };
  return bytes(1) > bytes(0) ? SmallVector<std::size_t, 2>{0, 1} : SmallVector<std::size_t, 2>{1, 0};
}

// Whether nothing but a contiguous result is asked for.
bool is_plain(const Epilogue& epilogue) {
  return epilogue.alpha.is(1) && epilogue.beta.is(0) && (!epilogue.target.defined() || epilogue.target.is_contiguous());
}

}  // namespace

Tensor run(const planning::Plan& plan, std::span<const Tensor> operands, const Epilogue& epilogue, Values* keep) {
  if (!keep && is_plain(epilogue))
    if (const Replay* replay = replay_of(plan, operands)) return replay->run(operands, epilogue.target);
  check_sizes(plan);
  if (!plan.slices.empty()) return sweep(plan, make_program(plan, {}, true), operands, {.epilogue = epilogue}).value;
  Values values(operands.begin(), operands.end());
  values.reserve(operands.size() + plan.steps.size());
  for (std::size_t k = 0; k < plan.steps.size(); ++k) {
    const planning::Step& step = plan.steps[k];
    const auto in = operands_of(step, values);
    const bool last = k + 1 == plan.steps.size();
    values.push_back(contract(planning::step_contraction(plan, step), {in.data(), in.size()}, step.contraction.dtype,
                              last ? epilogue : Epilogue{}));
    if (keep) continue;
    for (const int v : step.frees) values[static_cast<std::size_t>(v)] = Tensor();
  }
  Tensor result = values.back();
  if (keep) *keep = std::move(values);
  return result;
}

Values run_through(const planning::Plan& plan, std::span<const Tensor> operands, StepFunction step_function) {
  check_sizes(plan);
  Values values(operands.begin(), operands.end());
  for (const planning::Step& step : plan.steps) {
    const auto in = operands_of(step, values);
    const bool known = std::all_of(in.begin(), in.end(), [](const Tensor& t) { return t.defined() && t.storage(); });
    values.push_back(known ? step_function(planning::whole_step_contraction(plan, step), {in.data(), in.size()},
                                           step.contraction.dtype)
                           : Tensor());
  }
  return values;
}

std::vector<Tensor> gradients(const planning::Plan& plan, Values values, const Tensor& seed,
                              std::span<const bool> wanted, StepFunction step_function) {
  const std::vector<bool> need = needed(plan, wanted);
  std::vector<Tensor> gradient(values.size());
  gradient.back() = seed;
  for (std::size_t k = plan.steps.size(); k-- > 0;) {
    const planning::Step& step = plan.steps[k];
    const std::size_t result = plan.whole.inputs.size() + k;
    // Each value is used by one step alone: here its result and its gradient are done with.
    const Tensor g = std::exchange(gradient[result], Tensor());
    values[result] = Tensor();
    if (!need[result]) continue;
    const Contraction forward = planning::whole_step_contraction(plan, step);
    for (const std::size_t i : gradient_order(plan, step, values)) {
      const auto v = static_cast<std::size_t>(step.values[i]);
      if (need[v]) {
        auto in = operands_of(step, values);
        in[i] = g;
        gradient[v] = step_function(forward.adjoint(i), {in.data(), in.size()}, gradient_dtype(plan, v));
      }
      for (std::size_t j = 0; j < step.values.size(); ++j)
        if (j != i) values[static_cast<std::size_t>(step.values[j])] = Tensor();  // read by this gradient alone
    }
  }
  gradient.resize(plan.whole.inputs.size());
  return gradient;
}

}  // namespace ricci::execute
