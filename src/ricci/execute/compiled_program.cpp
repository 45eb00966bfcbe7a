#include "ricci/execute/compiled_program.h"

#include <algorithm>

#include "ricci/plan/footprint.h"
#include "ricci/plan/run_program.h"

namespace ricci::execute {

using planning::Action;
using planning::Program;

TaskProgram program_of(const planning::Plan& plan, const Task& task) {
  const std::vector<bool> wanted(task.wanted.begin(), task.wanted.end());
  const bool gives_value = task.kind != Task::Kind::gradients;
  TaskProgram out{.program = make_program(plan, wanted, gives_value)};
  out.last = out.program.actions.size();
  if (task.kind == Task::Kind::value_and_kept) out.last = out.program.backward;
  if (task.kind == Task::Kind::gradients_from_kept) out.first = out.program.backward;
  return out;
}

CompiledProgram::CompiledProgram(const planning::Plan& plan, const Task& task, std::span<const Tensor> operands,
                                 const Tensor& seed)
    : kind_(task.kind),
      wanted_(task.wanted.begin(), task.wanted.end()),
      task_(program_of(plan, task)),
      dtype_(operands[0].dtype()),
      device_(operands[0].device()),
      memory_(memory_of(device_)) {
  const Program& program = task_.program;
  for (int s = 0; s < static_cast<int>(program.slot_count()); ++s) {
    const Extents shape = plan.whole.shape_of(program.labels_of(plan, s));
    shapes_.push_back(shape);
    slots_.push_back({contiguous_strides(shape), slot_dtype(plan, program, s)});
  }
  for (std::size_t i = 0; i < operands.size(); ++i) slots_[i] = geometry_of(operands[i]);
  if (seed.defined()) slots_[static_cast<std::size_t>(program.seed_slot())] = geometry_of(seed);
  reads_.resize(slots_.size());
  const bool backward = task.kind == Task::Kind::gradients || task.kind == Task::Kind::gradients_from_kept;
  used_slots_ = backward ? program.slot_count() : program.value_count;
  for (const Tensor& t : operands) strides_.push_back(t.strides());
  if (seed.defined()) strides_.push_back(seed.strides());
  for (std::size_t a = task_.first; a < task_.last; ++a) {
    const Action& action = program.actions[a];
    const Contraction contraction = action_contraction(plan, action, plan.whole.extents);
    Ready ready{.result = program.result_slot(plan, action)};
    SmallVector<Geometry, 2> in;
    for (std::size_t i = 0; i < contraction.inputs.size(); ++i) {
      ready.operands.push_back(program.operand_slot(plan, action, i));
      const auto slot = static_cast<std::size_t>(ready.operands[i]);
      in.push_back(slots_[slot]);
      reads_[slot] = true;
    }
    const Geometry& result = slots_[static_cast<std::size_t>(ready.result)];
    ready.bytes = static_cast<std::int64_t>(size_of(result.dtype));
    for (const std::int64_t extent : shapes_[static_cast<std::size_t>(ready.result)]) ready.bytes *= extent;
    make_kernel(contraction, {in.data(), in.size()}, result, 1, 0, device_, ready.kernel);
    actions_.push_back(std::move(ready));
  }
}

bool CompiledProgram::fits(const Task& task, std::span<const Tensor> operands, const Tensor& seed) const {
  const auto is_like = [&](const Tensor& tensor, const Strides& strides) {
    const TensorImpl& t = *tensor.impl();
    return t.strides == strides && t.dtype == dtype_ && t.device == device_;
  };
  if (task.kind != kind_) return false;
  if (kind_ != Task::Kind::value && !std::equal(wanted_.begin(), wanted_.end(), task.wanted.begin(), task.wanted.end()))
    return false;
  for (std::size_t i = 0; i < operands.size(); ++i)
    if (!is_like(operands[i], strides_[i])) return false;
  return !seed.defined() || is_like(seed, strides_.back());
}

// The elements of each slot, and who owns them where the program does.
struct CompiledProgram::Machine {
  const CompiledProgram& compiled;
  struct Slot {
    const void* data = nullptr;
    Ref<Storage> owned{};
  };
  SmallVector<Slot, 12> slots;
  void* target = nullptr;  // of the value, where there is memory for it

  Machine(const CompiledProgram& compiled_, std::span<const Tensor> operands)
      : compiled(compiled_), slots(compiled_.used_slots_) {
    for (std::size_t i = 0; i < operands.size(); ++i)
      if (compiled.reads_[i]) slots[i].data = address_of(operands[i]);  // of others only the shape may be known
  }
  void run(std::size_t a) {
    const Ready& ready = compiled.actions_[a - compiled.task_.first];
    const auto operand = [&](std::size_t i) { return slot(ready.operands[i]).data; };
    void* result = result_of(ready);
    ready.kernel->run(operand(0), ready.operands.size() > 1 ? operand(1) : nullptr, result);
    slot(ready.result).data = result;
  }
  void free(int number) { slot(number).owned = nullptr; }

  Slot& slot(int number) { return slots[static_cast<std::size_t>(number)]; }
  void* result_of(const Ready& ready) {
    if (target && static_cast<std::size_t>(ready.result) == compiled.value_slot()) return target;
    Ref<Storage>& storage = slot(ready.result).owned;
    storage = Storage::allocate(ready.bytes, compiled.memory_);
    return storage->address();
  }
  void run_all() { run_actions(compiled.task_.program, compiled.task_.first, compiled.task_.last, *this); }
  Tensor take(int number) { return compiled.tensor_of(std::move(slot(number).owned), number); }
};

// empty() without asking again what is known.
Tensor CompiledProgram::tensor_of(Ref<Storage> storage, int slot) const {
  const Geometry& geometry = slots_[static_cast<std::size_t>(slot)];
  return Tensor(make_ref<TensorImpl>(std::move(storage), shapes_[static_cast<std::size_t>(slot)], geometry.strides, 0,
                                     geometry.dtype, device_));
}

Tensor CompiledProgram::value(std::span<const Tensor> operands, const Tensor& target) const {
  Machine machine(*this, operands);
  if (target.defined()) machine.target = address_of(target);
  machine.run_all();
  return target.defined() ? target : machine.take(static_cast<int>(value_slot()));
}

Tensor CompiledProgram::value_and_kept(std::span<const Tensor> operands, Kept& kept) const {
  Machine machine(*this, operands);
  machine.run_all();
  Tensor value = machine.take(static_cast<int>(value_slot()));
  kept.resize(task_.program.value_count);
  for (std::size_t s = operands.size(); s < kept.size(); ++s)
    if (machine.slots[s].owned) kept[s] = machine.take(static_cast<int>(s));
  return value;
}

std::vector<Tensor> CompiledProgram::gradients(std::span<const Tensor> operands, Kept kept, const Tensor& seed) const {
  Machine machine(*this, operands);
  const Program& program = task_.program;
  for (std::size_t s = operands.size(); s < kept.size(); ++s) {
    if (!kept[s].defined() || !reads_[s]) continue;
    machine.slots[s] = {address_of(kept[s]), kept[s].storage()};
  }
  kept.clear();
  machine.slot(program.seed_slot()).data = address_of(seed);
  machine.run_all();
  std::vector<Tensor> out(operands.size());
  for (std::size_t i = 0; i < out.size(); ++i)
    if (wanted_[i]) out[i] = machine.take(program.gradient_slot(static_cast<int>(i)));
  return out;
}

}  // namespace ricci::execute
