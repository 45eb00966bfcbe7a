// A Plan: ordered steps of one or two operands with what each frees, and the predicted cost.
// Data without tensors: can be kept, replayed, explained, saved.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ricci/path/tree/cost.h"

namespace ricci::planning {

/// One contraction of one or two values. Values 0..n-1 are the operands, n+k is the result of step k.
/// Labels are those of the whole contraction. A step of two has no summed label (an earlier step of
/// one removed it) and the last step's output is the whole's; `dtype` is the accumulator's for all
/// but the last step, so that 16-bit floats round once. Of a contraction with a label of extent 0 every step but the
/// last keeps it, and steps of one give it to operands that lack it: see LiveLabels.
struct Step {
  SmallVector<int, 2> values;
  Contraction contraction;    // extents and names left empty: see Plan::whole
  SmallVector<int, 2> frees;  // intermediates whose last use this is
  int merge = -1;             // of the tree that this step is; none for a step of one operand before its merge
  double flops = 0;           // scalar multiplications
  std::int64_t bytes = 0;     // of the result
  double predicted_seconds = 0;
  std::int64_t held_bytes = 0;  // allocated in all at the most while it, or a gradient of it, runs
};

/// A label cut into pieces of this extent; the last may be shorter.
struct SlicedLabel {
  Label label = 0;
  std::int64_t piece = 1;
  friend bool operator==(const SlicedLabel&, const SlicedLabel&) = default;
};

/// So many labels of a plan may have a short last piece: all their combinations are looked at.
inline constexpr std::size_t kMostShortPieces = 4;

/// The steps follow the tree in the order that keeps the fewest bytes alive, so step k is not merge k. With sliced
/// labels they run for one slice after the other (those that no sliced label touches once), and their figures are
/// those of a slice with whole pieces.
struct RICCI_API Plan {
  Contraction whole;
  path::Tree tree;
  std::vector<Step> steps;
  double flops = 0;             ///< scalar multiplications of all slices
  std::int64_t peak_bytes = 0;  ///< most bytes allocated at once: results, the output, working memory; no operands
  double predicted_seconds = 0;
  /// Labels of the output first, then those that are summed, whose slices are added in this order.
  std::vector<SlicedLabel> slices = {};
  bool hoists =
      true;  ///< steps that no sliced label touches run once; else in each slice, and their results do not last
  /// Merges of the tree, ascending: for gradients their results are kept, and what lies below them, down to the next
  /// such results, is computed again when it is needed.
  std::vector<int> recomputes = {};
  std::optional<std::int64_t> max_bytes = {};  ///< the cap that it was made for
  bool gradients = false;                      ///< the figures are those of the value and all gradients together
  path::CostModel model;                       ///< the rates behind predicted_seconds
  /// The operands' shapes as a caller gives them: the contraction's own, or with the axes of extent 1 that it squeezed.
  std::vector<Extents> operand_shapes = {};

  std::int64_t piece_count(const SlicedLabel& slice) const {
    const std::int64_t extent = whole.extents[static_cast<std::size_t>(slice.label)];
    return extent / slice.piece + (extent % slice.piece != 0);
  }
  bool is_recomputed(int merge) const;
  /// How many slices there are; a number of any size, 1 without sliced labels.
  double slice_count() const;
  /// By label, those of the first slice.
  Extents piece_extents() const;
  /// Whether slices are added up in a tensor of these labels, rather than each having a place of its own.
  bool sums_slices(const Labels& labels) const;
};

/// How wide tables of a plan are, unless it is said.
inline constexpr std::size_t kColumns = 100;

/// What a run took, in seconds: by step, forward and in one slice (the mean), and all of it together.
struct Measured {
  std::vector<double> steps{};
  double seconds = 0;
};

/// The axes of extent 1 of `shape` that operand i of the contraction lacks, or nothing when the shape
/// is not one of that operand.
RICCI_API std::optional<SmallVector<int, 4>> squeezed_axes(const Contraction& contraction, std::size_t i,
                                                           const Extents& shape);

/// The contraction of one step with names and the extents of the first slice filled in.
RICCI_API Contraction step_contraction(const Plan& plan, const Step& step);

}  // namespace ricci::planning
