#include "ricci/backend/cpu/contract/contract.h"

#include <algorithm>
#include <span>

#include "ricci/backend/cpu/contract/batch/batch_lanes.h"
#include "ricci/backend/cpu/contract/batch/batch_packed.h"
#include "ricci/backend/cpu/contract/matvec/matvec.h"
#include "ricci/backend/cpu/contract/naive.h"
#include "ricci/backend/cpu/contract/outer.h"
#include "ricci/backend/cpu/contract/packed/packed.h"
#include "ricci/backend/cpu/contract/split_k.h"
#include "ricci/backend/cpu/contract/symmetric.h"
#include "ricci/backend/cpu/contract/unpacked/unpacked.h"
#include "ricci/backend/element.h"
#include "ricci/backend/reference/reference.h"

namespace ricci::cpu {
namespace {

// Vectors along the batch are all that fills some with dot products, if these are long enough to repay packing.
const HostKernel* make_batch_of_dots(const ContractStep& step, KernelSlot& slot) {
  constexpr std::int64_t kLongDot = 8;
  const bool dots = extent_of(step.loops.left) * extent_of(step.loops.right) == 1;
  return dots && extent_of(step.loops.contracted) >= kLongDot ? make_batch_packed(step, slot) : nullptr;
}

// The families: the first one that has a kernel for a step runs it.
using Make = const HostKernel* (*)(const ContractStep&, KernelSlot&);
constexpr Make kFamilies[] = {
    make_naive,          // no tile has the dtype in this semiring
    make_outer,          // nothing is summed: bound by memory
    make_split_k,        // long sums into few results: pieces in parallel
    make_matvec,         // one operand is a few vectors: the matrix is read once
    make_batch_lanes,    // the batch is adjacent in all three: vectors along it, nothing packed
    make_batch_of_dots,  // a batch of dot products: packed, vectors along it
    make_unpacked,       // small, thin, narrow or few: operands read where they lie
    make_batch_packed,   // many tiny products: packed, vectors along the batch
    make_packed,         // everything else
};

const HostKernel* first_of(std::span<const Make> families, const ContractStep& step, KernelSlot& slot) {
  for (const Make make : families)
    if (const HostKernel* kernel = make(step, slot)) return kernel;
  return nullptr;  // the last one takes every step
}

template <class T>
void check_dtypes(const ContractStep& step) {
  (void)element::loader<accumulator<T>>(step.a);
  (void)element::loader<accumulator<T>>(step.b);
  (void)element::storer<accumulator<T>>(step.c.dtype);
}

// A c with axes of its own or with a diagonal: what lies off the diagonal is written first. Axes of c alone become the
// right operand's, which is there the same at every one.
class OffDiagonal final : public Kernel {
 public:
  explicit OffDiagonal(const ContractStep& step)
      : loops_(step.loops), c_(step.c), beta_(step.beta), semiring_(step.semiring) {
    ContractStep rest = step;
    if (loops_.writes_diagonal && !beta_.is(0)) rest.beta = 1;
    rest.loops.writes_diagonal = false;
    rest.loops.right.append(loops_.broadcast.begin(), loops_.broadcast.end());
    rest.loops.broadcast.clear();
    fold(rest.loops.right);
    make_contract(rest, rest_);
  }
  void run(const void* a, const void* b, void* c) const override {
    reference::fill_off_diagonal(loops_, {c, c_.dtype}, beta_, semiring_);
    rest_->run(a, b, c);
  }
  std::int64_t scratch_bytes(std::int64_t most) const override { return rest_->scratch_bytes(most); }
  std::string name() const override { return rest_->name(); }

 private:
  Loops loops_;
  Target c_;
  Scalar beta_;
  Semiring semiring_;
  KernelSlot rest_;
};

}  // namespace

const HostKernel* choose(const ContractStep& step, KernelSlot& slot) { return first_of(kFamilies, step, slot); }

const HostKernel* make_unsplit(const ContractStep& step, KernelSlot& slot) {
  const Make* split = std::find(std::begin(kFamilies), std::end(kFamilies), &make_split_k);
  return first_of({split + 1, std::end(kFamilies)}, step, slot);
}

const Kernel* make_contract(const ContractStep& step, KernelSlot& slot) {
  visit_dtype(step.a.dtype, [&]<class T>(Tag<T>) { check_dtypes<T>(step); });
  if (step.loops.writes_diagonal || !step.loops.broadcast.empty()) return slot.make<OffDiagonal>(step);
  if (const Kernel* kernel = make_symmetric(step, slot)) return kernel;
  return choose(step, slot);
}

}  // namespace ricci::cpu
