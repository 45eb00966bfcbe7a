#include "ricci/backend/cpu/contract/packed/packed.h"

#include <cstdlib>

#include "ricci/backend/cpu/axes.h"
#include "ricci/backend/cpu/contract/packed/blocking.h"
#include "ricci/backend/cpu/contract/packed/epilogue.h"
#include "ricci/backend/cpu/contract/packed/exp_panel.h"
#include "ricci/backend/cpu/contract/packed/log_sum_exp.h"
#include "ricci/backend/cpu/contract/packed/narrow_integers.h"
#include "ricci/backend/cpu/contract/packed/packing_order.h"
#include "ricci/backend/cpu/contract/packed/product.h"
#include "ricci/backend/cpu/processor.h"
#include "ricci/backend/walk.h"

namespace ricci::cpu {
namespace {

// One matrix product: offsets are relative to these.
template <class K>
class Gemm {
 public:
  Gemm(const Product<K>& product, const GemmTable<K>& table, const Sizes<K>& sizes)
      : product_(product), table_(table), sizes_(sizes) {}

  // c of one batch position, blocks of rows and columns one after the other.
  void run(Offsets base, Maxima<K> maxima, Workspace<K>& work, K* staged, bool parallel) const {
    for (std::int64_t i = 0; i < sizes_.m; i += sizes_.rows)
      for (std::int64_t j = 0; j < sizes_.n; j += sizes_.columns) {
        const Range rows{i, std::min(sizes_.rows, sizes_.m - i)}, columns{j, std::min(sizes_.columns, sizes_.n - j)};
        if (sizes_.staged) {
          const Maxima<K> here = maxima.at(i, j);
          sum_staged(base, rows, columns, here, work, staged, parallel);
          StagedEpilogue<K>{product_, here, sizes_.k}.run(base, work, rows.count, columns.count, staged);
        } else {
          fill_offsets(product_.rows, &Axis::c, i, rows.count, work.row_c);
          fill_offsets(product_.columns, &Axis::c, j, columns.count, work.column_c);
          K* c = static_cast<K*>(product_.c.data) + base.c;
          block(base, rows, columns, {}, work, {c, product_.alpha, product_.beta, product_.reads}, parallel);
        }
      }
  }

  // The sums of one block into `staged`, row by row.
  void sum_staged(Offsets base, Range rows, Range columns, Maxima<K> maxima, Workspace<K>& work, K* staged,
                  bool parallel) const {
    for (std::int64_t i = 0; i < rows.count; ++i) work.row_c[i] = i * columns.count;
    for (std::int64_t j = 0; j < columns.count; ++j) work.column_c[j] = j;
    block(base, rows, columns, maxima, work, {staged, K(1), K(0), false}, parallel);
    fill_offsets(product_.rows, &Axis::c, rows.first, rows.count, work.row_c);
    fill_offsets(product_.columns, &Axis::c, columns.first, columns.count, work.column_c);
  }

 private:
  struct Destination {
    K* c;
    K alpha, beta;
    bool reads;
  };

  void block(Offsets base, Range rows, Range columns, Maxima<K> maxima, Workspace<K>& work, Destination to,
             bool parallel) const {
    fill_offsets(product_.rows, &Axis::a, rows.first, rows.count, work.row_a);
    fill_offsets(product_.columns, &Axis::b, columns.first, columns.count, work.column_b);
    for (std::int64_t j = 0; j < columns.count; j += table_.columns)
      fill_run_ends(work.column_c + j, std::min<std::int64_t>(table_.columns, columns.count - j), work.run_ends + j);
    std::int64_t p = 0;
    do {
      const std::int64_t depth = std::min(sizes_.depth, sizes_.k - p);
      fill_offsets(product_.contracted, &Axis::a, p, depth, work.step_a);
      fill_offsets(product_.contracted, &Axis::b, p, depth, work.step_b);
      pack(base, rows.count, columns.count, depth, maxima, work, parallel);
      multiply(rows.count, columns.count, depth, work, to, parallel);
      p += depth;
      to.beta = K(1);
      to.reads = true;
    } while (p < sizes_.k);
  }

