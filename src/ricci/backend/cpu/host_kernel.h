// HostKernel: a kernel that says how much working memory it can use and runs in memory that it is given, so that
// kernels can run inside one another's. Every family of contractions exports one function that makes its own.
#pragma once

#include "ricci/backend/backend.h"
#include "ricci/backend/cpu/scratch.h"

namespace ricci::cpu {

class HostKernel : public Kernel {
 public:
  /// `swaps`: the kernel was made for the step with its operands swapped.
  explicit HostKernel(bool swaps = false, bool needs_memory = false) : swaps_(swaps), needs_memory_(needs_memory) {}

  /// In memory of memory_bytes(), of whatever was asked for.
  void run_in(WorkingMemory memory, const void* a, const void* b, void* c) const {
    swaps_ ? multiply(memory, b, a, c) : multiply(memory, a, b, c);
  }
  /// The memory that run_in() makes use of: at most `most`, but never less than one task at a time takes.
  virtual std::int64_t memory_bytes(std::int64_t most) const {
    (void)most;
    return 0;
  }

  void run(const void* a, const void* b, void* c) const final {
    needs_memory_ ? run_in_scratch(a, b, c) : run_in({}, a, b, c);
  }
  std::int64_t scratch_bytes(std::int64_t most) const final {
    return Scratch::charged(memory_bytes(std::max(most, Scratch::kInline)));
  }

 private:
  virtual void multiply(WorkingMemory memory, const void* a, const void* b, void* c) const = 0;
  [[gnu::noinline]] void run_in_scratch(const void* a, const void* b, void* c) const {
    Scratch scratch(memory_bytes(std::max(memory::available_bytes(), Scratch::kInline)));
    run_in(scratch.memory(), a, b, c);
  }

  bool swaps_, needs_memory_;
};

}  // namespace ricci::cpu
