#include "ricci/backend/cpu/contract/unpacked/unpacked.h"

#include <cstdlib>

#include "ricci/backend/cpu/axes.h"
#include "ricci/backend/cpu/map/permute.h"
#include "ricci/backend/cpu/processor.h"
#include "ricci/backend/cpu/tasks.h"
#include "ricci/backend/element.h"
#include "ricci/backend/walk.h"

namespace ricci::cpu {
namespace {

constexpr double kMostWork = 1.2e6;              // multiplications of one product; above, packing pays ...
constexpr std::int64_t kThin = 16;               // columns or depth of products that are long otherwise
constexpr std::int64_t kShort = 64;              // ... but not for as few rows and columns as these
constexpr std::int64_t kMostResults = 64 << 10;  // of many small products, each with a copy
constexpr std::int64_t kNarrow = 384;            // columns that are better read where they lie than packed ...
constexpr std::int64_t kColumnBytes = 3 << 18;   // ... while all of them stay in L2
constexpr std::int64_t kFarStep = 8192;          // bytes: steps further apart share cache sets
constexpr std::int64_t kFarBytes = 128 << 10;    // columns of a product that are not in the caches yet
constexpr std::int64_t kNear = 256;              // steps of several tiles before the next steps
constexpr std::int64_t kMostJumps = 64;          // steps along several axes
constexpr std::int64_t kCopyRows = 192;          // read the columns that one task copies together
constexpr std::int64_t kFew = 32;                // rows or columns that don't repay packing the others ...
constexpr std::int64_t kFewResults = 8;          // ... where so many elements are read for each one stored
constexpr std::int64_t kMostCopied = 16 << 10;   // elements of a matrix whose columns are copied together

bool has_kernel(DType dtype) {
  return visit_product(dtype, []<class K>(Tag<K>) { return unpacked_kernel<K>() != nullptr; });
}

bool adjacent_first(const Axis& x, const Axis& y) { return x.c == 1 && y.c != 1; }
bool read_adjacent_first(const Axis& x, const Axis& y) { return x.b == 1 && y.b != 1; }
bool nearer_results(const Axis& x, const Axis& y) { return std::abs(x.c) < std::abs(y.c); }
bool is_adjacent(const Axis& column) { return column.extent <= 1 || column.c == 1; }

// Right labels are the columns: adjacent in c, or in b alone if it `scatters`.
std::optional<UnpackedPlan> plan_with(const ContractStep& step, bool scatters) {
  Axes rows = step.loops.left, columns = step.loops.right;
  UnpackedPlan plan;
  plan.column = take(columns, scatters ? read_adjacent_first : adjacent_first);
  if (is_adjacent(plan.column) == scatters) return {};
  plan.row = take(rows, scatters ? nearer_results : longer);
  plan.steps = step.loops.contracted;
  plan.depth = extent_of(plan.steps);
  // Complex kernels don't add to c, and those that scatter rather don't.
  const bool adds = !is_complex(step.a.dtype) && plan.steps.size() == 1 && !scatters;
  plan.near = std::clamp<std::int64_t>(plan.depth, 1, adds ? kNear : INT64_MAX);
  plan.copies_columns = plan.column.extent > 1 && plan.column.b != 1;
  if (plan.steps.size() > 1 && (plan.copies_columns || plan.depth > kMostJumps)) return {};
  plan.outer = step.loops.batch;
  // Of a gate rows come last: they read the columns of the ones before again.
  const bool gate = plan.steps.size() > 1;
  for (const Axes* axes : {gate ? &columns : &rows, gate ? &rows : &columns})
    plan.outer.append(axes->begin(), axes->end());
  plan.batch = take(plan.outer, scatters ? nearer_results : longer);
  return plan;
}

// Whether reading the rows, once for every few vectors of columns, costs less than packing them: their steps, or the
// rows themselves, are adjacent and near.
bool is_narrow(const UnpackedPlan& plan, DType dtype) {
  if (plan.steps.size() != 1 || is_complex(dtype)) return false;
  const std::int64_t n = plan.column.extent, size = static_cast<std::int64_t>(size_of(dtype));
  const Axis& step = plan.steps[0];
  if (n > kNarrow || n * plan.depth * size > kColumnBytes) return false;
  if (!plan.copies_columns && std::abs(step.b) * size > kFarStep) return false;
  return step.a == 1 || (plan.row.a == 1 && std::abs(step.a) * size * n <= kFarStep * kShort);
}

// The same of a product whose results are stored one by one, since its columns lie apart in c: a few rows or columns
// meet many long ones, which would be packed to be read once or twice.
bool suits_scattered(const UnpackedPlan& plan, DType dtype, std::int64_t rows, std::int64_t columns) {
  if (plan.copies_columns || plan.steps.size() != 1 || plan.steps[0].a != 1 || is_complex(dtype)) return false;
  const std::int64_t few = std::min(rows, columns);
  if (plan.column.extent < 8 || few > kFew || plan.depth < kFewResults * few) return false;
  const std::int64_t size = static_cast<std::int64_t>(size_of(dtype));
  return is_narrow(plan, dtype) || (rows * plan.depth * size <= kColumnBytes && plan.steps[0].b * size <= kFarStep);
}

// Whether the tiles run well: few sums wait for each other, few columns leave vectors empty, and a large
// product would gain from packing.
bool suits(const UnpackedPlan& plan, DType dtype, std::int64_t rows, std::int64_t columns) {
  const std::int64_t m = plan.row.extent, n = plan.column.extent, k = plan.depth;
  const double work = static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(k);
  if (!is_adjacent(plan.column)) return suits_scattered(plan, dtype, rows, columns);
  if (m * n < 256 && k > 4096) return false;
  if (n < 8 && columns >= 4 * n) return false;
  if (plan.copies_columns && rows * columns > kMostResults && rows * columns > m * n) return false;
  const bool small = work <= kMostWork || (m <= kShort && n <= kShort);
  if (plan.copies_columns) return m >= 4 && n * plan.near <= kMostCopied && (small || is_narrow(plan, dtype));
  if (n == 1) return m * k <= 4096;
  if (small || is_narrow(plan, dtype)) return true;
  return k <= kThin || (n <= kThin && plan.steps.back().a == 1);
}

// Some rows of some positions of the batch, somewhere in the outer axes.
struct TaskPart {
  Offsets base;
  std::int64_t position, positions, row, rows;
};

// How the work is cut into tasks of about kParallelWork: by rows where one product is more than that,
// else by positions of the batch, else by those of the outer axes.
struct TaskCut {
  const UnpackedPlan& plan;
  std::int64_t rows, row_tasks, positions, batch_tasks, outers, outer_tasks;