  // Both operands of one pass into panels; a task is a group of panels.
  void pack(Offsets base, std::int64_t rows, std::int64_t columns, std::int64_t depth, Maxima<K> maxima,
            Workspace<K>& work, bool parallel) const {
    if (depth == 0) return;
    const Pack<K> a = pack_of(product_.row_source, base.a, product_.rows, &Axis::a, rows, depth, table_.rows,
                              work.row_a, work.step_a, work.rows);
    const Pack<K> b = pack_of(product_.column_source, base.b, product_.columns, &Axis::b, columns, depth,
                              table_.columns, work.column_b, work.step_b, work.columns);
    const std::int64_t a_group = group_of(a, 12), b_group = group_of(b, 8);
    const std::int64_t a_tasks = ceil_div(rows, a_group), b_tasks = ceil_div(columns, b_group);
    each(a_tasks + b_tasks, parallel, [&](std::int64_t task) {
      if (task < a_tasks)
        pack_group(a, maxima.rows, task * a_group, a_group, table_.panel_rows, &NarrowIntegers::rows);
      else
        pack_group(b, maxima.columns, (task - a_tasks) * b_group, b_group, table_.panel_columns,
                   &NarrowIntegers::columns);
    });
  }

  // `count` lines of an operand, which steps along its axes by `side`, from `offset` on.
  Pack<K> pack_of(const Source& source, std::int64_t offset, const Axes& axes, std::int64_t Axis::*side,
                  std::int64_t count, std::int64_t depth, int width, const std::int64_t* lines,
                  const std::int64_t* steps, real_type<K>* out) const {
    return {.source = moved(source.data, source.dtype, offset),
            .dtype = source.dtype,
            .conjugated = source.conjugated,
            .lines = lines,
            .steps = steps,
            .line_run = run_in(axes, side),
            .step_run = run_in(product_.contracted, side),
            .line_count = count,
            .k = depth,
            .width = width,
            .last_width = 0,  // of each group its own
            .out = out};
  }

  // Lines packed by one task: a few panels, and a cache line of those that repeat.
  static std::int64_t group_of(const Pack<K>& pack, std::int64_t panels) {
    const std::int64_t repeated = pack.line_run > 1 ? kLineOf<K> * pack.line_run : 0;
    return std::max(panels * pack.width, round_up(repeated, pack.width));
  }

  using Raise = void (NarrowIntegers::*)(std::uint32_t*, std::int64_t) const;
  void pack_group(Pack<K> pack, const K* maxima, std::int64_t first, std::int64_t group, int (*edge)(int),
                  [[maybe_unused]] Raise raise) const {
    pack.line_count = std::min(group, pack.line_count - first);
    pack.lines += first;
    pack.out += first * pack.k * kParts<K>;
    const std::int64_t rest = pack.line_count % pack.width;
    [[maybe_unused]] const int edge_width = rest == 0 ? 0 : edge(static_cast<int>(rest));
    pack.last_width = rest == 0 ? pack.width : edge_width;
    table_.pack(pack);
    if constexpr (std::is_floating_point_v<K>)
      if (maxima) take_exponentials(pack, maxima + first);
    if constexpr (std::is_same_v<K, std::uint32_t>)
      if (NarrowIntegers::holds(pack.dtype, product_.semiring))
        (NarrowIntegers(pack.dtype, product_.semiring).*raise)(pack.out,
                                                               (pack.line_count - rest + edge_width) * pack.k);
  }

  // Every panel of a group under its lines' maxima; lines that only fill a panel up have none.
  static void take_exponentials(const Pack<K>& pack, const K* maxima) {
    for (std::int64_t line = 0; line < pack.line_count; line += pack.width) {
      const std::int64_t count = std::min<std::int64_t>(pack.width, pack.line_count - line);
      const int width = line + pack.width >= pack.line_count ? pack.last_width : pack.width;
      K shifts[64] = {};
      std::copy_n(maxima + line, count, shifts);
      exp_panel(pack.out + line * pack.k, shifts, width, pack.k);
    }
  }

  // All tiles of a block; a task is a few panels of rows by as many columns as stay in L2.
  void multiply(std::int64_t rows, std::int64_t columns, std::int64_t depth, const Workspace<K>& work,
                const Destination& to, bool parallel) const {
    const std::int64_t row_panels = ceil_div(rows, table_.rows);
    const std::int64_t bytes = std::max<std::int64_t>(1, depth) * static_cast<std::int64_t>(sizeof(K));
    const std::int64_t column_group =
        even_piece(columns, std::max<std::int64_t>(table_.columns, (512 << 10) / bytes), table_.columns);
    const std::int64_t column_tasks = ceil_div(columns, column_group);
    const std::int64_t row_group = std::clamp<std::int64_t>(ceil_div(row_panels * column_tasks, 16), 1, 10);
    const std::int64_t row_tasks = ceil_div(row_panels, row_group);
    each(row_tasks * column_tasks, parallel, [&](std::int64_t task) {
      const std::int64_t i0 = task % row_tasks * row_group, j0 = task / row_tasks * column_group;
      for (std::int64_t i = i0; i < std::min(i0 + row_group, row_panels); ++i)
        for (std::int64_t j = j0; j < std::min(j0 + column_group, columns); j += table_.columns)
          tile(i * table_.rows, j, rows, columns, depth, work, to);
    });
  }

