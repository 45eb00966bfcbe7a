#include "ricci/backend/cpu/contract.h"

#include <hwy/targets.h>

#include <cstdlib>

#include "ricci/backend/cpu/axes.h"
#include "ricci/backend/cpu/batch_packed.h"
#include "ricci/backend/cpu/elementwise.h"
#include "ricci/backend/cpu/gemm.h"
#include "ricci/backend/cpu/gemv.h"
#include "ricci/backend/cpu/raised.h"
#include "ricci/backend/cpu/split_k.h"
#include "ricci/backend/cpu/symmetric.h"
#include "ricci/backend/cpu/tasks.h"
#include "ricci/backend/element.h"
#include "ricci/backend/reference/reference.h"

namespace ricci::cpu {
namespace {

constexpr std::int64_t kLongDot = 8;

// The type the sums of T are kept in by gemm: small integers wrap the same in uint32, bool counts.
template <class T>
auto sum_type() {
  if constexpr (std::is_integral_v<T>)
    return std::conditional_t<sizeof(T) == 8, std::uint64_t, std::uint32_t>();
  else
    return accumulator<T>();
}
template <class T>
using SumType = decltype(sum_type<T>());

bool has_unit_c(const Axes& axes) {
  for (const Axis& axis : axes)
    if (std::abs(axis.c) == 1) return true;
  return false;
}

// Extent of the outermost axis.
std::int64_t outer_extent(const Axes& axes) { return axes.empty() ? 1 : axes.front().extent; }

template <class T>
Product<SumType<T>> product_of(const ContractStep& step, bool swapped) {
  using K = SumType<T>;
  Product<K> product{step.loops.batch,
                     swapped ? step.loops.right : step.loops.left,
                     swapped ? step.loops.left : step.loops.right,
                     step.loops.contracted,
                     swapped ? step.b : step.a,
                     swapped ? step.a : step.b,
                     step.c,
                     static_cast<K>(element::from_scalar<accumulator<T>>(step.alpha)),
                     static_cast<K>(element::from_scalar<accumulator<T>>(step.beta)),
                     !step.beta.is(0),
                     std::is_same_v<T, bool> ? Semiring::sum_product : step.semiring};
  if (swapped)
    for (Axes* axes : {&product.batch, &product.rows, &product.lanes, &product.contracted}) swap_operands(*axes);
  return product;
}

// f(Product) of a step whose elements batch_packed() has; 0 for others.
template <class F>
std::int64_t with_packed_batch(const ContractStep& step, F&& f) {
  std::int64_t result = 0;
  visit_dtype(step.a.dtype, [&]<class T>(Tag<T>) {
    if constexpr (!is_complex_type<T>) result = static_cast<std::int64_t>(f(product_of<T>(step, false)));
  });
  return result;
}

bool packs_batch(const ContractStep& step) {
  return !step.loops.batch.empty() &&
         with_packed_batch(step, [](const auto& product) { return suits_batch_packed(product); }) != 0;
}

// The naive loop, the largest outer axis of c cut into pieces that run at once.
void run_naive(const ContractStep& step) {
  Axes Loops::*role = &Loops::batch;
  for (Axes Loops::*other : {&Loops::left, &Loops::right})
    if (outer_extent(step.loops.*other) > outer_extent(step.loops.*role)) role = other;
  if (outer_extent(step.loops.*role) < 2) return reference::contract(step);
  const Axis axis = (step.loops.*role).front();
  const std::int64_t piece = ceil_div(axis.extent, 64);
  parallel_for(ceil_div(axis.extent, piece), [&](std::int64_t i) {
    ContractStep part = step;
    (part.loops.*role).front().extent = std::min(piece, axis.extent - i * piece);
    part.a.data = moved(step.a.data, step.a.dtype, i * piece * axis.a);
    part.b.data = moved(step.b.data, step.b.dtype, i * piece * axis.b);
    part.c.data = const_cast<void*>(moved(step.c.data, step.c.dtype, i * piece * axis.c));
    reference::contract(part);
  });
}

// One multiplication for each element of c, and nothing to keep.
bool is_outer(const ContractStep& step) {
  return step.semiring == Semiring::sum_product && step.alpha.is(1) && step.beta.is(0) && !step.a.conjugated &&
         !step.b.conjugated && step.a.dtype == step.b.dtype && step.a.dtype == step.c.dtype;
}

void run_outer(const ContractStep& step) {
  MapStep map;
  map.map = Map::multiply;
  map.inputs = {{step.a.data, step.a.dtype, {}}, {step.b.data, step.b.dtype, {}}};
  map.out = step.c;
  for (const Axes* axes : {&step.loops.batch, &step.loops.left, &step.loops.right})
    for (const Axis& axis : *axes) {
      map.shape.push_back(axis.extent);
      map.inputs[0].strides.push_back(axis.a);
      map.inputs[1].strides.push_back(axis.b);
      map.out_strides.push_back(axis.c);
    }
  cpu::map(map);
}

template <class T>
void check_dtypes(const ContractStep& step) {
  (void)element::loader<accumulator<T>>(step.a);
  (void)element::loader<accumulator<T>>(step.b);
  (void)element::storer<accumulator<T>>(step.c.dtype);
}

// Axes of c alone become the right operand's, which is there the same at every one.
void settle_broadcast(Loops& loops) {
  loops.writes_diagonal = false;
  loops.right.append(loops.broadcast.begin(), loops.broadcast.end());
  loops.broadcast.clear();
  fold(loops.right);
}

std::int64_t bytes_of(const ContractStep& step, const Schedule& schedule, std::int64_t most) {
  return scratch_of(step, schedule, std::max(most, Scratch::kInline));
}

void choose_and_run(const ContractStep& step) {
  const Schedule schedule = choose(step);
  Scratch scratch(bytes_of(step, schedule, memory::available_bytes()));
  run(step, schedule, scratch.memory());
}

void run_whole(const ContractStep& step) {
  if (const std::optional<Symmetry> symmetry = find_symmetry(step))
    run_symmetric(step, *symmetry, &choose_and_run);
  else
    choose_and_run(step);
}

bool writes_more(const Loops& loops) { return loops.writes_diagonal || !loops.broadcast.empty(); }

// A step whose schedule holds for any data; the same operand twice is looked at anew.
class ScheduledStep final : public Kernel {
 public:
  ScheduledStep(const ContractStep& step, const Schedule& schedule) : step_(step), schedule_(schedule) {}
  void run(const void* a, const void* b, void* c) const override {
    ContractStep step = step_;
    step.a.data = a, step.b.data = b, step.c.data = c;
    if (a == b || writes_more(step.loops)) return contract(step);
    Scratch scratch(bytes_of(step, schedule_, memory::available_bytes()));
    cpu::run(step, schedule_, scratch.memory());
  }

