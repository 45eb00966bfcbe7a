#include "ricci/algebra/bind.h"

#include <algorithm>

#include "ricci/algebra/bind_faults.h"
#include "ricci/base/checked.h"

namespace ricci::notation {
namespace {

// Zeros left out: the strides of an empty tensor are products of the others.
bool overflows(const Extents& shape) {
  std::int64_t product = 1;
  for (const std::int64_t extent : shape) {
    const auto next = checked_mul(product, std::max<std::int64_t>(extent, 1));
    if (!next) return true;
    product = *next;
  }
  return false;
}

class Binder {
 public:
  Binder(Written written, const Operands& operands, const ParseOptions& options)
      : written_(std::move(written)), operands_(operands), options_(options) {}

  Parsed run() {
    check_operands();
    number_ellipses();
    bound_.resize(static_cast<std::size_t>(first_ellipsis_) + ellipsis_rank_);
    for (std::size_t i = 0; i < count(); ++i) bind_operand(i);
    bind_sizes();
    contraction_.dtype = dtype();
    contraction_.semiring = options_.semiring;
    write_output();
    write_extents();
    for (std::size_t i = 0; i < count(); ++i) write_input(i);
    write_names();
    return {std::move(contraction_), std::move(squeezed_)};
  }

 private:
  // What is known of a label so far.
  struct Bound {
    std::int64_t extent = -1;
    std::size_t operand = 0;       // whose axis has that extent first
    std::ptrdiff_t seen_in = -1;   // the operand that had it last,
    std::int64_t seen_extent = 0;  // and its extent there
    int axes = 0;                  // how often the operands have it
  };

  std::size_t count() const { return operands_.shapes.size(); }
  Bound& bound(Label label) { return bound_[static_cast<std::size_t>(label)]; }

  void check_operands();
  void number_ellipses();
  Labels labels_by_axis(std::size_t operand) const;
  void bind_operand(std::size_t operand);
  void bind_axis(Label label, std::size_t operand, std::int64_t extent);
  void bind_sizes();
  DType dtype() const;
  void write_output();
  void append_ellipsis(Labels& labels, std::size_t rank) const;
  void write_explicit_output();
  void write_implicit_output();
  void write_extents();
  void write_input(std::size_t operand);
  void write_names();

