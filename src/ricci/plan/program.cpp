#include "ricci/plan/program.h"

#include <algorithm>

namespace ricci::planning {

class ProgramMaker {
 public:
  ProgramMaker(const Plan& plan, const std::vector<bool>& wanted, bool gives_value) : plan_(plan) {
    program_.operand_count = plan.whole.inputs.size();
    program_.value_count = program_.operand_count + plan.steps.size();
    program_.gives_value = gives_value;
    program_.wanted = wanted;
    program_.accumulates.resize(program_.slot_count());
    find_varying();
    find_needed();
  }

  Program run() && {
    const std::vector<Action> all = in_order();
    keep_needed(all);
    mark_accumulating();
    mark_last_uses();
    const auto is_gradient = [](const Action& action) { return action.side != kForward; };
    program_.backward = static_cast<std::size_t>(
        std::find_if(program_.actions.begin(), program_.actions.end(), is_gradient) - program_.actions.begin());
    return std::move(program_);
  }

 private:
  std::size_t result_of(std::size_t step) const { return program_.operand_count + step; }
  bool varies(std::size_t step) const { return program_.varies[result_of(step)]; }

  void find_varying() {
    for (const Term& term : plan_.whole.inputs) {
      bool any = false;
      for (const SlicedLabel& slice : plan_.slices) any = any || contains(term.labels, slice.label);
      program_.varies.push_back(any);
    }
    for (const Step& step : plan_.steps) {
      bool any = !plan_.hoists && !plan_.slices.empty();
      for (const int v : step.values) any = any || program_.varies[static_cast<std::size_t>(v)];
      program_.varies.push_back(any);
    }
  }

  // Which values have a wanted operand below them.
  void find_needed() {
    need_ = program_.wanted;
    need_.resize(program_.operand_count);
    for (const Step& step : plan_.steps) {
      bool any = false;
      for (const int v : step.values) any = any || need_[static_cast<std::size_t>(v)];
      need_.push_back(any);
    }
  }

  void add_gradients(std::vector<Action>& out, bool varying) const {
    for (std::size_t k = plan_.steps.size(); k-- > 0;) {
      const bool again = plan_.is_recomputed(plan_.steps[k].merge);
      // What runs once is kept: it has to last through the slices.
      if (again && varies(k) == varying && (varying || plan_.slices.empty()) && need_[result_of(k)])
        for (const std::size_t below : steps_below(plan_, k))
          if (varies(below) == varying) out.push_back({below, kForward});
      for (const std::size_t i : gradient_order(plan_.steps[k]))
        if (varies(k) == varying && need_[static_cast<std::size_t>(plan_.steps[k].values[i])])
          out.push_back({k, static_cast<int>(i)});
    }
  }

  // The gradient of one value reads the other: first the one that reads the larger intermediate, which is let go of.
  SmallVector<std::size_t, 2> gradient_order(const Step& step) const {
    if (step.values.size() == 1) return {0};
    const auto bytes = [&](std::size_t i) {
      const auto v = static_cast<std::size_t>(step.values[i]);
      return v < program_.operand_count ? 0 : plan_.steps[v - program_.operand_count].bytes;
    };
    return bytes(1) > bytes(0) ? SmallVector<std::size_t, 2>{0, 1} : SmallVector<std::size_t, 2>{1, 0};
  }

  // What doesn't vary comes before the slices, and its gradients after them.
  std::vector<Action> in_order() {
    std::vector<Action> out;
    const bool sliced = !plan_.slices.empty();
    for (const bool varying : {false, true}) {
      if (varying) program_.first = sliced ? out.size() : 0;
      for (std::size_t k = 0; k < plan_.steps.size(); ++k)
        if (varies(k) == varying) out.push_back({k, kForward});
    }
    if (sliced) add_gradients(out, true);
    program_.last = out.size();
    add_gradients(out, false);
    if (!sliced) program_.last = out.size();
    return out;
  }

  // The gradient of a value of a sum of products reads the others; in other semirings all of them, and the result.
  template <class F>
  void each_read(const Action& action, F&& f) const {
    const auto& values = plan_.steps[action.step].values;
    const auto result = static_cast<int>(result_of(action.step));
    const bool gradient = action.side != kForward, linear = is_linear(plan_.whole.semiring);
    if (gradient) f(program_.gradient_slot(result));
    if (gradient && !linear) f(result);
    for (std::size_t i = 0; i < values.size(); ++i)
      if (!linear || static_cast<int>(i) != action.side) f(values[i]);
  }