  TaskCut(const UnpackedPlan& plan_, double weight) : plan(plan_) {
    const double row_work =
        weight * static_cast<double>(plan.column.extent) * static_cast<double>(std::max<std::int64_t>(1, plan.depth));
    const auto wanted_rows = static_cast<std::int64_t>(std::max(1.0, kParallelWork / std::max(1.0, row_work)));
    const std::int64_t least =
        plan.copies_columns ? kCopyRows : 1;  // a task that copies columns has rows enough for it
    rows = even_piece(plan.row.extent, std::max(least, wanted_rows), 12);
    row_tasks = rows < plan.row.extent ? ceil_div(plan.row.extent, rows) : 1;
    positions = std::clamp<std::int64_t>(wanted_rows / std::max<std::int64_t>(1, plan.row.extent), 1,
                                         std::max<std::int64_t>(1, plan.batch.extent));
    batch_tasks = ceil_div(plan.batch.extent, positions);
    const bool whole = row_tasks == 1 && batch_tasks == 1;
    const std::int64_t work_rows = std::max<std::int64_t>(1, plan.row.extent * plan.batch.extent);
    outers = whole ? std::max<std::int64_t>(1, wanted_rows / work_rows) : 1;
    outer_tasks = ceil_div(extent_of(plan.outer), outers);
  }
  std::int64_t tasks() const { return row_tasks * batch_tasks * outer_tasks; }

