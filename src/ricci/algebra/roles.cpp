#include "ricci/algebra/roles.h"

#include <vector>

namespace ricci {
namespace {

// Where each label occurs, as bits; a vector by label, so that thousands of labels stay cheap.
enum Place : std::uint8_t { kFirst = 1, kSecond = 2, kOutput = 4, kDone = 8 };

}  // namespace

Roles roles(const Contraction& contraction) {
  std::vector<std::uint8_t> place(contraction.extents.size(), 0);
  const auto mark = [&](const Labels& labels, std::uint8_t where) {
    for (const Label label : labels) place[static_cast<std::size_t>(label)] |= where;
  };
  const bool two = contraction.inputs.size() == 2;
  mark(contraction.inputs[0].labels, kFirst);
  if (two) mark(contraction.inputs[1].labels, kSecond);
  mark(contraction.output, kOutput);

  Roles out;
  const auto sort = [&](const Labels& labels) {
    for (const Label label : labels) {
      std::uint8_t& where = place[static_cast<std::size_t>(label)];
      switch (where) {
        case kFirst | kSecond | kOutput: out.batch.push_back(label); break;
        case kFirst | kOutput: out.left.push_back(label); break;
        case kSecond | kOutput: out.right.push_back(label); break;
        case kFirst | kSecond: out.contracted.push_back(label); break;
        case kFirst: out.summed_left.push_back(label); break;
        case kSecond: out.summed_right.push_back(label); break;
        case kOutput: out.broadcast.push_back(label); break;
        default: break;  // sorted already
      }
      where |= kDone;
    }
  };
  sort(contraction.output);
  sort(contraction.inputs[0].labels);
  if (two) sort(contraction.inputs[1].labels);
  return out;
}

}  // namespace ricci
