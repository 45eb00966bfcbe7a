// From written terms and shapes to a Contraction: ellipses become labels, extents of 1 that broadcast
// are squeezed, every other axis must agree with its label.
#include <algorithm>
#include <unordered_map>

#include "ricci/algebra/unicode.h"
#include "ricci/algebra/written.h"
#include "ricci/base/checked.h"
#include "ricci/base/error.h"

namespace ricci::text {
namespace {

// The first axis that gave a label its extent.
struct Binding {
  int operand = -1;
  std::size_t axis = 0;
  bool in_output = false;
  int occurrences = 0;  // in the inputs
};

// One axis of an operand, with where its label stands in the text.
struct BoundAxis {
  Label label;
  Span span;
};

bool is_one_letter(std::string_view name) {
  const CodePoint c = decode(name, 0);
  return c.bytes == name.size() && is_letter(c.value);
}

// Numbers in numerical order before names in code-point order, as UTF-8 bytes compare.
bool earlier(const std::string& a, const std::string& b) {
  const auto number = [](const std::string& s) { return s.find_first_not_of("0123456789") == s.npos; };
  if (number(a) != number(b)) return number(a);
  if (number(a) && a.size() != b.size()) return a.size() < b.size();
  return a < b;
}

class Binder {
 public:
  Binder(const Written& written, std::span<const Extents> shapes, std::span<const DType> dtypes,
         const ParseOptions& options)
      : written_(written), shapes_(shapes), dtypes_(dtypes), options_(options) {}

  Parsed bind() {
    check_counts();
    check_sizes();
    bind_dtype();
    contraction().semiring = options_.semiring;
    axes_.resize(shapes_.size());
    for (std::size_t i = 0; i < shapes_.size(); ++i) ellipsis_rank_ = std::max(ellipsis_rank_, ellipsis_rank_of(i));
    for (std::size_t i = 0; i < shapes_.size(); ++i) spread(i);
    for (std::size_t i = 0; i < shapes_.size(); ++i) bind_extents(i);
    for (std::size_t i = 0; i < shapes_.size(); ++i) squeeze(i);
    bind_output();
    check_overflow();
    return std::move(parsed_);
  }

 private:
  Contraction& contraction() { return parsed_.contraction; }
  std::int64_t& extent(Label label) { return contraction().extents[static_cast<std::size_t>(label)]; }
  const WrittenTerm& term(std::size_t i) const { return written_.inputs[i]; }
  std::string term_text(const WrittenTerm& t) const { return written_.text.substr(t.span.at, t.span.bytes); }
  std::string shape_text(std::size_t i) const { return concat("operand ", i + 1, ": shape ", shapes_[i]); }

  [[noreturn]] void wrong(std::vector<Span> spans, ErrorSite site, const std::string& what,
                          const std::vector<std::string>& details) {
    complain(written_.text, std::move(spans), std::move(site), what, details);
  }

  void check_counts() {
    const std::size_t terms = written_.inputs.size(), given = shapes_.size();
    if (given == 0)
      wrong({}, {}, "einsum needs at least one operand, none was given", {"pass the tensors after the equation"});
    if (terms == given) return;
    std::vector<Span> spans;
    for (std::size_t i = std::min(terms, given); i < terms; ++i) spans.push_back(term(i).span);
    if (spans.empty()) spans.push_back({term(terms - 1).span.at + term(terms - 1).span.bytes, 0});
    const auto plural = [](std::size_t n, const char* word) { return concat(n, " ", word, n == 1 ? "" : "s"); };
    const std::string what = concat("the equation has ", plural(terms, "term"), " but ", plural(given, "operand"),
                                    given == 1 ? " was given" : " were given");
    if (terms > given)
      wrong(spans, {.operand = static_cast<int>(given)}, what,
            {concat("pass ", plural(terms - given, "more tensor"), ", one for each term")});
    wrong(spans, {.operand = static_cast<int>(terms)}, what,
          {concat("add ", plural(given - terms, "term"), ", separated by commas, or pass fewer tensors")});
  }

