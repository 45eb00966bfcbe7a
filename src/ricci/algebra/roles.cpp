#include "ricci/algebra/roles.h"

#include <cassert>

namespace ricci {
namespace {

constexpr std::uint8_t kFirst = 1, kSecond = 2, kOutput = 4, kSorted = 8;

// The list a label belongs to, by who has it.
Labels& list_of(Roles& roles, std::uint8_t who) {
  switch (who) {
    case kFirst: return roles.summed_left;
    case kSecond: return roles.summed_right;
    case kFirst | kSecond: return roles.contracted;
    case kFirst | kOutput: return roles.left;
    case kSecond | kOutput: return roles.right;
    case kOutput: return roles.broadcast;
    default: return roles.batch;
  }
}

}  // namespace

Roles roles(const Contraction& contraction) {
  assert(contraction.inputs.size() == 1 || contraction.inputs.size() == 2);
  const Labels none{};
  const Labels& first = contraction.inputs[0].labels;
  const Labels& second = contraction.inputs.size() == 2 ? contraction.inputs[1].labels : none;
  SmallVector<std::uint8_t, 64> who(contraction.extents.size());
  const auto mark = [&](const Labels& labels, std::uint8_t flag) {
    for (const Label label : labels) who[static_cast<std::size_t>(label)] |= flag;
  };
  mark(first, kFirst);
  mark(second, kSecond);
  mark(contraction.output, kOutput);

  Roles out;
  for (const Labels* labels : {&contraction.output, &first, &second})
    for (const Label label : *labels) {
      std::uint8_t& flags = who[static_cast<std::size_t>(label)];
      if (!(flags & kSorted)) list_of(out, flags).push_back(label);
      flags |= kSorted;
    }
  return out;
}

}  // namespace ricci
