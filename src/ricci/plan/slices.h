// Slices: the parts that a plan with sliced labels runs over, one after the other, the last sliced label fastest.
// Each is a range of every sliced label; the order decides in which order sums are added, and so the bits.
#pragma once

#include "ricci/plan/plan.h"

namespace ricci::planning {

/// Which part of every label a slice has.
struct Slice {
  Extents first, extents;  // by label
};

/// A range of a plan's slices by number, to count through. A plan without sliced labels has one slice, the whole.
class RICCI_API Slices {
 public:
  /// Slices number `begin` to `end` - 1, where there are so many.
  explicit Slices(const Plan& plan, std::int64_t begin = 0, std::int64_t end = INT64_MAX);

  bool empty() const { return number_ >= end_; }
  /// The slice it stands at.
  const Slice& operator*() const { return slice_; }
  /// Steps to the next slice; false after the last one.
  bool next();

  /// Whether these are all slices there are.
  bool is_whole() const { return is_whole_; }
  /// Of these slices that a tensor of these labels has in one place, where they follow each other as those of the
  /// output's labels do: whether this is the first, or the last.
  bool is_first_of(const Labels& labels) const;
  bool is_last_of(const Labels& labels) const;

 private:
  void place(std::size_t i);

  const Plan& plan_;
  SmallVector<std::int64_t, 8> at_;  // by sliced label
  Slice slice_;
  std::int64_t begin_, end_, number_;
  bool is_whole_;
};

/// One slice of each shape: of labels whose extent is no multiple of their piece the last one is short.
RICCI_API std::vector<Slice> distinct_slices(const Plan& plan);

}  // namespace ricci::planning