  void check_sizes() {
    for (const auto& [name, size] : options_.sizes)
      if (size < 0)
        wrong({}, {.label = name}, concat("sizes gives label '", name, "' the extent ", size),
              {"an extent is 0 or more"});
  }

  void bind_dtype() {
    if (dtypes_.empty()) return;
    DType dtype = dtypes_[0];
    for (const DType t : dtypes_) dtype = promote(dtype, t);
    contraction().dtype = dtype;
    if (options_.semiring == Semiring::sum_product) return;
    const bool needs_float = options_.semiring == Semiring::log_sum_exp;
    for (std::size_t i = 0; i < dtypes_.size(); ++i) {
      const DType t = dtypes_[i];
      if (is_complex(t) || t == DType::b8 || (needs_float && !is_float(dtype)))
        fail_at<DTypeError>({.operand = static_cast<int>(i)}, name_of(options_.semiring), " can't work on operand ",
                            i + 1, ", which is ", t,
                            is_complex(t) ? "\n  complex numbers have no order; use real(), or sum_product"
                            : needs_float ? "\n  convert it to a float dtype"
                                          : "\n  convert it to an integer or float dtype");
    }
  }

  Label label_for(const std::string& key, std::string shown) {
    const auto [at, fresh] = labels_.try_emplace(key, contraction().label_count());
    if (fresh) {
      contraction().extents.push_back(-1);
      contraction().names.push_back(std::move(shown));
      bindings_.push_back({});
    }
    return at->second;
  }

  Label named(const std::string& name) { return label_for(name, is_one_letter(name) ? name : "{" + name + "}"); }
  // Axis k of the ellipsis, counted from the right, from 1. '{' keeps its key apart from any name.
  Label dot(std::size_t k) { return label_for(concat("{", k), concat("{...", k, "}")); }

  std::size_t ellipsis_rank_of(std::size_t i) {
    const WrittenTerm& t = term(i);
    const bool open = t.ellipsis() >= 0;
    const std::size_t labels = t.labels.size() - (open ? 1 : 0), axes = shapes_[i].size();
    if (axes == labels || (open && axes > labels)) return axes - labels;
    const auto plural = [](std::size_t n, const char* word) {
      return concat(n, n == 1                             ? concat(" ", word)
                       : word == std::string_view("axis") ? " axes"
                                                          : concat(" ", word, "s"));
    };
    wrong({t.span}, {.operand = static_cast<int>(i)},
          concat("operand ", i + 1, " has ", plural(axes, "axis"), " but its term '", term_text(t), "' has ",
                 open ? "at least " : "", plural(labels, "label")),
          {shape_text(i), axes < labels ? "write one label for each axis, or reshape the operand"
                                        : "write one label for each axis; '...' stands for any number of them"});
  }

  void spread(std::size_t i) {
    const std::size_t rank = ellipsis_rank_of(i);
    for (const WrittenLabel& label : term(i).labels) {
      if (!label.is_ellipsis) {
        axes_[i].push_back({named(label.name), label.span});
        continue;
      }
      for (std::size_t k = rank; k > 0; --k) axes_[i].push_back({dot(k), label.span});
    }
    for (const BoundAxis& axis : axes_[i]) ++bindings_[static_cast<std::size_t>(axis.label)].occurrences;
  }

  void bind_extents(std::size_t i) {
    for (std::size_t axis = 0; axis < axes_[i].size(); ++axis) {
      const Label label = axes_[i][axis].label;
      const std::int64_t mine = shapes_[i][axis];
      if (mine < 0)
        wrong({axes_[i][axis].span}, {.operand = static_cast<int>(i)}, concat(shape_text(i), " has a negative extent"),
              {});
      Binding& binding = bindings_[static_cast<std::size_t>(label)];
      check_diagonal(i, axis);
      const std::int64_t bound = extent(label);
      if (bound == -1 || (bound == 1 && mine != 1 && !options_.strict)) {
        extent(label) = mine;
        binding.operand = static_cast<int>(i);
        binding.axis = axis;
      } else if (mine != bound && (mine != 1 || options_.strict)) {
        mismatch(i, axis);
      }
    }
  }

