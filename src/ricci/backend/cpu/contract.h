// Contraction of two operands on the host: choose() names the kernel family for the folded shape,
// contract() runs it.
#pragma once

#include "ricci/backend/cpu/batch_lanes.h"
#include "ricci/backend/cpu/small.h"

namespace ricci::cpu {

/// The kernel families.
enum class Family : std::uint8_t { gemm, small, batch_lanes, batch_packed, split_k, gemv, outer, naive };

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
/// Runs a step that writes no diagonal and has no axes of c alone, in memory of scratch_of() bytes.
void run(const ContractStep& step, const Schedule& schedule, WorkingMemory memory);
/// The memory that run() makes use of: at most `most`, but never less than one task at a time takes.
std::int64_t scratch_of(const ContractStep& step, const Schedule& schedule, std::int64_t most);

void contract(const ContractStep& step);
/// contract() of other data, chosen once.
std::unique_ptr<const Kernel> contract_kernel(const ContractStep& step);
/// The kernel's name: its family, the tile of a packed product, and the instruction set.
std::string contract_name(const ContractStep& step);
/// What contract() charges when `most` is left to it.
std::int64_t contract_bytes(const ContractStep& step, std::int64_t most);

}  // namespace ricci::cpu
