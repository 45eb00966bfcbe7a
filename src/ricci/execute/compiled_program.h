// CompiledProgram: a program of an unsliced plan made ready for operands of one geometry: its kernels are made, so that
// what is left of a run is to allocate and to compute. Immutable: an Executable keeps it, any thread may run it.
#pragma once

#include <span>
#include <vector>

#include "ricci/execute/contract.h"
#include "ricci/plan/program.h"

namespace ricci::execute {

/// What is asked of a plan: its value, or gradients of the wanted operands. For the tape both come in two halves: first
/// the value, and the values that the gradients read are kept; later the gradients from those.
struct Task {
  enum class Kind : std::uint8_t { value, value_and_kept, gradients_from_kept, gradients };
  Kind kind = Kind::value;
  std::span<const bool> wanted = {};  // by operand: which gradients
};

/// The program of a task, and the actions of it that the task runs.
struct TaskProgram {
  planning::Program program;
  std::size_t first = 0, last = 0;
};
TaskProgram program_of(const planning::Plan& plan, const Task& task);

/// Values by slot, as the first half of a program leaves them to the second; undefined where it doesn't read them.
using Kept = std::vector<Tensor>;

class CompiledProgram final : public RefCounted {
 public:
  /// Of an unsliced plan; of the operands and the seed only the geometry is looked at.
  CompiledProgram(const planning::Plan& plan, const Task& task, std::span<const Tensor> operands, const Tensor& seed);

  /// Whether it was compiled for this task and operands and a seed like these, which have the plan's shapes.
  bool fits(const Task& task, std::span<const Tensor> operands, const Tensor& seed) const;

  /// The plan's value, in a new tensor or, where it is defined, in a contiguous target.
  Tensor value(std::span<const Tensor> operands, const Tensor& target) const;
  /// The same, and what the gradients read later.
  Tensor value_and_kept(std::span<const Tensor> operands, Kept& kept) const;
  /// By operand, undefined where not wanted; lets go of what was kept with its last use.
  std::vector<Tensor> gradients(std::span<const Tensor> operands, Kept kept, const Tensor& seed) const;

 private:
  struct Ready {
    KernelSlot kernel{};
    SmallVector<int, 2> operands{};  // slots
    int result = 0;
    std::int64_t bytes = 0;  // of the result
  };
  struct Machine;

  std::size_t value_slot() const { return task_.program.value_count - 1; }
  Tensor tensor_of(Ref<Storage> storage, int slot) const;

  Task::Kind kind_;
  std::vector<bool> wanted_;
  TaskProgram task_;
  DType dtype_;  // of the operands and the seed
  Device device_;
  DeviceMemory& memory_;
  std::vector<Strides> strides_;     // by operand, then the seed's
  std::vector<Ready> actions_;       // those of the task
  std::vector<Shape> shapes_;        // by slot
  std::vector<Geometry> slots_;      // by slot
  std::size_t used_slots_ = 0;       // those that its actions know
  std::vector<std::uint8_t> reads_;  // by slot
};

}  // namespace ricci::execute