  // A label that repeats in a term must have one extent there: 1 does not broadcast against itself.
  void check_diagonal(std::size_t i, std::size_t axis) {
    const Label label = axes_[i][axis].label;
    if (bindings_[static_cast<std::size_t>(label)].occurrences < 2) return;
    std::size_t first = 0;
    while (axes_[i][first].label != label) ++first;
    if (shapes_[i][first] == shapes_[i][axis]) return;
    const std::string name = bare(label);
    wrong({axes_[i][first].span, axes_[i][axis].span}, {.operand = static_cast<int>(i), .label = name},
          concat("the diagonal '", name, "' of operand ", i + 1, " needs equal axes, but they are ", shapes_[i][first],
                 " and ", shapes_[i][axis]),
          {concat(shape_text(i), ", axes ", first, " and ", axis), "use two labels, or cut the operand to a square"});
  }

  std::string bare(Label label) {
    const std::string& shown = contraction().names[static_cast<std::size_t>(label)];
    return shown.front() == '{' ? shown.substr(1, shown.size() - 2) : shown;
  }

  bool is_dot(Label label) { return contraction().names[static_cast<std::size_t>(label)].starts_with("{..."); }

  [[noreturn]] void mismatch(std::size_t i, std::size_t axis) {
    const Label label = axes_[i][axis].label;
    const Binding& binding = bindings_[static_cast<std::size_t>(label)];
    const auto first = static_cast<std::size_t>(binding.operand);
    const std::int64_t mine = shapes_[i][axis], bound = extent(label);
    const std::vector<Span> spans{axes_[first][binding.axis].span, axes_[i][axis].span};
    const bool with_one = options_.strict && (mine == 1 || bound == 1);
    const std::string mend = with_one
                                 ? "strict=True: size 1 does not broadcast; leave strict away, or repeat the operand"
                                 : "to multiply along equal axes only, check the shapes; size 1 would broadcast";
    if (is_dot(label)) {
      const std::string at = concat("axis ", axis);
      wrong(spans, {.operand = static_cast<int>(i), .label = "..."},
            concat("the ellipses do not broadcast: ", bound, " in operand ", first + 1, " but ", mine, " in operand ",
                   i + 1),
            {concat(shape_text(first), ", axis ", binding.axis, " = ", bound, "   (first bound here)"),
             concat(shape_text(i), ", ", at, " = ", mine),
             "the axes of '...' are lined up from the right; each pair must be equal, or one of them 1"});
    }
    const std::string name = bare(label);
    wrong(spans, {.operand = static_cast<int>(i), .label = name},
          concat("label '", name, "' is ", bound, " in operand ", first + 1, " but ", mine, " in operand ", i + 1),
          {concat(shape_text(first), ", ", name, " = ", bound, "   (first bound here)"),
           concat(shape_text(i), ", ", name, " = ", mine), mend});
  }

  // Axes of extent 1 under a label that is larger elsewhere are left out.
  void squeeze(std::size_t i) {
    Term out{.labels = {}, .conjugated = term(i).conjugated};
    SmallVector<int, 4> dropped;
    for (std::size_t axis = 0; axis < axes_[i].size(); ++axis) {
      const Label label = axes_[i][axis].label;
      if (shapes_[i][axis] == 1 && extent(label) != 1)
        dropped.push_back(static_cast<int>(axis));
      else
        out.labels.push_back(label);
    }
    contraction().inputs.push_back(std::move(out));
    parsed_.squeezed.push_back(std::move(dropped));
  }

  void bind_output() {
    for (const auto& [name, size] : options_.sizes) size_of_input(name, size);
    if (written_.output)
      explicit_output();
    else
      implicit_output();
    for (const auto& [name, size] : options_.sizes)
      if (!labels_.contains(name))
        wrong({}, {.label = name}, concat("sizes names a label '", name, "' that the equation does not have"),
              {"check its spelling, or leave it away"});
  }

