// The footprint of a program: how many bytes it has at once, allocation by allocation as execute/ makes them,
// and what it costs. A prediction that the byte account of a run is held against.
#pragma once

#include <algorithm>
#include <functional>

#include "ricci/plan/program.h"

namespace ricci::planning {

/// Strides in elements, by axis.
using AxisStrides = SmallVector<std::int64_t, 8>;

/// A step with all that its kernel, and so its working memory, depends on; no data.
struct StepShape {
  Contraction contraction{};  // with the extents of a slice
  SmallVector<AxisStrides, 2> strides{};
  SmallVector<DType, 2> dtypes{};
  AxisStrides result_strides{};
  DType dtype = DType::f32;
  int side = kForward;       // of the action: the contraction is the adjoint for this operand of the step
  bool scales = false;       // alpha is not 1
  bool accumulates = false;  // beta is not 0
};

/// The bytes that a step's kernel allocates beside its result, when `most` are left to it. Given by the caller,
/// since plans know of no kernels.
using ScratchBytes = std::function<std::int64_t(const StepShape&, std::int64_t most)>;

/// What the kernel of a step is called, for people. Given by the caller, as ScratchBytes is.
using KernelName = std::function<std::string(const StepShape&)>;

/// Strides that are not those of contiguous tensors; empty where they are.
struct Layout {
  std::vector<AxisStrides> operands{};
  AxisStrides seed{}, output{};
  bool scales = false;       // the result by alpha
  bool accumulates = false;  // the result is added to what is there
  bool has_output = false;   // the result goes into memory that is there
  friend bool operator==(const Layout&, const Layout&) = default;
};

struct Footprint {
  std::int64_t peak = 0;
  std::size_t peak_action = 0;          // of the program
  std::int64_t peak_scratch = 0;        // working memory of that action
  double flops = 0;                     // scalar multiplications of all slices
  double seconds = 0;                   // predicted
  std::vector<std::int64_t> held = {};  // by step: the most while it, or a gradient of it, runs
};

/// What a tensor of these bytes is charged: whole blocks of 64.
constexpr std::int64_t charged_bytes(std::int64_t bytes) {
  return bytes > INT64_MAX - 63 ? INT64_MAX : std::max<std::int64_t>(64, (bytes + 63) / 64 * 64);
}

/// The footprint of a program of this plan, when kernels may take up to what is left under `most`.
RICCI_API Footprint footprint(const Plan& plan, const Program& program, const ScratchBytes& scratch,
                              std::int64_t most = INT64_MAX, const Layout& layout = {});

/// By step, what its kernel is called when the operands are contiguous, in a slice with whole pieces.
RICCI_API std::vector<std::string> kernel_names(const Plan& plan, const KernelName& name);

/// The contraction of an action: the step itself, or the adjoint for one of its values. No names.
RICCI_API Contraction action_contraction(const Plan& plan, const Action& action, const Extents& extents);

}  // namespace ricci::planning
