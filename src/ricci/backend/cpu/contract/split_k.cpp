#include "ricci/backend/cpu/contract/split_k.h"

#include "ricci/backend/cpu/axes.h"
#include "ricci/backend/cpu/cache_line.h"
#include "ricci/backend/cpu/contract/contract.h"
#include "ricci/backend/cpu/reduce/reduce.h"
#include "ricci/backend/cpu/tasks.h"
#include "ricci/backend/walk.h"

namespace ricci::cpu {
namespace {

constexpr std::int64_t kDepth = 2048;  // contracted extent of one piece: its columns stay in L2
constexpr std::int64_t kLeastDepth = 256;
constexpr std::int64_t kSide = 64;  // the result is short when both its sides are at most this
constexpr std::int64_t kMaxPieces = 64;
constexpr std::int64_t kFewPieces = 8;
constexpr std::int64_t kPieceBytes = 1 << 20;  // working memory of a piece, unless it needs more

bool splits(std::int64_t left, std::int64_t right, std::int64_t contracted) {
  return left <= kSide && right <= kSide && contracted >= 4 * kDepth;
}

// Pieces along one contracted axis, the others whole in each.
struct KPieces {
  std::size_t axis = 0;  // of step.loops.contracted
  std::int64_t extent = 1, length = 1, count = 1;

  explicit KPieces(const Axes& contracted) {
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

// A step cut into pieces, each with sums of its own in a dense array.
class SplitK final : public HostKernel {
 public:
  explicit SplitK(const ContractStep& step) : HostKernel(false, true), pieces_(step.loops.contracted) {
    ContractStep part = step;
    part.alpha = 1;
    part.beta = 0;
    part.c = {nullptr, accumulator_of(step.a.dtype)};
    results_ = lay_densely(part.loops.batch, lay_densely(part.loops.left, lay_densely(part.loops.right)));
    item_ = static_cast<std::int64_t>(size_of(part.c.dtype));
    sum_bytes_ = round_up(pieces_.count * results_ * item_, kLineBytes);
    Axis& cut = part.loops.contracted[pieces_.axis];
    a_step_ = pieces_.length * cut.a * static_cast<std::int64_t>(size_of(step.a.dtype));
    b_step_ = pieces_.length * cut.b * static_cast<std::int64_t>(size_of(step.b.dtype));
    cut.extent = pieces_.length;
    first_ = make_unsplit(part, first_slot_);
    cut.extent = pieces_.extent - (pieces_.count - 1) * pieces_.length;
    last_ = make_unsplit(part, last_slot_);
    make_reduce(total_of(step, part), total_);
  }
  std::int64_t memory_bytes(std::int64_t most) const override {
    const std::int64_t piece = piece_bytes(most);
    if (piece == 0) return sum_bytes_;
    return sum_bytes_ + piece * std::clamp<std::int64_t>((most - sum_bytes_) / piece, 1, slots());
  }
  std::string name() const override { return "split sum"; }

 private:
  void multiply(WorkingMemory memory, const void* a, const void* b, void* c) const override {
    const std::int64_t bytes = piece_bytes(memory.bytes);
    const std::int64_t at_once = bytes == 0 ? slots() : std::min(slots(), (memory.bytes - sum_bytes_) / bytes);
    each_with_slot(pieces_.count, at_once, [&](std::int64_t i, std::int64_t slot) {
      const HostKernel& piece = i + 1 < pieces_.count ? *first_ : *last_;
      piece.run_in({memory.data + sum_bytes_ + slot * bytes, bytes}, static_cast<const std::byte*>(a) + i * a_step_,
                   static_cast<const std::byte*>(b) + i * b_step_, memory.data + i * results_ * item_);
    });
    total_->run(memory.data, nullptr, c);
  }

  // What adds up the sums of all pieces.
  ReduceStep total_of(const ContractStep& step, const ContractStep& part) const {
    ReduceStep total{{}, {nullptr, part.c.dtype}, step.c, step.alpha, step.beta, step.semiring};
    for (const auto role : {&Loops::batch, &Loops::left, &Loops::right})
      for (std::size_t i = 0; i < (step.loops.*role).size(); ++i) {
        const Axis& axis = (step.loops.*role)[i];
        total.loops.left.push_back({axis.extent, (part.loops.*role)[i].c, 0, axis.c});
      }
    total.loops.contracted.push_back({pieces_.count, results_, 0, 0});
    fold(total.loops.left);
    fold(total.loops.contracted);
    return total;
  }

  std::int64_t slots() const { return std::min(pieces_.count, kMaxSlots); }
  // Working memory of one piece, of `most` for all of it.
  std::int64_t piece_bytes(std::int64_t most) const {
    const std::int64_t share = std::clamp<std::int64_t>((most - sum_bytes_) / slots(), 0, kPieceBytes);
    return round_up(std::max(first_->memory_bytes(share), last_->memory_bytes(share)), kLineBytes);
  }

  KPieces pieces_;
  std::int64_t results_, item_, sum_bytes_;
  std::int64_t a_step_, b_step_;  // bytes from one piece to the next
  KernelSlot first_slot_, last_slot_, total_;
  const HostKernel *first_, *last_;
};

}  // namespace

const HostKernel* make_split_k(const ContractStep& step, KernelSlot& slot) {
  const Loops& loops = step.loops;
  const bool empty = extent_of(loops.batch) == 0 || extent_of(loops.left) == 0 || extent_of(loops.right) == 0;
  if (empty || !splits(extent_of(loops.left), extent_of(loops.right), extent_of(loops.contracted))) return nullptr;
  return slot.make<SplitK>(step);
}

}  // namespace ricci::cpu
