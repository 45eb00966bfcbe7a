#include "ricci/networks/cnf.h"

#include <algorithm>
#include <limits>
#include <map>
#include <optional>

#include "ricci/networks/network_builder.h"
#include "ricci/networks/text_reader.h"

namespace ricci::networks {
namespace {

constexpr std::size_t kWidest = 8;  // literals of a clause that is one tensor
constexpr std::size_t kLink = 6;    // of a piece of a wider one
constexpr std::int64_t kMostVariables = std::numeric_limits<std::int32_t>::max();

using Clause = std::vector<std::int64_t>;  // literals, by variable; no variable twice

struct LiteralWeights {
  std::optional<double> negative, positive;
  Place place;
};

struct Formula {
  std::int64_t variables = 0;
  std::vector<Clause> clauses;
  std::map<std::int64_t, LiteralWeights> weights;
};

std::int64_t variable_of(std::int64_t literal) { return literal < 0 ? -literal : literal; }

class CnfReader {
 public:
  CnfReader(const io::InputFile& file, bool nonnegative) : text_(file), nonnegative_(nonnegative) {}
  Formula read();

 private:
  std::int64_t literal(const Token& token) const;
  void problem_line(const Token& p);
  void comment_line();
  void weight_line();
  void set_weight(const Token& at, std::int64_t literal, double weight);
  void clause_literals(Token token);
  void end_clause();
  void check_weights() const;

  TextReader text_;
  bool nonnegative_;
  bool has_problem_ = false;
  std::int64_t declared_ = 0;
  Clause open_;
  Formula formula_;
};

std::int64_t CnfReader::literal(const Token& token) const {
  const std::int64_t value = text_.integer(token, "a literal", -kMostVariables, kMostVariables);
  if (variable_of(value) > formula_.variables)
    text_.refuse(token.place, "literal ", value, " names a variable past the ", formula_.variables,
                 " of the 'p cnf' line\n  write the largest variable there");
  return value;
}

void CnfReader::problem_line(const Token& p) {
  if (has_problem_) text_.refuse(p.place, "a second 'p' line\n  a file holds one formula");
  const Token kind = text_.word_in_line();
  if (kind.text != "cnf")
    text_.refuse(kind.place, "the problem is ", shown(kind), "; only 'p cnf VARIABLES CLAUSES' is read");
  formula_.variables = text_.integer(text_.word_in_line(), "the number of variables", 0, kMostVariables);
  declared_ = text_.integer(text_.word_in_line(), "the number of clauses", 0);
  has_problem_ = true;
}

// `c p weight LITERAL W 0`, `c t TYPE`, `c p show ...`; any other comment says nothing.
void CnfReader::comment_line() {
  const Token first = text_.word_in_line(),
              second = first.text == "p" || first.text == "t" ? text_.word_in_line() : Token{};
  if (first.text == "p" && second.text == "weight") {
    const Token at = text_.word_in_line();
    const std::int64_t value = literal(at);
    set_weight(at, value, text_.number(text_.word_in_line(), "a weight"));
  } else if ((first.text == "p" && second.text == "show") || (first.text == "t" && second.text.starts_with('p'))) {
    text_.refuse(second.place, "a projected count is no sum of products, so no contraction gives it",
                 "\n  drop the line to count over all variables");
  }
  text_.skip_line();
}

void CnfReader::weight_line() {
  const Token at = text_.word_in_line();
  const std::int64_t value = literal(at);
  const double weight = text_.number(text_.word_in_line(), "a weight");
  const Token end = text_.word_in_line();
  if (!end.empty()) {
    set_weight(at, value, weight);
  } else if (value < 0) {
    text_.refuse(at.place, "the weight of literal ", value, " does not end in 0", "\n  write 'w ", value,
                 " W 0', or the variable's weight as 'w ", -value, " W'");
  } else {
    set_weight(at, value, weight == -1 ? 1 : weight);
    set_weight(at, -value, weight == -1 ? 1 : 1 - weight);
  }
  text_.skip_line();
}

void CnfReader::set_weight(const Token& at, std::int64_t literal, double weight) {
  if (literal == 0) text_.refuse(at.place, "0 is no literal, so it has no weight");
  if (nonnegative_ && weight < 0)
    text_.refuse(at.place, "literal ", literal, " has the weight ", weight,
                 "; this semiring takes weights of 0 and more\n  count in sum_product");
  LiteralWeights& weights = formula_.weights[variable_of(literal)];
  std::optional<double>& own = literal < 0 ? weights.negative : weights.positive;
  if (own) text_.refuse(at.place, "literal ", literal, " has two weights\n  keep one");
  own = weight;
  weights.place = at.place;
}

void CnfReader::clause_literals(Token token) {
  for (; !token.empty(); token = text_.word_in_line()) {
    const std::int64_t value = literal(token);
    if (value == 0)
      end_clause();
    else
      open_.push_back(value);
  }
}

// A literal twice counts once; a clause with a variable and its negation is always true, and is left out.
void CnfReader::end_clause() {
  std::sort(open_.begin(), open_.end(), [](std::int64_t a, std::int64_t b) {
    return std::make_pair(variable_of(a), a) < std::make_pair(variable_of(b), b);
  });
  open_.erase(std::unique(open_.begin(), open_.end()), open_.end());
  const auto opposite = [](std::int64_t a, std::int64_t b) { return a == -b; };
  --declared_;
  if (std::adjacent_find(open_.begin(), open_.end(), opposite) == open_.end()) formula_.clauses.push_back(open_);
  open_.clear();
}

void CnfReader::check_weights() const {
  for (const auto& [variable, weights] : formula_.weights) {
    if (weights.negative && weights.positive) continue;
    const std::int64_t has = weights.positive ? variable : -variable;
    text_.refuse(weights.place, "literal ", has, " has a weight and ", -has, " has none\n  write both");
  }
}

Formula CnfReader::read() {
  for (text_.skip_blanks(); !text_.ended(); text_.skip_blanks()) {
    const Token first = text_.word();
    if (first.text == "%") break;  // SATLIB's files end so
    if (first.text == "c") {
      comment_line();
    } else if (first.text.starts_with('c')) {
      text_.skip_line();
    } else if (first.text == "p") {
      problem_line(first);
    } else if (!has_problem_) {
      text_.refuse(first.place, "'p cnf VARIABLES CLAUSES' must come before ", shown(first));
    } else if (first.text == "w") {
      weight_line();
    } else {
      clause_literals(first);
    }
  }
  if (!has_problem_) text_.refuse(text_.place(), "there is no 'p cnf VARIABLES CLAUSES' line");
  if (!open_.empty()) text_.refuse(text_.place(), "the last clause does not end in 0\n  the file may be cut short");
  if (declared_ != 0)
    text_.refuse(text_.place(), "the 'p cnf' line says ", declared_ > 0 ? "more" : "fewer", " clauses, by ",
                 declared_ > 0 ? declared_ : -declared_, ", than there are\n  the file may be cut short");
  check_weights();
  return std::move(formula_);
}

// ---- the network

std::string name_of_variable(std::int64_t variable) { return concat("x", variable); }

class CnfNetwork {
 public:
  CnfNetwork(Formula formula, const io::InputFile& file, const NetworkOptions& options)
      : formula_(std::move(formula)), weights_(options.semiring), keep_(options.keep), file_(file) {}

