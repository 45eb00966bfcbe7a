// The interface every device implements: kernels of contractions and reductions, and the other steps. Tensors name
// their device, and backend_of() has its backend; no global switch selects one.
// Preconditions are the callers' (execute/, ops/): shapes agree, dtypes are as each function says.
#pragma once

#include <optional>

#include "ricci/backend/kernel.h"
#include "ricci/backend/loops.h"
#include "ricci/backend/maps.h"
#include "ricci/base/scalar.h"

namespace ricci {

/// Elements to read: where they start, their dtype, and whether to conjugate them on the way. Here and in every step
/// data are addresses in the memory of the backend's own device.
struct Source {
  const void* data = nullptr;
  DType dtype = DType::f32;
  bool conjugated = false;
};
struct Target {
  void* data = nullptr;
  DType dtype = DType::f32;
};

/// c = alpha * contraction(a, b) + beta * c in `semiring`. The accumulator is accumulator_of(a.dtype);
/// a, b and c have that dtype or a 16-bit one with that accumulator. beta = 0 never reads c. In other
/// semirings alpha is 1 and beta is 0 (overwrite) or 1 (add with the semiring's sum). c overlaps neither.
struct ContractStep {
  Loops loops{};
  Source a{}, b{};
  Target c{};
  Scalar alpha = 1, beta = 0;
  Semiring semiring = Semiring::sum_product;
};

/// The same for one operand: permute, reduce, diagonal, broadcast, any mix.
struct ReduceStep {
  Loops loops{};
  Source a{};
  Target c{};
  Scalar alpha = 1, beta = 0;
  Semiring semiring = Semiring::sum_product;
};

/// out[shape] = map(inputs[shape]...): elementwise over `shape`; strides in elements, 0 broadcasts.
/// `copy` converts between any two dtypes (float to integer saturates); all other maps want the inputs in
/// one dtype (where's condition is bool) and give result_dtype(). out overlaps an input only when it is the very
/// same view. An input can be one number, which its dtype can hold: then there are no data.
struct MapStep {
  struct Input {
    const void* data = nullptr;
    DType dtype = DType::f32;
    Strides strides{};
    std::optional<Scalar> number{};
  };
  Map map = Map::copy;
  Shape shape;
  SmallVector<Input, 3> inputs;
  Target out;
  Strides out_strides;
};

/// Axes as rows: x[outer, n, inner] by an int64 index[outer, m, inner]; strides in elements. Sizes are
/// those of `shape` = the index's shape with `axis` the one indexed.
struct GatherStep {
  Shape shape;  // of the index and of the gathered side
  int axis = 0;
  std::int64_t extent = 0;  // of the table along `axis`: valid indices are 0..extent-1
  const std::int64_t* index = nullptr;
  Strides index_strides;
  void* table = nullptr;  // read by gather, added to by scatter
  Strides table_strides;
  void* values = nullptr;  // written by gather, read by scatter
  Strides value_strides;
  DType dtype = DType::f32;
};

/// Position of the extreme along one axis: out[shape without axis] int64, the first in order on ties;
/// a NaN is more extreme than anything.
struct ArgStep {
  Shape shape;
  int axis = 0;
  const void* data = nullptr;
  DType dtype = DType::f32;
  Strides strides;
  bool largest = true;
  std::int64_t* out = nullptr;
  Strides out_strides;  // with 0 on `axis`
};

/// Softmax of real floats along one axis: out = exp(x) / sum(exp(x)). With `y`, a softmax, it is that one's derivative
/// at x, which is its own adjoint: out = y (x - sum(y x)). Strides in elements; computed in accumulator_of(dtype) and
/// rounded once. x and out have elements; they overlap only where they are the very same view.
struct SoftmaxStep {
  Shape shape;
  int axis = 0;
  DType dtype = DType::f32;
  const void* x = nullptr;
  Strides x_strides;
  const void* y = nullptr;  // null: the softmax itself
  Strides y_strides;
  void* out = nullptr;
  Strides out_strides;
};

/// Which term is the extreme of a contraction in max_plus, min_plus or max_product: at[kept] = the position, counted
/// through `contracted` with its last axis fastest, of the first term that equals y[kept], the contraction's value; of
/// the first NaN where that is one. a and b are real floats of one dtype and y of its accumulator, in which the terms
/// are computed; y and `at` step by the axes' c. There is a term, and `contracted` is in the order that decides ties.
struct WinnerStep {
  Axes kept, contracted;
  const void *a = nullptr, *b = nullptr;
  DType dtype = DType::f32;
  const void* y = nullptr;
  std::int64_t* at = nullptr;
  Semiring semiring = Semiring::max_plus;
};

class RICCI_API Backend {
 public:
  virtual ~Backend() = default;
  /// Makes the kernel of such a step; its data pointers are not read. Throws DTypeError for a dtype that the semiring
  /// has no meaning for.
  virtual const Kernel* kernel(const ContractStep& step, KernelSlot& slot) const = 0;
  virtual const Kernel* kernel(const ReduceStep& step, KernelSlot& slot) const = 0;
  /// Runs a step once.
  void contract(const ContractStep& step) const;
  void reduce(const ReduceStep& step) const;
  virtual void map(const MapStep& step) const = 0;
  /// values = table at the index. Throws IndexError for an index outside the table.
  virtual void gather(const GatherStep& step) const = 0;
  /// table += values at the index, in index order: repeated indices add in that order.
  virtual void scatter_add(const GatherStep& step) const = 0;
  virtual void arg_extreme(const ArgStep& step) const = 0;
  virtual void softmax(const SoftmaxStep& step) const = 0;
  virtual void winner(const WinnerStep& step) const = 0;
};

/// The backend of a device.
RICCI_API const Backend& backend_of(Device device);
/// Names the backend of a kind of devices, before the first tensor there. It is never given up.
RICCI_API void add_backend(DeviceType type, const Backend& backend);

const Backend& reference_backend();
const Backend& cpu_backend();

}  // namespace ricci
