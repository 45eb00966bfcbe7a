#include "ricci/networks/uai.h"

#include <algorithm>
#include <limits>
#include <optional>

#include "ricci/base/checked.h"
#include "ricci/networks/network_builder.h"
#include "ricci/networks/text_reader.h"

namespace ricci::networks {
namespace {

struct Factor {
  std::vector<std::int64_t> scope;  // variables, the last one fastest
  std::vector<double> values;
};

struct Model {
  std::vector<std::int64_t> extents;  // by variable
  std::vector<Factor> factors;
};

using Evidence = std::vector<std::optional<std::int64_t>>;  // by variable

class UaiReader {
 public:
  UaiReader(const io::InputFile& file, bool nonnegative) : text_(file), nonnegative_(nonnegative) {}
  Model read();

 private:
  std::int64_t count(std::string_view what) {
    const auto most = static_cast<std::int64_t>(text_.left());  // every item takes a byte
    return text_.integer(text_.word(), what, 0, most);
  }
  void read_scope(Factor& factor);
  void read_values(Factor& factor);

  TextReader text_;
  bool nonnegative_;
  Model model_;
};

void UaiReader::read_scope(Factor& factor) {
  const std::int64_t size = count("the number of a factor's variables");
  const auto variables = static_cast<std::int64_t>(model_.extents.size());
  if (size > static_cast<std::int64_t>(io::kMaxAxes))
    text_.refuse(text_.place(), "a factor of ", size, " variables; at most ", io::kMaxAxes, " are read");
  for (std::int64_t i = 0; i < size; ++i) {
    const Token token = text_.word();
    const std::int64_t variable = text_.integer(token, "a variable", 0, variables - 1);
    if (std::find(factor.scope.begin(), factor.scope.end(), variable) != factor.scope.end())
      text_.refuse(token.place, "variable ", variable, " is twice in one factor");
    factor.scope.push_back(variable);
  }
}

void UaiReader::read_values(Factor& factor) {
  std::int64_t expected = 1;
  for (const std::int64_t variable : factor.scope)
    expected = checked_mul(expected, model_.extents[static_cast<std::size_t>(variable)]).value_or(INT64_MAX);
  const Token size = text_.word();
  const std::int64_t given = text_.integer(size, "the number of a factor's values", 0);
  if (given != expected)
    text_.refuse(size.place, "a table of ", given, " values; the factor's variables make ", expected);
  if (given > static_cast<std::int64_t>(text_.left()))
    text_.refuse(size.place, "a table of ", given, " values, but only ", text_.left(), " bytes follow",
                 "\n  the file may be cut short");
  factor.values.reserve(static_cast<std::size_t>(given));
  for (std::int64_t i = 0; i < given; ++i) {
    const Token token = text_.word();
    const double value = text_.number(token, "a factor's value");
    if (nonnegative_ && value < 0)
      text_.refuse(token.place, "a factor's value is ", value, "; this semiring takes values of 0 and more");
    factor.values.push_back(value);
  }
}

Model UaiReader::read() {
  const Token kind = text_.word();
  if (kind.text != "MARKOV" && kind.text != "BAYES")
    text_.refuse(kind.place, "a model begins with MARKOV or BAYES, not with ", shown(kind));
  const std::int64_t variables = count("the number of variables");
  for (std::int64_t i = 0; i < variables; ++i)
    model_.extents.push_back(text_.integer(text_.word(), "a variable's number of values", 1));
  const std::int64_t factors = count("the number of factors");
  for (std::int64_t i = 0; i < factors; ++i) read_scope(model_.factors.emplace_back());
  for (Factor& factor : model_.factors) read_values(factor);
  const Token rest = text_.word();
  if (!rest.empty()) text_.refuse(rest.place, shown(rest), " comes after the last factor's values");
  return std::move(model_);
}

// "COUNT VARIABLE VALUE ...", after a 1 where a file could hold several samples.
Evidence read_evidence(const io::InputFile& file, const Model& model) {
  TextReader text(file);
  std::vector<Token> words;
  for (Token word = text.word(); !word.empty(); word = text.word()) words.push_back(word);
  Evidence evidence(model.extents.size());
  if (words.empty()) return evidence;
  const auto fits = [&](std::size_t at) {
    return words.size() > at && (words.size() - at) % 2 == 1 &&
           text.integer(words[at], "the number of observed variables", 0) ==
               static_cast<std::int64_t>((words.size() - at) / 2);
  };
  const bool samples = !fits(0);
  if (samples && !(words[0].text == "1" && fits(1)))
    text.refuse(words[0].place, "evidence is a count, then as many pairs of a variable and its value; one sample",
                "\n  as in: 2 0 1 3 0");
  for (std::size_t at = samples ? 2 : 1; at < words.size(); at += 2) {
    const auto variables = static_cast<std::int64_t>(model.extents.size());
    const auto variable = static_cast<std::size_t>(text.integer(words[at], "an observed variable", 0, variables - 1));
    if (evidence[variable]) text.refuse(words[at].place, "variable ", variable, " is observed twice");
    evidence[variable] = text.integer(words[at + 1], "an observed value", 0, model.extents[variable] - 1);
  }
  return evidence;
}

// The part of a factor's table that agrees with the evidence, and the variables that are left.
Factor observed(const Factor& factor, const Model& model, const Evidence& evidence) {
  Factor out;
  std::vector<std::size_t> places{0};
  std::size_t stride = factor.values.size();
  for (const std::int64_t variable : factor.scope) {
    const auto at = static_cast<std::size_t>(variable);
    const auto extent = static_cast<std::size_t>(model.extents[at]);
    stride /= extent;
    if (evidence[at]) {
      for (std::size_t& place : places) place += stride * static_cast<std::size_t>(*evidence[at]);
      continue;
    }
    out.scope.push_back(variable);
    std::vector<std::size_t> finer;
    for (const std::size_t place : places)
      for (std::size_t value = 0; value < extent; ++value) finer.push_back(place + stride * value);
    places = std::move(finer);
  }
  for (const std::size_t place : places) out.values.push_back(factor.values[place]);
  return out;
}

std::string name_of_variable(std::int64_t variable) { return concat("v", variable); }

LabelNames output_of(const Model& model, const Evidence& evidence, const NetworkOptions& options,
                     const std::string& file) {
  LabelNames output;
  const auto variables = static_cast<std::int64_t>(model.extents.size());
  for (const std::int64_t variable : options.keep) {
    if (variable < 0 || variable >= variables)
      fail<DataError>(file, ": keep names variable ", variable, "; the model has 0 to ", variables - 1);
    if (evidence[static_cast<std::size_t>(variable)])
      fail<DataError>(file, ": keep names variable ", variable, ", which the evidence fixes");
    if (std::count(options.keep.begin(), options.keep.end(), variable) > 1)
      fail<DataError>(file, ": keep names variable ", variable, " twice");
    output.push_back(name_of_variable(variable));
  }
  return output;
}

Network network_of(const Model& model, const Evidence& evidence, const NetworkOptions& options,
                   const std::string& file) {
  const Weights weights(options.semiring);
  const LabelNames output = output_of(model, evidence, options, file);
  NetworkBuilder builder;
  std::vector<bool> used(model.extents.size());
  for (const Factor& whole : model.factors) {
    const Factor factor = observed(whole, model, evidence);
    LabelNames labels;
    Shape shape;
    for (const std::int64_t variable : factor.scope) {
      used[static_cast<std::size_t>(variable)] = true;
      labels.push_back(name_of_variable(variable));
      shape.push_back(model.extents[static_cast<std::size_t>(variable)]);
    }
    builder.add(labels, tensor_of(shape, weights.values(factor.values)));
  }
  double free = weights.value(1);  // a variable in no factor has a weight of 1 for each value
  for (std::size_t i = 0; i < used.size(); ++i) {
    if (used[i] || evidence[i]) continue;
    const auto extent = static_cast<double>(model.extents[i]);
    const bool kept =
        std::find(options.keep.begin(), options.keep.end(), static_cast<std::int64_t>(i)) != options.keep.end();
    if (!kept)
      free = weights.product(free, weights.value(selects(options.semiring) ? 1 : extent));
    else
      fail<DataError>(file, ": keep names variable ", i, ", which is in no factor: all its values weigh the same");
  }
  if (free != weights.value(1) || builder.size() == 0) builder.add({}, tensor_of({}, std::vector<double>{free}));
  Network network = std::move(builder).finish(output);
  network.semiring = options.semiring;
  network.comment =
      concat(counted(model.factors.size(), "factor"), " over ", counted(model.extents.size(), "variable"));
  return network;
}

}  // namespace

Network read_uai(const io::InputFile& file, const io::InputFile* evidence, const NetworkOptions& options) {
  const Model model = UaiReader(file, Weights(options.semiring).nonnegative()).read();
  const Evidence known = evidence ? read_evidence(*evidence, model) : Evidence(model.extents.size());
  return network_of(model, known, options, file.name());
}

Network read_uai(const io::InputFile& file, const NetworkOptions& options) {
  if (options.evidence.empty()) return read_uai(file, nullptr, options);
  if (file.name() == concat("'", options.evidence, "'"))
    fail<DataError>(file.name(), " is the model, not its evidence");
  const io::InputFile evidence = io::InputFile::open(options.evidence);
  return read_uai(file, &evidence, options);
}

}  // namespace ricci::networks
