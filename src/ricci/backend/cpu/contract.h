// Contraction of two operands on the host: choose() names the kernel family for the folded shape,
// contract() runs it.
#pragma once

#include "ricci/backend/cpu/batch_lanes.h"
#include "ricci/backend/cpu/small.h"

namespace ricci::cpu {

/// The kernel families.
enum class Family : std::uint8_t { gemm, small, batch_lanes, split_k, gemv, outer, naive };

/// How a step will run.
struct Schedule {
  Family family = Family::gemm;
  bool swapped = false;  // b's labels are the rows, a's the lanes
  SmallPlan small;       // of Family::small
  BatchLanesPlan batch_lanes;
};

/// A pure function of the folded shape, the strides, the dtypes, the semiring and the instruction set. Pieces of
/// a split step may not split again.
Schedule choose(const ContractStep& step, bool may_split = true);
/// Runs a step that writes no diagonal and has no axes of c alone.
void run(const ContractStep& step, const Schedule& schedule);

void contract(const ContractStep& step);
std::int64_t contract_bytes(std::int64_t batch, std::int64_t left, std::int64_t right, std::int64_t contracted,
                            DType dtype);

}  // namespace ricci::cpu