  Network build() &&;

 private:
  enum class Link : std::uint8_t { whole, first, middle, last };
  void add_clause(std::size_t number);
  void add_piece(std::span<const std::int64_t> literals, Link link, const LabelNames& before, const LabelNames& after);
  Tensor piece(std::size_t pattern, std::size_t literals, Link link);
  std::vector<double> weights_of(std::int64_t variable) const;
  void add_variables();

  Formula formula_;
  const Weights weights_;
  const std::vector<std::int64_t>& keep_;
  const io::InputFile& file_;
  NetworkBuilder builder_;
  std::map<std::tuple<std::size_t, std::size_t, Link>, Tensor> pieces_;  // shared by clauses of one form
};

// Axes: whether an earlier piece was true (middle, last), the literals' variables, whether one so far is (first,
// middle). `pattern` has the values, as bits, at which every literal fails.
Tensor CnfNetwork::piece(std::size_t pattern, std::size_t literals, Link link) {
  Tensor& known = pieces_[{pattern, literals, link}];
  if (known.defined()) return known;
  const bool before = link == Link::middle || link == Link::last, after = link == Link::first || link == Link::middle;
  std::vector<double> values;
  for (std::size_t earlier = 0; earlier < (before ? 2u : 1u); ++earlier)
    for (std::size_t bits = 0; bits < std::size_t{1} << literals; ++bits) {
      const bool holds = earlier == 1 || bits != pattern;
      if (after) values.push_back(holds ? 0 : 1);
      values.push_back(holds ? 1 : 0);
    }
  const Shape shape(literals + before + after, 2);
  return known = tensor_of(shape, weights_.values(std::move(values)));
}

void CnfNetwork::add_piece(std::span<const std::int64_t> literals, Link link, const LabelNames& before,
                           const LabelNames& after) {
  LabelNames labels = before;
  std::size_t pattern = 0;
  for (const std::int64_t literal : literals) {
    labels.push_back(name_of_variable(variable_of(literal)));
    pattern = 2 * pattern + (literal < 0 ? 1 : 0);
  }
  labels.insert(labels.end(), after.begin(), after.end());
  builder_.add(labels, piece(pattern, literals.size(), link));
}

void CnfNetwork::add_clause(std::size_t number) {
  std::span<const std::int64_t> rest = formula_.clauses[number];
  if (rest.size() <= kWidest) return add_piece(rest, Link::whole, {}, {});
  LabelNames before;
  for (std::size_t link = 0; rest.size() > kLink; ++link) {
    const LabelNames after{concat("c", number + 1, "_", link + 1)};
    add_piece(rest.first(kLink), link == 0 ? Link::first : Link::middle, before, after);
    rest = rest.subspan(kLink);
    before = after;
  }
  add_piece(rest, Link::last, before, {});
}

std::vector<double> CnfNetwork::weights_of(std::int64_t variable) const {
  const auto at = formula_.weights.find(variable);
  if (at == formula_.weights.end()) return weights_.values({1, 1});
  return weights_.values({*at->second.negative, *at->second.positive});
}

// A vector for each variable that has weights, or is kept and in no clause; one number for all that are in none.
void CnfNetwork::add_variables() {
  std::vector<std::int64_t> used;
  for (const Clause& clause : formula_.clauses)
    for (const std::int64_t literal : clause) used.push_back(variable_of(literal));
  std::sort(used.begin(), used.end());
  used.erase(std::unique(used.begin(), used.end()), used.end());
  std::vector<std::int64_t> named(keep_);
  for (const auto& [variable, weights] : formula_.weights) named.push_back(variable);
  std::sort(named.begin(), named.end());
  named.erase(std::unique(named.begin(), named.end()), named.end());

  double all = weights_.value(1);
  std::int64_t free = formula_.variables - static_cast<std::int64_t>(used.size());
  for (const std::int64_t variable : named) {
    const bool alone = !std::binary_search(used.begin(), used.end(), variable);
    const bool kept = std::find(keep_.begin(), keep_.end(), variable) != keep_.end();
    const std::vector<double> own = weights_of(variable);
    free -= alone;
    if (alone && !kept)
      all = weights_.product(all, weights_.sum(own[0], own[1]));
    else if (alone || formula_.weights.contains(variable))
      builder_.add({name_of_variable(variable)}, tensor_of({2}, own));
  }
  // Two to the number of variables that nothing is said of, by squaring.
  for (double power = weights_.sum(weights_.value(1), weights_.value(1)); free > 0;
       free /= 2, power = weights_.product(power, power))
    if (free % 2 == 1) all = weights_.product(all, power);
  if (all != weights_.value(1) || builder_.size() == 0) builder_.add({}, tensor_of({}, std::vector<double>{all}));
}

Network CnfNetwork::build() && {
  LabelNames output;
  for (const std::int64_t variable : keep_) {
    if (variable < 1 || variable > formula_.variables)
      fail<DataError>(file_.name(), ": keep names variable ", variable, "; the formula has 1 to ", formula_.variables);
    if (std::count(keep_.begin(), keep_.end(), variable) > 1)
      fail<DataError>(file_.name(), ": keep names variable ", variable, " twice");
    output.push_back(name_of_variable(variable));
  }
  for (std::size_t i = 0; i < formula_.clauses.size(); ++i) add_clause(i);
  add_variables();
  Network network = std::move(builder_).finish(output);
  network.semiring = weights_.semiring();
  network.comment = concat(counted(formula_.clauses.size(), "clause"), " over ",
                           counted(static_cast<std::size_t>(formula_.variables), "variable"));
  return network;
}

}  // namespace

Network read_cnf(const io::InputFile& file, const NetworkOptions& options) {
  const bool nonnegative = Weights(options.semiring).nonnegative();
  return CnfNetwork(CnfReader(file, nonnegative).read(), file, options).build();
}

}  // namespace ricci::networks