  // A size for a label that an operand has must be the one it has there.
  void size_of_input(const std::string& name, std::int64_t size) {
    const auto found = labels_.find(name);
    if (found == labels_.end() || extent(found->second) == size) return;
    const Binding& binding = bindings_[static_cast<std::size_t>(found->second)];
    const auto i = static_cast<std::size_t>(binding.operand);
    wrong({axes_[i][binding.axis].span}, {.operand = binding.operand, .label = name},
          concat("sizes gives label '", name, "' the extent ", size, ", operand ", i + 1, " gives it ",
                 extent(found->second)),
          {shape_text(i), "sizes is for output labels that no operand has"});
  }

  void explicit_output() {
    const WrittenTerm& t = *written_.output;
    for (const WrittenLabel& label : t.labels) {
      if (label.is_ellipsis) {
        for (std::size_t k = ellipsis_rank_; k > 0; --k) contraction().output.push_back(dot(k));
        continue;
      }
      if (!labels_.contains(label.name)) broadcast_label(label);
      contraction().output.push_back(named(label.name));
    }
  }

  void broadcast_label(const WrittenLabel& label) {
    const auto size = options_.sizes.find(label.name);
    if (size != options_.sizes.end()) {
      extent(named(label.name)) = size->second;
      return;
    }
    std::string known;
    for (std::size_t i = 0; i < contraction().names.size(); ++i) known += (i ? ", " : "") + contraction().names[i];
    if (known.size() > 200) known = known.substr(0, known.find(',', 200)) + ", ...";
    wrong({label.span}, {.label = label.name}, concat("output label '", label.name, "' is in no operand"),
          {"labels of the operands: " + (known.empty() ? "none" : known),
           concat("to broadcast along it, give its extent: sizes={'", label.name, "': 5}")});
  }

  void implicit_output() {
    for (std::size_t k = ellipsis_rank_; k > 0; --k) contraction().output.push_back(dot(k));
    std::vector<std::string> once;
    for (const auto& [name, label] : labels_)
      if (!is_dot(label) && bindings_[static_cast<std::size_t>(label)].occurrences == 1) once.push_back(name);
    std::sort(once.begin(), once.end(), earlier);
    for (const std::string& name : once) contraction().output.push_back(labels_.at(name));
  }

  // Zero extents are left out of the product: strides and other labels' products must fit as well.
  void check_overflow() {
    std::int64_t product = 1;
    for (const Label label : contraction().output) {
      const auto next = checked_mul(product, std::max<std::int64_t>(1, extent(label)));
      if (!next)
        wrong(written_.output ? std::vector<Span>{written_.output->span} : std::vector<Span>{}, {},
              concat("the output of shape ", contraction().output_shape(), " has more than 2^63 - 1 elements"),
              {"sum over more labels, or make the operands smaller"});
      product = *next;
    }
  }

  const Written& written_;
  std::span<const Extents> shapes_;
  std::span<const DType> dtypes_;
  const ParseOptions& options_;
  Parsed parsed_;
  std::unordered_map<std::string, Label> labels_;  // by bare name
  std::vector<Binding> bindings_;                  // by label
  std::vector<std::vector<BoundAxis>> axes_;       // by operand
  std::size_t ellipsis_rank_ = 0;
};

}  // namespace

Parsed bind(const Written& written, std::span<const Extents> shapes, std::span<const DType> dtypes,
            const ParseOptions& options) {
  return Binder(written, shapes, dtypes, options).bind();
}

}  // namespace ricci::text

namespace ricci {

Parsed parse(std::string_view equation, std::span<const Extents> shapes, std::span<const DType> dtypes,
             const ParseOptions& options) {
  return text::bind(text::scan(equation), shapes, dtypes, options);
}

Parsed parse(std::span<const Sublist> operands, const std::optional<Sublist>& output, std::span<const Extents> shapes,
             std::span<const DType> dtypes, const ParseOptions& options) {
  return text::bind(text::render(operands, output), shapes, dtypes, options);
}

std::size_t count_terms(std::string_view equation) { return text::scan(equation).inputs.size(); }

}  // namespace ricci
