// The one walk over a program: its actions in order, slice by slice, and what each lets go of. What an action does is
// the machine's: the meter counts bytes (footprint.cpp), others compute (execute/) or record (ops/).
#pragma once

#include "ricci/plan/program.h"
#include "ricci/plan/slices.h"

namespace ricci::planning {

/// Actions [first, last). `machine` has run(number of the action) and free(slot).
template <class Machine>
void run_actions(const Program& program, std::size_t first, std::size_t last, Machine& machine) {
  for (std::size_t a = first; a < last; ++a) {
    machine.run(a);
    for (const int slot : program.frees_[a]) machine.free(slot);
  }
}

/// All of it over the slices that each_slice(f) calls f(slice) with. `machine` is told as well when the slices begin
/// (what they all write is allocated then), where each one begins and ends, and when they are over.
template <class EachSlice, class Machine>
void run_program(const Program& program, EachSlice&& each_slice, Machine& machine) {
  run_actions(program, 0, program.first, machine);
  machine.begin_slices();
  each_slice([&](const Slice& slice) {
    machine.begin_slice(slice);
    run_actions(program, program.first, program.last, machine);
    machine.end_slice();
  });
  machine.end_slices();
  run_actions(program, program.last, program.actions.size(), machine);
}

}  // namespace ricci::planning