  // Steps that nothing reads before they run again, if they do, are left out: so is the last one where the value is
  // not asked for.
  void keep_needed(const std::vector<Action>& all) {
    std::vector<bool> read(program_.slot_count()), keep(all.size());
    for (std::size_t a = all.size(); a-- > 0;) {
      const int slot = program_.result_slot(plan_, all[a]);
      keep[a] = all[a].side != kForward || read[static_cast<std::size_t>(slot)] ||
                (program_.is_result(slot) && program_.gives_value);
      if (all[a].side == kForward) read[static_cast<std::size_t>(slot)] = false;
      if (keep[a]) each_read(all[a], [&](int s) { read[static_cast<std::size_t>(s)] = true; });
    }
    const std::size_t first = program_.first, last = program_.last;
    for (std::size_t a = 0; a < all.size(); ++a) {
      if (keep[a]) program_.actions.push_back(all[a]);
      if (a + 1 == first) program_.first = program_.actions.size();
      if (a + 1 == last) program_.last = program_.actions.size();
    }
  }

  // The result, and gradients of what doesn't vary or is an operand, made within the slices.
  void mark_accumulating() {
    if (plan_.slices.empty()) return;
    for (std::size_t a = program_.first; a < program_.last; ++a) {
      const int slot = program_.result_slot(plan_, program_.actions[a]);
      const std::size_t value = static_cast<std::size_t>(slot) % program_.value_count;
      const bool gradient = program_.actions[a].side != kForward;
      program_.accumulates[static_cast<std::size_t>(slot)] =
          gradient ? value < program_.operand_count || !program_.varies[value]
                   : program_.is_result(slot) && program_.gives_value;
    }
  }

  // A slot made before the slices and read within them is freed by an action after them, or not at all.
  void mark_last_uses() {
    program_.frees_.resize(program_.actions.size());
    std::vector<bool> seen(program_.slot_count()), once(program_.slot_count());
    for (std::size_t a = 0; a < program_.actions.size(); ++a)
      if (a < program_.first || a >= program_.last)
        once[static_cast<std::size_t>(program_.result_slot(plan_, program_.actions[a]))] = true;
    const int seed = program_.seed_slot();
    for (std::size_t a = program_.actions.size(); a-- > 0;) {
      const Action& action = program_.actions[a];
      const bool inside = !plan_.slices.empty() && a >= program_.first && a < program_.last;
      if (action.side == kForward) seen[static_cast<std::size_t>(program_.result_slot(plan_, action))] = false;
      each_read(action, [&](int slot) {
        const auto s = static_cast<std::size_t>(slot);
        if (seen[s] || slot < static_cast<int>(program_.operand_count) || slot == seed) return;
        seen[s] = true;
        if (!inside || !(once[s] || program_.accumulates[s])) program_.frees_[a].push_back(slot);
      });
    }
  }

  const Plan& plan_;
  Program program_;
  std::vector<bool> need_;  // by value
};

Program make_program(const Plan& plan, const std::vector<bool>& wanted, bool gives_value) {
  return ProgramMaker(plan, wanted, gives_value).run();
}

std::vector<std::size_t> steps_below(const Plan& plan, std::size_t step) {
  const std::size_t n = plan.whole.inputs.size();
  std::vector<std::size_t> out;
  std::vector<int> open(plan.steps[step].values.begin(), plan.steps[step].values.end());
  while (!open.empty()) {
    const auto value = static_cast<std::size_t>(open.back());
    open.pop_back();
    if (value < n || plan.is_recomputed(plan.steps[value - n].merge)) continue;
    out.push_back(value - n);
    open.insert(open.end(), plan.steps[value - n].values.begin(), plan.steps[value - n].values.end());
  }
  std::sort(out.begin(), out.end());
  return out;
}

DType slot_dtype(const Plan& plan, const Program& program, int slot) {
  const DType wide = accumulator_of(plan.whole.dtype);
  const auto s = static_cast<std::size_t>(slot);
  if (program.is_result(slot) || program.is_operand_gradient(slot)) {
    if (!program.accumulates[s]) return plan.whole.dtype;
    return plan.sums_slices(program.labels_of(plan, slot)) ? wide : plan.whole.dtype;
  }
  return wide;
}

}  // namespace ricci::planning
