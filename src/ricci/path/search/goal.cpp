#include "ricci/path/search/goal.h"

namespace ricci::path {

Goal parse_goal(std::string_view name) {
  if (name == "flops") return Goal::flops;
  if (name == "write") return Goal::write;
  if (name == "size") return Goal::size;
  if (name == "seconds") return Goal::seconds;
  fail<EinsumError>("unknown goal '", name, "'\n  known: flops, write, size, seconds");
}

double figure_of(Goal goal, const TreeCost& cost) {
  switch (goal) {
    case Goal::flops: return cost.flops;
    case Goal::write: return cost.written;
    case Goal::size: return cost.largest;
    default: return cost.seconds;
  }
}

}  // namespace ricci::path
