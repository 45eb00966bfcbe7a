#include "ricci/plan/slices.h"

#include <algorithm>

namespace ricci::planning {

Slices::Slices(const Plan& plan, std::int64_t begin, std::int64_t end)
    : plan_(plan),
      at_(plan.slices.size(), 0),
      slice_{Extents(plan.whole.extents.size(), 0), plan.piece_extents()},
      begin_(begin),
      end_(end),
      number_(begin) {
  const double count = std::max(1.0, plan.slice_count());
  if (count < static_cast<double>(INT64_MAX)) end_ = std::min(end_, static_cast<std::int64_t>(count));
  is_whole_ = begin == 0 && static_cast<double>(end_) >= count;
  for (std::size_t i = at_.size(); i-- > 0;) {
    const std::int64_t pieces = std::max<std::int64_t>(1, plan.piece_count(plan.slices[i]));
    at_[i] = begin % pieces;
    begin /= pieces;
    place(i);
  }
}

bool Slices::next() {
  if (++number_ >= end_) return false;
  for (std::size_t i = at_.size(); i-- > 0;) {
    const bool more = ++at_[i] < plan_.piece_count(plan_.slices[i]);
    if (!more) at_[i] = 0;
    place(i);
    if (more) break;
  }
  return true;
}

bool Slices::is_first_of(const Labels& labels) const {
  if (number_ == begin_) return true;
  for (std::size_t i = 0; i < at_.size(); ++i)
    if (!contains(labels, plan_.slices[i].label) && at_[i] != 0) return false;
  return true;
}

bool Slices::is_last_of(const Labels& labels) const {
  if (number_ + 1 == end_) return true;
  for (std::size_t i = 0; i < at_.size(); ++i)
    if (!contains(labels, plan_.slices[i].label) && at_[i] + 1 != plan_.piece_count(plan_.slices[i])) return false;
  return true;
}

void Slices::place(std::size_t i) {
  const SlicedLabel& sliced = plan_.slices[i];
  const auto label = static_cast<std::size_t>(sliced.label);
  slice_.first[label] = at_[i] * sliced.piece;
  slice_.extents[label] = std::min(sliced.piece, plan_.whole.extents[label] - slice_.first[label]);
}

std::vector<Slice> distinct_slices(const Plan& plan) {
  std::vector<Slice> out{{Extents(plan.whole.extents.size(), 0), plan.piece_extents()}};
  for (const SlicedLabel& slice : plan.slices) {
    const auto label = static_cast<std::size_t>(slice.label);
    const std::int64_t rest = plan.whole.extents[label] % slice.piece;
    if (rest == 0) continue;
    for (std::size_t i = 0, n = out.size(); i < n; ++i) {
      out.push_back(out[i]);
      out.back().first[label] = plan.whole.extents[label] - rest;
      out.back().extents[label] = rest;
    }
  }
  return out;
}

}  // namespace ricci::planning