  Written written_;
  const Operands& operands_;
  const ParseOptions& options_;
  BindFaults faults_{written_, operands_};
  std::vector<Bound> bound_;  // by label
  Label first_ellipsis_ = 0;  // the ellipsis' axes come after the written labels
  std::size_t ellipsis_rank_ = 0;
  Contraction contraction_;
  SmallVector<SmallVector<int, 4>, 3> squeezed_;
};

void Binder::check_operands() {
  if (count() == 0 || count() != written_.inputs.size()) faults_.operand_count();
  for (std::size_t i = 0; i < count(); ++i) {
    const Extents& shape = operands_.shapes[i];
    const WrittenTerm& term = written_.inputs[i];
    if (term.ellipsis ? shape.size() < term.labels.size() : shape.size() != term.labels.size()) faults_.label_count(i);
    if (std::any_of(shape.begin(), shape.end(), [](std::int64_t e) { return e < 0; })) faults_.negative_extent(i);
    if (overflows(shape)) faults_.operand_overflow(i);
  }
}

void Binder::number_ellipses() {
  for (std::size_t i = 0; i < count(); ++i)
    if (written_.inputs[i].ellipsis)
      ellipsis_rank_ = std::max(ellipsis_rank_, operands_.shapes[i].size() - written_.inputs[i].labels.size());
  first_ellipsis_ = static_cast<Label>(written_.names.all().size());
}

// The last `rank` axes of the ellipsis: ellipses align at the right.
void Binder::append_ellipsis(Labels& labels, std::size_t rank) const {
  const auto end = first_ellipsis_ + static_cast<Label>(ellipsis_rank_);
  for (Label label = end - static_cast<Label>(rank); label < end; ++label) labels.push_back(label);
}

Labels Binder::labels_by_axis(std::size_t operand) const {
  const WrittenTerm& term = written_.inputs[operand];
  const std::size_t hidden = operands_.shapes[operand].size() - term.labels.size();
  Labels labels;
  for (std::size_t place = 0; place <= term.labels.size(); ++place) {
    if (term.ellipsis == place) append_ellipsis(labels, hidden);
    if (place < term.labels.size()) labels.push_back(term.labels[place].label);
  }
  return labels;
}

void Binder::bind_operand(std::size_t operand) {
  const Labels labels = labels_by_axis(operand);
  for (std::size_t axis = 0; axis < labels.size(); ++axis) {
    const std::int64_t extent = operands_.shapes[operand][axis];
    Bound& b = bound(labels[axis]);
    ++b.axes;
    if (b.seen_in == static_cast<std::ptrdiff_t>(operand) && b.seen_extent != extent)
      faults_.diagonal(operand, labels[axis], b.seen_extent, extent);
    b.seen_in = static_cast<std::ptrdiff_t>(operand);
    b.seen_extent = extent;
    bind_axis(labels[axis], operand, extent);
  }
}

void Binder::bind_axis(Label label, std::size_t operand, std::int64_t extent) {
  Bound& b = bound(label);
  const bool widens = b.extent == 1 && !options_.strict;
  if (b.extent == -1 || (widens && extent != 1)) {
    b.extent = extent;
    b.operand = operand;
    return;
  }
  if (b.extent == extent || (extent == 1 && !options_.strict)) return;
  const BindFaults::Clash clash{b.operand, operand, b.extent, extent, options_.strict};
  if (label >= first_ellipsis_) faults_.ellipses_differ(clash);
  faults_.sizes_differ(label, clash);
}

void Binder::bind_sizes() {
  for (const auto& [name, size] : options_.sizes) {
    const auto label = written_.names.find(without_braces(name));
    if (!label) faults_.size_of_no_label(name);
    if (size < 0) faults_.negative_size(*label, size);
    Bound& b = bound(*label);
    if (b.axes > 0 && b.extent != size) faults_.size_differs(*label, b.operand, b.extent, size);
    if (b.extent >= 0 && b.extent != size) faults_.size_given_twice(*label, b.extent, size);
    b.extent = size;
  }
}

DType Binder::dtype() const {
  if (operands_.dtypes.empty()) return DType::f32;
  DType all = operands_.dtypes[0];
  for (std::size_t i = 0; i < count(); ++i) {
    all = promote(all, operands_.dtypes[i]);
    if (!is_linear(options_.semiring) && is_complex(operands_.dtypes[i])) faults_.dtype(i, options_.semiring);
  }
  if (sums_exponentials(options_.semiring) && is_integer(all)) faults_.integer_dtype(all, options_.semiring);
  return all;
}

void Binder::write_output() {
  if (written_.output)
    write_explicit_output();
  else
    write_implicit_output();
  Extents shape;
  for (const Label label : contraction_.output) shape.push_back(bound(label).extent);
  if (overflows(shape)) faults_.output_overflow(shape);
}

void Binder::write_explicit_output() {
  const WrittenTerm& term = *written_.output;
  for (std::size_t place = 0; place <= term.labels.size(); ++place) {
    if (term.ellipsis == place) append_ellipsis(contraction_.output, ellipsis_rank_);
    if (place == term.labels.size()) break;
    const Label label = term.labels[place].label;
    if (bound(label).extent < 0) faults_.unknown_label(label);
    contraction_.output.push_back(label);
  }
}

void Binder::write_implicit_output() {
  std::vector<Label> once;
  for (Label label = 0; label < first_ellipsis_; ++label)
    if (bound(label).axes == 1) once.push_back(label);
  std::sort(once.begin(), once.end(),
            [&](Label a, Label b) { return comes_before(written_.names[a], written_.names[b]); });
  append_ellipsis(contraction_.output, ellipsis_rank_);
  contraction_.output.append(once.begin(), once.end());
}

void Binder::write_extents() {
  for (const Bound& b : bound_) contraction_.extents.push_back(b.extent);
}

void Binder::write_input(std::size_t operand) {
  const Labels labels = labels_by_axis(operand);
  Term& term = contraction_.inputs.emplace_back();
  term.conjugated = written_.inputs[operand].conjugated;
  SmallVector<int, 4>& squeezed = squeezed_.emplace_back();
  for (std::size_t axis = 0; axis < labels.size(); ++axis) {
    const bool broadcast = operands_.shapes[operand][axis] == 1 && bound(labels[axis]).extent != 1;
    if (broadcast)
      squeezed.push_back(static_cast<int>(axis));
    else
      term.labels.push_back(labels[axis]);
  }
}

void Binder::write_names() {
  for (const std::string& name : written_.names.all()) contraction_.names.push_back(in_braces(name));
  for (std::size_t i = 0; i < ellipsis_rank_; ++i) {
    std::string name = concat("...", i);
    while (written_.names.find(name)) name += '\'';
    contraction_.names.push_back(in_braces(name));
  }
}

}  // namespace

Parsed bind(Written written, const Operands& operands, const ParseOptions& options) {
  return Binder(std::move(written), operands, options).run();
}

}  // namespace ricci::notation
