// Plan: a contraction ordered once and called again and again; a planning::Plan with execute behind it.
#pragma once

#include <memory>

#include "ricci/ops/einsum/einsum.h"
#include "ricci/path/search/search.h"
#include "ricci/plan/plan.h"

namespace ricci {

namespace execute {
class Executable;
}

struct PlanOptions {
  std::optional<DType> dtype{};
  Semiring semiring = Semiring::sum_product;
  Optimize optimize = std::string("auto");
  std::map<std::string, std::int64_t> sizes{};
  bool strict = false;
  path::Goal goal = path::Goal::seconds;    ///< what the search makes small
  std::optional<double> seconds{};          ///< how long to search for an order; unset: as long as it pays
  path::SearchListener progress{};          ///< hears of the best order so far
  std::optional<std::int64_t> max_bytes{};  ///< a cap on all that a run allocates; the plan is sliced until it fits
  bool gradients = false;                   ///< plan for gradients(): the figures and the cap are its own
  std::string rates{};                      ///< that seconds are predicted by: see chosen_rates() in ops/rates.h
};

struct Prepared;

/// Options of one run of a plan, as einsum() has them; all else was settled when the plan was made.
struct RunOptions {
  Tensor* out = nullptr;
  std::optional<Scalar> alpha{};
  std::optional<Scalar> beta{};
  std::optional<std::int64_t> max_bytes{};  ///< the plan's own cap when unset
};

/// A contraction parsed, ordered and lowered for given shapes: called again and again on tensors.
class RICCI_API Plan {
 public:
  explicit Plan(std::shared_ptr<const execute::Executable> plan);

  /// Runs the plan; recorded like einsum. Throws ShapeError when a shape is not the planned one.
  Tensor operator()(std::span<const Tensor> operands, const RunOptions& options = {}) const;
  template <class... T>
  requires(sizeof...(T) > 0 && (std::derived_from<T, Tensor> && ...)) Tensor operator()(const T&... operands) const {
    return (*this)(std::span<const Tensor>(Borrowed<sizeof...(T)>(operands...)));
  }

  struct Gradients {
    Tensor value;
    std::vector<Tensor> gradients;  // by operand; undefined where not wanted
  };
  /// The value and the gradients of the wanted operands (empty: all) for a seed (undefined: ones), in
  /// any dtype: exact counts in integers. In other semirings than sum_product of floats: posteriors in log_sum_exp, the
  /// first term that wins in the others. Not recorded. At most three times the forward flops (in those semirings four),
  /// and within max_bytes (BudgetError before anything is computed where that can't be).
  Gradients gradients(std::span<const Tensor> operands, const Tensor& seed = {},
                      const std::vector<int>& wrt = {}) const;

  double flops() const { return data().flops; }
  std::int64_t peak_bytes() const { return data().peak_bytes; }
  /// The sliced labels and the extents of their pieces; empty for a plan that runs in one go.
  const std::vector<planning::SlicedLabel>& slices() const { return data().slices; }
  double slice_count() const { return data().slice_count(); }
  double predicted_seconds() const { return data().predicted_seconds; }
  Path path() const { return data().tree.linear(); }
  /// The table that people read, with each step's kernel on this machine for contiguous operands, in lines of
  /// `columns` where it can be; with what profile() measured, that beside the predictions.
  std::string explain(std::size_t columns = planning::kColumns) const;
  std::string explain(const planning::Measured& measured, std::size_t columns = planning::kColumns) const;
  /// Runs the plan (for a plan with gradients those too) on operands made up by its shapes, and again where that takes
  /// less than a second, and tells how long each step took in the last run. Throws as a call does.
  planning::Measured profile() const;
  std::string to_json() const;
  // Defined in documents/plan.cpp: svg, html, save, load.
  /// The plan as a picture: the tree coloured by cost, and memory over the steps. See report/report.h.
  std::string svg() const;
  /// The same with a table of the steps, as one HTML page that needs no network.
  std::string html() const;
  static Plan from_json(std::string_view text);
  /// Writes and reads the JSON. Throws DataError.
  void save(const std::string& file) const;
  static Plan load(const std::string& file);
  const planning::Plan& data() const;
  /// The operands' shapes.
  const std::vector<Shape>& shapes() const { return data().operand_shapes; }

 private:
  void check_operands(std::span<const Tensor> operands) const;
  std::shared_ptr<const execute::Executable> plan_;
  std::shared_ptr<const Prepared> prepared_;
};

/// Plans a contraction for operands of these shapes.
RICCI_API Plan plan(std::string_view equation, const std::vector<Shape>& shapes, const PlanOptions& options = {});

}  // namespace ricci