  void tile(std::int64_t i, std::int64_t j, std::int64_t rows, std::int64_t columns, std::int64_t depth,
            const Workspace<K>& work, const Destination& to) const {
    Tile<K> tile;
    tile.k = depth;
    tile.rows = work.rows + i * depth * kParts<K>;
    tile.columns = work.columns + j * depth * kParts<K>;
    tile.row_count = static_cast<int>(std::min<std::int64_t>(table_.rows, rows - i));
    tile.column_count = static_cast<int>(std::min<std::int64_t>(table_.columns, columns - j));
    tile.row_width = tile.row_count == table_.rows ? table_.rows : table_.panel_rows(tile.row_count);
    tile.column_width = tile.column_count == table_.columns ? table_.columns : table_.panel_columns(tile.column_count);
    tile.c = to.c;
    tile.c_rows = work.row_c + i;
    tile.c_columns = work.column_c + j;
    tile.run_ends = work.run_ends + j;
    tile.alpha = to.alpha;
    tile.beta = to.beta;
    tile.reads = to.reads;
    table_.tile(tile);
  }

  const Product<K>& product_;
  const GemmTable<K>& table_;
  const Sizes<K>& sizes_;
};

// How the batch runs: whole products one after the other, or many small ones at once.
struct BatchPlan {
  std::int64_t items = 1;  // per task
  std::int64_t tasks = 1, slots = 1;
  bool inside = false;  // one product at a time, parallel inside

  BatchPlan(double work, std::int64_t batch) {
    inside = work > 16 * kParallelWork || (batch == 1 && work > kParallelWork);
    if (inside) return;
    items = std::max<std::int64_t>(1, static_cast<std::int64_t>(kParallelWork / std::max(1.0, work)));
    tasks = ceil_div(batch, items);
    slots = std::min(tasks, kMaxSlots);
  }
};

template <class K>
std::int64_t bytes_of_elements(std::int64_t count) {
  return round_up(count * static_cast<std::int64_t>(sizeof(K)), kLineBytes);
}

// Whether sums are finished apart from c: it is narrower, or gets their logarithms.
template <class K>
bool is_staged(const Product<K>& product) {
  return size_of(product.c.dtype) != sizeof(K) || sums_exponentials(product.semiring);
}

// The blocks of a product and the memory that one at a time takes: smaller ones where `most` is less than that.
template <class K>
struct Blocks {
  Sizes<K> sizes;
  std::int64_t packed, staged;

  Blocks(const Product<K>& product, std::int64_t most) : Blocks(product, most, kMaxSide) {}
  std::int64_t bytes() const { return packed + staged; }

 private:
  Blocks(const Product<K>& product, std::int64_t most, std::int64_t side)
      : sizes(gemm_table<K>(product.semiring), extent_of(product.rows), extent_of(product.columns),
              extent_of(product.contracted), run_in(product.rows, &Axis::a), run_in(product.columns, &Axis::b),
              is_staged(product), side),
        packed(Workspace<K>::bytes(sizes)),
        staged(bytes_of_elements<K>(sizes.staged_count())) {
    if (bytes() > most && side > kMinSide) *this = Blocks(product, most, side / 2);
  }
};

// Of log_sum_exp, for the whole batch.
template <class K>
std::int64_t bytes_of_maxima(const Product<K>& product) {
  if (!sums_exponentials(product.semiring)) return 0;
  const std::int64_t batch = extent_of(product.batch);
  return bytes_of_elements<K>(batch * extent_of(product.rows)) +
         bytes_of_elements<K>(batch * extent_of(product.columns));
}

template <class K>
Maxima<K> find_maxima(const Product<K>& product, std::byte* memory) {
  if constexpr (std::is_floating_point_v<K>)
    if (sums_exponentials(product.semiring)) {
      const std::int64_t batch = extent_of(product.batch);
      Carver carver(memory);
      K *rows = carver.take<K>(batch * extent_of(product.rows)),
        *columns = carver.take<K>(batch * extent_of(product.columns));
      fill_maxima(product.batch, product.rows, product.contracted, &Axis::a, product.row_source, rows);
      fill_maxima(product.batch, product.columns, product.contracted, &Axis::b, product.column_source, columns);
      return {rows, columns};
    }
  return {};
}

// The same product with its positions in the order that packs best.
template <class K>
Product<K> ordered(Product<K> product) {
  const GemmTable<K>& table = gemm_table<K>(product.semiring);
  order_rows(product.rows, product.columns, table.rows);
  if (!is_staged(product)) order_lines(product.columns, &Axis::b, table.columns);
  order_contracted(product.contracted, kLineOf<K>);
  return product;
}

template <class K>
class Packed final : public HostKernel {
 public:
  Packed(const Product<K>& product, bool swaps)
      : HostKernel(swaps, true),
        product_(ordered(product)),
        maxima_bytes_(bytes_of_maxima(product_)),
        batch_(extent_of(product_.batch)),
        is_empty_(batch_ == 0 || extent_of(product_.rows) == 0 || extent_of(product_.columns) == 0) {}

