#include "ricci/backend/cpu/split_k.h"

#include "ricci/backend/cpu/axes.h"
#include "ricci/backend/cpu/contract.h"
#include "ricci/backend/cpu/lines.h"
#include "ricci/backend/cpu/reduce.h"
#include "ricci/backend/cpu/tasks.h"
#include "ricci/backend/walk.h"

namespace ricci::cpu {
namespace {

constexpr std::int64_t kDepth = 2048;  // contracted extent of one piece: its lanes stay in L2
constexpr std::int64_t kLeastDepth = 256;
constexpr std::int64_t kSide = 64;  // the result is short when both its sides are at most this
constexpr std::int64_t kMaxPieces = 64;
constexpr std::int64_t kFewPieces = 8;
constexpr std::int64_t kPieceBytes = 1 << 20;  // working memory of a piece, unless it needs more

bool splits(std::int64_t left, std::int64_t right, std::int64_t contracted) {
  return left <= kSide && right <= kSide && contracted >= 4 * kDepth;
}

// Pieces along one contracted axis, the others whole in each.
struct Pieces {
  std::size_t axis = 0;  // of step.loops.contracted
  std::int64_t extent = 1, length = 1, count = 1;

  explicit Pieces(const Axes& contracted) {
    for (std::size_t i = 1; i < contracted.size(); ++i)
      if (cuts_better(contracted[i], contracted[axis])) axis = i;
    extent = contracted[axis].extent;
    if (contracted.size() == 2 && leaves_adjacent(contracted[1 - axis], contracted[axis])) {
      axis = 1 - axis;
      extent = count = contracted[axis].extent;
      return;
    }
    const std::int64_t rest = extent_of(contracted) / extent;
    const std::int64_t wanted = std::clamp<std::int64_t>(extent * rest / kDepth, 1, kMaxPieces);
    length = ceil_div(extent, std::min(extent, wanted));
    count = ceil_div(extent, length);
  }

 private:
  // Pieces of an axis that is adjacent in an operand would each read a part of every line.
  static bool cuts_better(const Axis& x, const Axis& y) {
    const bool x_adjacent = x.a == 1 || x.b == 1, y_adjacent = y.a == 1 || y.b == 1;
    if (x_adjacent != y_adjacent && std::min(x.extent, y.extent) >= kFewPieces) return y_adjacent;
    return x.extent > y.extent;
  }
  // Whether pieces of one position of the shorter axis each are few, and their steps, along the longer one, deep and
  // adjacent: those need no packing.
  static bool leaves_adjacent(const Axis& shorter, const Axis& longer) {
    return shorter.extent <= kMaxPieces && longer.extent >= kLeastDepth && longer.extent <= kDepth && longer.a == 1 &&
           longer.b == 1;
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

// A step cut into pieces, each with sums of its own in a dense array; and the memory that it all takes.
struct Split {
  Pieces pieces;
  ContractStep part;  // the first piece, into sums that are nowhere yet
  std::int64_t results, sum_bytes, piece_bytes;

  Split(const ContractStep& step, std::int64_t most) : pieces(step.loops.contracted), part(step) {
    part.alpha = 1;
    part.beta = 0;
    part.c = {nullptr, accumulator_of(step.a.dtype)};
    results = lay_densely(part.loops);
    part.loops.contracted[pieces.axis].extent = pieces.length;
    sum_bytes = round_up(pieces.count * results * item(), kLineBytes);
    const std::int64_t share = std::clamp<std::int64_t>((most - sum_bytes) / slots(), 0, kPieceBytes);
    piece_bytes = round_up(std::max(bytes_of_piece(0, share), bytes_of_piece(pieces.count - 1, share)), kLineBytes);
  }
  std::int64_t item() const { return static_cast<std::int64_t>(size_of(part.c.dtype)); }
  ContractStep piece(std::int64_t i) const {
    ContractStep one = part;
    Axis& cut = one.loops.contracted[pieces.axis];
    const std::int64_t first = i * pieces.length;
    one.a.data = moved(part.a.data, part.a.dtype, first * cut.a);
    one.b.data = moved(part.b.data, part.b.dtype, first * cut.b);
    cut.extent = std::min(pieces.length, pieces.extent - first);
    return one;
  }
  std::int64_t slots() const { return std::min(pieces.count, kMaxSlots); }

 private:
  std::int64_t bytes_of_piece(std::int64_t i, std::int64_t most) const {
    const ContractStep one = piece(i);
    return scratch_of(one, choose(one, false), most);
  }
};

}  // namespace

bool is_split_k(const ContractStep& step) {
  const Loops& loops = step.loops;
  return extent_of(loops.batch) > 0 && extent_of(loops.left) > 0 && extent_of(loops.right) > 0 &&
         splits(extent_of(loops.left), extent_of(loops.right), extent_of(loops.contracted));
}

void run_split_k(const ContractStep& step, WorkingMemory memory) {
  const Split split(step, memory.bytes);
  const std::int64_t slots = split.piece_bytes == 0
                                 ? split.slots()
                                 : std::min(split.slots(), (memory.bytes - split.sum_bytes) / split.piece_bytes);
  each_with_slot(split.pieces.count, slots, [&](std::int64_t i, std::int64_t slot) {
    ContractStep one = split.piece(i);
    one.c.data = memory.data + i * split.results * split.item();
    run(one, choose(one, false), {memory.data + split.sum_bytes + slot * split.piece_bytes, split.piece_bytes});
  });
  const Axes Loops::*const roles[] = {&Loops::batch, &Loops::left, &Loops::right};
  ReduceStep total{{}, {memory.data, split.part.c.dtype}, step.c, step.alpha, step.beta, step.semiring};
  for (const auto role : roles)
    for (std::size_t i = 0; i < (step.loops.*role).size(); ++i) {
      const Axis& axis = (step.loops.*role)[i];
      total.loops.left.push_back({axis.extent, (split.part.loops.*role)[i].c, 0, axis.c});
    }
  total.loops.contracted.push_back({split.pieces.count, split.results, 0, 0});
  fold(total.loops.left);
  fold(total.loops.contracted);
  reduce(total);
}

std::int64_t split_k_bytes(const ContractStep& step, std::int64_t most) {
  const Split split(step, most);
  if (split.piece_bytes == 0) return split.sum_bytes;
  return split.sum_bytes +
         split.piece_bytes * std::clamp<std::int64_t>((most - split.sum_bytes) / split.piece_bytes, 1, split.slots());
}

}  // namespace ricci::cpu
