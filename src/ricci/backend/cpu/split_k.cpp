#include "ricci/backend/cpu/split_k.h"

#include "ricci/backend/cpu/axes.h"
#include "ricci/backend/cpu/contract.h"
#include "ricci/backend/cpu/reduce.h"
#include "ricci/backend/cpu/scratch.h"
#include "ricci/backend/cpu/tasks.h"
#include "ricci/backend/walk.h"

namespace ricci::cpu {
namespace {

constexpr std::int64_t kDepth = 4096;  // contracted extent of one piece: its lanes stay in L2
constexpr std::int64_t kSide = 64;     // the result is short when both its sides are at most this
constexpr std::int64_t kMaxPieces = 64;
constexpr std::int64_t kPasses = 768;  // contracted extent that takes as much of it as any, for every dtype

bool splits(std::int64_t left, std::int64_t right, std::int64_t contracted) {
  return left <= kSide && right <= kSide && contracted >= 4 * kDepth;
}

// Pieces along one contracted axis, the others whole in each.
struct Pieces {
  std::size_t axis = 0;  // of step.loops.contracted
  std::int64_t length = 1, count = 1;

  explicit Pieces(const Axes& contracted) {
    for (std::size_t i = 1; i < contracted.size(); ++i)
      if (contracted[i].extent > contracted[axis].extent) axis = i;
    const std::int64_t extent = contracted[axis].extent, rest = extent_of(contracted) / extent;
    const std::int64_t wanted = std::clamp<std::int64_t>(extent * rest / kDepth, 1, kMaxPieces);
    length = ceil_div(extent, std::min(extent, wanted));
    count = ceil_div(extent, length);
  }
};

// The axes of c, in `loops`, as those of a dense array whose last axis is adjacent; returns its size.
std::int64_t lay_densely(Loops& loops) {
  std::int64_t stride = 1;
  for (Axes* axes : {&loops.right, &loops.left, &loops.batch})
    for (std::size_t i = axes->size(); i-- > 0;) {
      (*axes)[i].c = stride;
      stride *= (*axes)[i].extent;
    }
  return stride;
}

}  // namespace

bool is_split_k(const ContractStep& step) {
  const Loops& loops = step.loops;
  return extent_of(loops.batch) > 0 && extent_of(loops.left) > 0 && extent_of(loops.right) > 0 &&
         splits(extent_of(loops.left), extent_of(loops.right), extent_of(loops.contracted));
}

void run_split_k(const ContractStep& step) {
  const Pieces pieces(step.loops.contracted);
  const DType sum_dtype = accumulator_of(step.a.dtype);
  ContractStep part = step;
  part.alpha = 1;
  part.beta = 0;
  const std::int64_t results = lay_densely(part.loops);
  const auto item = static_cast<std::int64_t>(size_of(sum_dtype));
  Scratch scratch(pieces.count * results * item);
  each_with_slot(pieces.count, std::min(pieces.count, kMaxSlots), [&](std::int64_t i, std::int64_t) {
    ContractStep one = part;
    Axis& cut = one.loops.contracted[pieces.axis];
    const std::int64_t first = i * pieces.length;
    one.a.data = moved(step.a.data, step.a.dtype, first * cut.a);
    one.b.data = moved(step.b.data, step.b.dtype, first * cut.b);
    cut.extent = std::min(pieces.length, cut.extent - first);
    one.c = {scratch.data() + i * results * item, sum_dtype};
    run(one, choose(one, false));
  });
  ReduceStep total{{}, {scratch.data(), sum_dtype}, step.c, step.alpha, step.beta, step.semiring};
  for (Axes Loops::*role : {&Loops::batch, &Loops::left, &Loops::right})
    for (std::size_t i = 0; i < (step.loops.*role).size(); ++i) {
      const Axis& axis = (step.loops.*role)[i];
      total.loops.left.push_back({axis.extent, (part.loops.*role)[i].c, 0, axis.c});
    }
  total.loops.contracted.push_back({pieces.count, results, 0, 0});
  fold(total.loops.left);
  fold(total.loops.contracted);
  reduce(total);
}

std::int64_t split_k_bytes(std::int64_t batch, std::int64_t left, std::int64_t right, std::int64_t contracted,
                           DType dtype) {
  if (!splits(left, right, contracted)) return 0;
  const std::int64_t sums = batch * left * right * static_cast<std::int64_t>(size_of(accumulator_of(dtype)));
  return kMaxPieces * sums + kMaxSlots * contract_bytes(batch, left, right, kPasses, dtype);
}

}  // namespace ricci::cpu