  template <class F>
  void each_part(std::int64_t task, F&& f) const {
    const std::int64_t row = task % row_tasks * rows, position = task / row_tasks % batch_tasks * positions;
    const std::int64_t first = task / (row_tasks * batch_tasks) * outers;
    for (std::int64_t outer = first; outer < std::min(first + outers, extent_of(plan.outer)); ++outer)
      f(TaskPart{offsets_at(plan.outer, outer), position, std::min(positions, plan.batch.extent - position), row,
                 std::min(rows, plan.row.extent - row)});
  }
};

template <class K>
struct Runner {
  static constexpr double kWeight = is_complex_type<K> ? 4 : 1;
  const UnpackedPlan& plan;
  UnpackedProduct<K> product;  // of the whole batch, without data
  UnpackedKernel<K> kernel = unpacked_kernel<K>();
  std::int64_t a_jumps[kMostJumps], b_jumps[kMostJumps];

  Runner(const ContractStep& step, const UnpackedPlan& plan_) : plan(plan_) {
    product.conjugates_a = plan.swapped ? step.b.conjugated : step.a.conjugated;
    product.conjugates_b = plan.swapped ? step.a.conjugated : step.b.conjugated;
    product.batch = plan.batch.extent, product.m = plan.row.extent;
    product.n = plan.column.extent, product.k = plan.depth;
    product.a_batch = plan.batch.a, product.a_row = plan.row.a;
    product.b_batch = plan.batch.b;
    if (plan.steps.size() == 1) {
      product.a_step = plan.steps[0].a, product.b_step = plan.steps[0].b;
    } else if (plan.steps.size() > 1) {
      fill_jumps(&Axis::a, a_jumps), fill_jumps(&Axis::b, b_jumps);
      product.a_jumps = a_jumps, product.b_jumps = b_jumps;
    }
    product.c_batch = plan.batch.c, product.c_row = plan.row.c;
    product.c_column = plan.column.extent > 1 ? plan.column.c : 1;
    product.fetches = product.c_column != 1 && product.n * product.k * std::int64_t{sizeof(K)} > kFarBytes;
    product.alpha = element::from_scalar<K>(step.alpha);
    product.beta = element::from_scalar<K>(step.beta);
    product.reads = !step.beta.is(0);
  }

  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  void fill_jumps(std::int64_t Axis::*side, std::int64_t* jumps) const {
    fill_offsets(plan.steps, side, 0, plan.depth, jumps);
    for (std::int64_t p = 0; p + 1 < plan.depth; ++p) jumps[p] = jumps[p + 1] - jumps[p];
    if (plan.depth > 0) jumps[plan.depth - 1] = 0;
  }

  UnpackedProduct<K> part(const UnpackedProduct<K>& whole, const TaskPart& at) const {
    UnpackedProduct<K> p = whole;
    p.batch = at.positions, p.m = at.rows;
    p.a += at.base.a + at.position * p.a_batch + at.row * p.a_row;
    p.b += at.base.b + at.position * p.b_batch;
    p.c += at.base.c + at.position * p.c_batch + at.row * p.c_row;
    return p;
  }

  // Long sums in pieces whose rows and columns stay near while all tiles run: c is added to from the second on.
  template <class F>
  void each_near(const UnpackedProduct<K>& p, F&& f) const {
    for (std::int64_t first = 0; first < std::max<std::int64_t>(1, p.k); first += plan.near) {
      UnpackedProduct<K> piece = p;
      piece.a += first * p.a_step, piece.b += first * p.b_step;
      piece.k = std::min(plan.near, p.k - first);
      if (first > 0) piece.beta = K(1), piece.reads = true;
      f(piece);
    }
  }

  void multiply(const UnpackedProduct<K>& p) const {
    if (p.m * p.n <= 256) return kernel(p);  // one tile
    each_near(p, kernel);
  }

  // The columns of each matrix are first copied together.
  void run_copied(const UnpackedProduct<K>& p, K* copy) const {
    for (std::int64_t position = 0; position < p.batch; ++position) {
      UnpackedProduct<K> one = p;
      one.batch = 1;
      one.a += position * p.a_batch, one.b += position * p.b_batch, one.c += position * p.c_batch;
      each_near(one, [&](UnpackedProduct<K> piece) {
        if (position == 0 || p.b_batch != 0 || piece.k < p.k) copy_columns(piece.b, piece.k, copy);
        piece.b = copy, piece.b_step = p.n;
        kernel(piece);
      });
    }
  }
  void copy_columns(const K* b, std::int64_t k, K* copy) const {
    if (product.b_step == 1) {
      transpose_loop(sizeof(K))({b, copy, plan.column.b, product.n, product.n, k});
      return;
    }
    for (std::int64_t p = 0; p < k; ++p)
      for (std::int64_t j = 0; j < product.n; ++j) copy[p * product.n + j] = b[p * product.b_step + j * plan.column.b];
  }