  std::int64_t memory_bytes(std::int64_t most) const override {
    if (is_empty_) return 0;
    const std::int64_t rest = most - maxima_bytes_;
    const Blocks<K> blocks(product_, rest);
    const BatchPlan plan(blocks.sizes.work(), batch_);
    return maxima_bytes_ + blocks.bytes() * std::clamp<std::int64_t>(rest / blocks.bytes(), 1, plan.slots);
  }
  std::string name() const override {
    const GemmTable<K>& table = gemm_table<K>(product_.semiring);
    return concat("packed ", table.rows, "x", table.columns, " ", instruction_set());
  }

 private:
  // In blocks as large, and as many products of the batch at once, as `memory` has room for.
  void multiply(WorkingMemory memory, const void* rows, const void* columns, void* c) const override {
    if (is_empty_) return;
    const Product<K> product = product_.at(rows, columns, c);
    const Maxima<K> maxima = find_maxima(product, memory.data);
    memory = {memory.data + maxima_bytes_, memory.bytes - maxima_bytes_};
    const Blocks<K> blocks(product, memory.bytes);
    const Sizes<K>& sizes = blocks.sizes;
    const BatchPlan plan(sizes.work(), batch_);
    const Gemm<K> one(product, gemm_table<K>(product.semiring), sizes);
    const std::int64_t slots = std::min(plan.slots, memory.bytes / blocks.bytes());
    const auto workspace = [&](std::int64_t slot) {
      Carver carver(memory.data + slot * blocks.packed);
      return Workspace<K>(carver, sizes);
    };
    const auto staged = [&](std::int64_t slot) {
      return reinterpret_cast<K*>(memory.data + slots * blocks.packed + slot * blocks.staged);
    };
    each_with_slot(plan.tasks, slots, [&](std::int64_t task, std::int64_t slot) {
      Workspace<K> work = workspace(slot);
      const std::int64_t end = plan.inside ? batch_ : std::min(batch_, (task + 1) * plan.items);
      for (std::int64_t position = task * plan.items; position < end; ++position)
        one.run(offsets_at(product.batch, position), maxima.at(position * sizes.m, position * sizes.n), work,
                staged(slot), plan.inside);
    });
  }

  Product<K> product_;
  std::int64_t maxima_bytes_, batch_;
  bool is_empty_;
};

bool has_unit_c(const Axes& axes) {
  return std::any_of(axes.begin(), axes.end(), [](const Axis& axis) { return std::abs(axis.c) == 1; });
}

// Vectors run along the labels that are adjacent in c, unless these are too few to fill one.
bool has_columns_left(const Loops& loops) {
  const std::int64_t left = extent_of(loops.left), right = extent_of(loops.right);
  const bool swaps = has_unit_c(loops.right) ? false : has_unit_c(loops.left) || left > right;
  const std::int64_t columns = swaps ? left : right, rows = swaps ? right : left;
  return columns < 8 && rows > columns ? !swaps : swaps;
}

}  // namespace

bool has_tiles(DType dtype, Semiring semiring) {
  if (is_linear(semiring) || dtype == DType::b8) return true;
  if (dtype == DType::i32 || dtype == DType::i64) return !sums_exponentials(semiring);
  return NarrowIntegers::holds(dtype, semiring) || (is_float(dtype) && !is_complex(dtype));
}

const HostKernel* make_packed(const ContractStep& step, KernelSlot& slot) {
  const bool swaps = has_columns_left(step.loops);
  return visit_dtype(step.a.dtype, [&]<class T>(Tag<T>) -> const HostKernel* {
    return slot.make<Packed<SumType<T>>>(product_of<T>(swaps ? swapped(step) : step), swaps);
  });
}

}  // namespace ricci::cpu