 private:
  ContractStep step_;
  Schedule schedule_;
};

bool has_semiring_tiles(DType dtype, Semiring semiring) {
  if (dtype == DType::i32 || dtype == DType::i64) return semiring != Semiring::log_sum_exp;
  return Raised::holds(dtype, semiring) || (is_float(dtype) && !is_complex(dtype));
}

std::string isa_name() {
  const std::int64_t target = gemm_table<float>().target;
  return target == HWY_AVX3 ? "AVX-512" : hwy::TargetName(target);
}

}  // namespace

Schedule choose(const ContractStep& step, bool may_split) {
  Schedule schedule;
  const bool sums = step.semiring == Semiring::sum_product || step.a.dtype == DType::b8;
  if (!sums && !has_semiring_tiles(step.a.dtype, step.semiring)) {
    schedule.family = Family::naive;
    return schedule;
  }
  if (step.loops.contracted.empty() && is_outer(step)) {
    schedule.family = Family::outer;
    return schedule;
  }
  if (may_split && is_split_k(step)) {
    schedule.family = Family::split_k;
    return schedule;
  }
  if (is_gemv(step)) {
    schedule.family = Family::gemv;
    return schedule;
  }
  if (const std::optional<BatchLanesPlan> lanes = plan_batch_lanes(step)) {
    schedule.family = Family::batch_lanes;
    schedule.batch_lanes = *lanes;
    return schedule;
  }
  const std::int64_t left = extent_of(step.loops.left), right = extent_of(step.loops.right);
  const std::optional<SmallPlan> small = plan_small(step);
  // Vectors along the batch are all that fills some with dot products, if these are long enough to repay packing.
  const bool dots = left * right == 1 && extent_of(step.loops.contracted) >= kLongDot;
  if ((!small || dots) && packs_batch(step)) {
    schedule.family = Family::batch_packed;
    return schedule;
  }
  if (small) {
    schedule.family = Family::small;
    schedule.small = *small;
    return schedule;
  }
  // Vectors run along the labels that are adjacent in c, unless these are too few to fill one.
  schedule.swapped = has_unit_c(step.loops.right) ? false : has_unit_c(step.loops.left) || left > right;
  const std::int64_t lanes = schedule.swapped ? left : right, rows = schedule.swapped ? right : left;
  if (lanes < 8 && rows > lanes) schedule.swapped = !schedule.swapped;
  return schedule;
}

std::int64_t scratch_of(const ContractStep& step, const Schedule& schedule, std::int64_t most) {
  switch (schedule.family) {
    case Family::split_k: return split_k_bytes(step, most);
    case Family::small: return small_bytes(step, schedule.small, most);
    case Family::batch_packed:
      return with_packed_batch(step, [&](const auto& product) { return batch_packed_bytes(product, most); });
    case Family::gemm:
      return visit_dtype(step.a.dtype,
                         [&]<class T>(Tag<T>) { return gemm_bytes(product_of<T>(step, schedule.swapped), most); });
    default: return 0;
  }
}

void run(const ContractStep& step, const Schedule& schedule, WorkingMemory memory) {
  switch (schedule.family) {
    case Family::naive: return run_naive(step);
    case Family::outer: return run_outer(step);
    case Family::gemv: return gemv(step);
    case Family::split_k: return run_split_k(step, memory);
    case Family::batch_lanes: return run_batch_lanes(step, schedule.batch_lanes);
    case Family::small: return run_small(step, schedule.small, memory);
    case Family::batch_packed:
      with_packed_batch(step, [&](const auto& product) { return batch_packed(product, memory), 0; });
      return;
    case Family::gemm: break;
  }
  visit_dtype(step.a.dtype, [&]<class T>(Tag<T>) { gemm(product_of<T>(step, schedule.swapped), memory); });
}

void contract(const ContractStep& original) {
  visit_dtype(original.a.dtype, [&]<class T>(Tag<T>) { check_dtypes<T>(original); });
  if (!writes_more(original.loops)) return run_whole(original);
  ContractStep step = original;
  step.beta = reference::fill_off_diagonal(step.loops, step.c, step.beta, step.semiring);
  settle_broadcast(step.loops);
  run_whole(step);
}

std::unique_ptr<const Kernel> contract_kernel(const ContractStep& step) {
  visit_dtype(step.a.dtype, [&]<class T>(Tag<T>) { check_dtypes<T>(step); });
  Schedule schedule;
  if (!writes_more(step.loops)) schedule = choose(step);
  // A product with itself of this size has no half that is worth leaving out.
  if (schedule.family == Family::small)
    if (auto task = small_task(step, schedule.small)) return task;
  return std::make_unique<ScheduledStep>(step, schedule);
}

std::string contract_name(const ContractStep& original) {
  ContractStep step = original;
  if (writes_more(step.loops)) settle_broadcast(step.loops);
  const Schedule schedule = choose(step);
  switch (schedule.family) {
    case Family::naive: return "naive loop";
    case Family::outer: return "outer product";
    case Family::gemv: return "matrix-vector " + isa_name();
    case Family::split_k: return "split sum";
    case Family::batch_lanes: return "batch lanes " + isa_name();
    case Family::batch_packed: return "batch lanes, packed " + isa_name();
    case Family::small: return (schedule.small.copies_lanes ? "small, copied " : "small ") + isa_name();
    case Family::gemm: break;
  }
  return visit_dtype(step.a.dtype, [&]<class T>(Tag<T>) {
    const GemmTable<SumType<T>>& table = gemm_table<SumType<T>>(product_of<T>(step, schedule.swapped).semiring);
    return concat("packed ", table.rows, "x", table.lanes, " ", isa_name());
  });
}

std::int64_t contract_bytes(const ContractStep& original, std::int64_t most) {
  ContractStep step = original;
  if (writes_more(step.loops)) settle_broadcast(step.loops);
  return Scratch::charged(bytes_of(step, choose(step), most));
}

}  // namespace ricci::cpu