  bool is_one_task() const {
    const double work = kWeight * static_cast<double>(product.batch * product.m) * static_cast<double>(product.n) *
                        static_cast<double>(std::max<std::int64_t>(1, product.k));
    return plan.outer.empty() && !plan.copies_columns && work <= kParallelWork;
  }
};

template <class K>
class Unpacked final : public HostKernel {
 public:
  Unpacked(const ContractStep& step, const UnpackedPlan& plan)
      : HostKernel(plan.swapped, plan.copies_columns),
        plan_(plan),
        runner_(step, plan_),
        is_one_task_(runner_.is_one_task()) {}

  std::int64_t memory_bytes(std::int64_t most) const override {
    const std::int64_t copied = copied_elements() * static_cast<std::int64_t>(sizeof(K));
    if (copied == 0) return 0;
    const std::int64_t tasks = TaskCut(plan_, Runner<K>::kWeight).tasks();
    if (tasks == 0) return 0;
    return copied * std::clamp<std::int64_t>(most / copied, 1, std::min(tasks, kMaxSlots));
  }
  std::string name() const override {
    return (plan_.copies_columns ? "unpacked, copied " : "unpacked ") + instruction_set();
  }

 private:
  std::int64_t copied_elements() const { return plan_.copies_columns ? plan_.column.extent * plan_.near : 0; }

  void multiply(WorkingMemory memory, const void* rows, const void* columns, void* c) const override {
    UnpackedProduct<K> product = runner_.product;
    product.a = static_cast<const K*>(rows);
    product.b = static_cast<const K*>(columns);
    product.c = static_cast<K*>(c);
    if (is_one_task_) return runner_.multiply(product);
    run_tasks(product, memory);
  }

  void run_tasks(const UnpackedProduct<K>& product, WorkingMemory memory) const {
    const TaskCut cut(plan_, Runner<K>::kWeight);
    const std::int64_t copied = copied_elements();
    std::int64_t slots = std::min(cut.tasks(), kMaxSlots);
    if (copied > 0) slots = std::min(slots, memory.bytes / (copied * static_cast<std::int64_t>(sizeof(K))));
    each_with_slot(cut.tasks(), slots, [&](std::int64_t task, std::int64_t slot) {
      cut.each_part(task, [&](const TaskPart& at) {
        const UnpackedProduct<K> p = runner_.part(product, at);
        if (plan_.copies_columns)
          runner_.run_copied(p, reinterpret_cast<K*>(memory.data) + slot * copied);
        else
          runner_.multiply(p);
      });
    });
  }

  UnpackedPlan plan_;
  Runner<K> runner_;
  bool is_one_task_;
};

}  // namespace

std::optional<UnpackedPlan> plan_unpacked(const ContractStep& step) {
  const DType dtype = step.a.dtype;
  if (!has_product_kernels(step) || !has_kernel(dtype)) return {};
  if (is_complex(dtype) && !(step.alpha.is(1) && step.beta.is(0))) return {};
  std::optional<UnpackedPlan> best;
  for (const bool scatters : {false, true})
    for (const bool swaps : {false, true}) {
      if (best && best->column.extent > 1 && (scatters || !best->copies_columns)) return best;
      const ContractStep oriented = swaps ? swapped(step) : step;
      std::optional<UnpackedPlan> plan = plan_with(oriented, scatters);
      if (!plan || !suits(*plan, dtype, extent_of(oriented.loops.left), extent_of(oriented.loops.right))) continue;
      plan->swapped = swaps;
      if (!best || (plan->column.extent > 1 && (best->column.extent == 1 || !plan->copies_columns))) best = plan;
    }
  return best;
}

const HostKernel* make_unpacked(const ContractStep& step, KernelSlot& slot) {
  const std::optional<UnpackedPlan> plan = plan_unpacked(step);
  if (!plan) return nullptr;
  return visit_product(step.a.dtype,
                       [&]<class K>(Tag<K>) -> const HostKernel* { return slot.make<Unpacked<K>>(step, *plan); });
}

}  // namespace ricci::cpu
