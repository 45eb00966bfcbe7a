#include "examples/uses/attention.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <numbers>
#include <random>
#include <set>
#include <sstream>

#include "ricci/ricci.h"

namespace ricci::examples {
namespace {

namespace F = nn::functional;

constexpr std::int64_t kContext = 32, kWidth = 64, kHeads = 4, kSize = kWidth / kHeads, kBatch = 24;
constexpr int kBlocks = 2, kSteps = 800, kWritten = 200;
constexpr double kDropout = 0.2, kRate = 0.01;

// Eight tenths are learned from, the ninth is the test; by the last everything was set that can be.
constexpr int kTest = 8, kValidation = 9;

struct Text {
  std::vector<std::int64_t> letters;  // as numbers of the alphabet
  std::string alphabet;
  std::int64_t part(int tenths) const { return static_cast<std::int64_t>(letters.size()) * tenths / 10; }
  std::int64_t kinds() const { return static_cast<std::int64_t>(alphabet.size()); }
};

Text read_text(const std::string& file) {
  std::ifstream in(file);
  if (!in) fail<DataError>("can't read ", file);
  std::ostringstream all;
  all << in.rdbuf();
  std::string words = all.str();
  for (char& c : words) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  const std::set<char> used(words.begin(), words.end());
  Text out{{}, std::string(used.begin(), used.end())};
  for (const char c : words) out.letters.push_back(static_cast<std::int64_t>(out.alphabet.find(c)));
  return out;
}

/// (batch, time, width) -> the same: each place gathers from itself and those before it.
struct Attention : nn::Module {
  std::shared_ptr<nn::Einsum> query, key, value, output;
  Attention() {
    for (const auto& [name, part] : {std::pair{"query", &query}, {"key", &key}, {"value", &value}}) {
      *part = std::make_shared<nn::Einsum>("btd,dhk->bthk", Shape{kWidth, kHeads, kSize});
      register_module(name, *part);
    }
    output = std::make_shared<nn::Einsum>("bthk,hkd->btd", Shape{kHeads, kSize, kWidth});
    register_module("output", output);
  }
  Tensor forward(const Tensor& x) override {
    const Tensor scores = einsum("bthk,bshk->bhts", (*query)(x), (*key)(x)) / std::sqrt(static_cast<double>(kSize));
    const Tensor time = arange(x.extent(1));
    const Tensor later = greater(unsqueeze(time, 0), unsqueeze(time, 1));
    const Tensor weights = softmax(where(later, -INFINITY, scores));  // over s, the places that are read
    return (*output)(einsum("bhts,bshk->bthk", weights, (*value)(x)));
  }
};

struct Block : nn::Module {
  nn::LayerNorm& before = register_module("before", std::make_shared<nn::LayerNorm>(Shape{kWidth}));
  Attention& attention = register_module("attention", std::make_shared<Attention>());
  nn::LayerNorm& between = register_module("between", std::make_shared<nn::LayerNorm>(Shape{kWidth}));
  nn::Sequential& network =
      register_module("network", std::make_shared<nn::Sequential>(std::make_shared<nn::Linear>(kWidth, 2 * kWidth),
                                                                  std::make_shared<nn::ReLU>(),
                                                                  std::make_shared<nn::Linear>(2 * kWidth, kWidth)));
  nn::Dropout& dropout = register_module("dropout", std::make_shared<nn::Dropout>(kDropout));
  Tensor forward(const Tensor& x) override {
    const Tensor y = x + dropout(attention(before(x)));
    return y + dropout(network(between(y)));
  }
};

/// Letters (batch, time) -> logits of the next one (batch, time, letter).
struct Model : nn::Module {
  nn::Embedding &letters, &places;
  nn::Sequential &blocks, &output;
  explicit Model(std::int64_t kinds)
      : letters(register_module("letters", std::make_shared<nn::Embedding>(kinds, kWidth))),
        places(register_module("places", std::make_shared<nn::Embedding>(kContext, kWidth))),
        blocks(register_module("blocks", std::make_shared<nn::Sequential>())),
        output(
            register_module("output", std::make_shared<nn::Sequential>(std::make_shared<nn::LayerNorm>(Shape{kWidth}),
                                                                       std::make_shared<nn::Linear>(kWidth, kinds)))) {
    for (int i = 0; i < kBlocks; ++i) blocks.append(std::make_shared<Block>());
  }
  Tensor forward(const Tensor& x) override { return output(blocks(letters(x) + places(arange(x.extent(1))))); }
};

// Stretches of `length` letters from each start: [start, letter].
Tensor windows(const Text& text, const std::vector<std::int64_t>& starts, std::int64_t length) {
  std::vector<std::int64_t> all;
  for (const std::int64_t start : starts)
    all.insert(all.end(), text.letters.begin() + start, text.letters.begin() + start + length);
  return reshape(tensor(all), {-1, length});
}

// The loss of the letters after the first `skip`, each guessed from those before it.
Tensor loss_of(Model& model, const Tensor& window, std::int64_t skip) {
  const Tensor logits = slice(model(slice(window, {AllAxes{}, Slice{0, kContext}})), {Slice{}, Slice{skip, {}}});
  return F::cross_entropy(reshape(logits, {-1, logits.extent(-1)}),
                          reshape(slice(window, {Slice{}, Slice{skip + 1, {}}}), {-1}));
}

// Bits a letter of a tenth; each is read after half a context at least.
double model_bits(Model& model, const Text& text, int tenth) {
  std::vector<std::int64_t> starts;
  for (std::int64_t i = text.part(tenth); i + kContext / 2 < text.part(tenth + 1); i += kContext / 2)
    starts.push_back(i - kContext / 2);
  const NoGrad inside;
  model.eval();
  const double nats = loss_of(model, windows(text, starts, kContext + 1), kContext / 2).item<double>();
  model.train();
  return nats / std::numbers::ln2;
}

// Trigrams interpolated with shorter ones, after Witten and Bell: bits a letter of a tenth.
double trigram_bits(const Text& text, int tenth) {
  using Counts = std::map<std::int64_t, double>;
  std::map<std::vector<std::int64_t>, Counts> followers;
  const auto context = [&](std::int64_t i, std::int64_t n) {
    return std::vector<std::int64_t>(text.letters.begin() + i - n, text.letters.begin() + i);
  };
  for (std::int64_t i = 0; i < text.part(kTest); ++i)
    for (std::int64_t n = 0; n < 3 && n <= i; ++n)
      ++followers[context(i, n)][text.letters[static_cast<std::size_t>(i)]];
  double bits = 0;
  const std::int64_t begin = text.part(tenth), end = text.part(tenth + 1);
  for (std::int64_t i = begin; i < end; ++i) {
    double p = 1.0 / static_cast<double>(text.kinds());
    for (std::int64_t n = 0; n < 3; ++n) {
      const Counts& seen = followers[context(i, n)];
      double total = 0;
      for (const auto& item : seen) total += item.second;
      const auto found = seen.find(text.letters[static_cast<std::size_t>(i)]);
      const auto kinds = static_cast<double>(seen.size());
      if (total > 0) p = ((found == seen.end() ? 0 : found->second) + kinds * p) / (total + kinds);
    }
    bits -= std::log2(p);
  }
  return bits / static_cast<double>(end - begin);
}

Curve train(Model& model, const Text& text) {
  optim::AdamW optimizer(model.parameters(), {.lr = kRate, .weight_decay = 0.1});
  std::mt19937_64 draw(0);
  ProgressBar bar("attention", kSteps);
  Curve curve{"attention", {}};
  for (int step = 1; step <= kSteps; ++step) {
    const double share = static_cast<double>(step) / kSteps;
    optimizer.set("lr", kRate * std::min(1.0, step / 50.0) * 0.5 * (1 + std::cos(std::numbers::pi * share)));
    std::vector<std::int64_t> starts;
    for (std::int64_t i = 0; i < kBatch; ++i)
      starts.push_back(static_cast<std::int64_t>(draw() % static_cast<std::uint64_t>(text.part(kTest) - kContext - 1)));
    const Tensor loss = loss_of(model, windows(text, starts, kContext + 1), 0);
    optimizer.zero_grad();
    backward(loss);
    optim::clip_grad_norm(model.parameters(), 1);
    optimizer.step();
    if (step % 80 == 0) curve.points.emplace_back(step, model_bits(model, text, kValidation));
    bar.show(step);
  }
  return curve;
}

// Goes on from `start`, each letter drawn with the squares of the model's chances.
std::string write(Model& model, const Text& text, const std::string& start) {
  std::string out = start;
  std::mt19937_64 draw(1);
  const NoGrad inside;
  model.eval();
  for (int i = 0; i < kWritten; ++i) {
    std::vector<std::int64_t> last;
    for (const char c : out.substr(out.size() - std::min<std::size_t>(out.size(), kContext)))
      last.push_back(static_cast<std::int64_t>(text.alphabet.find(c)));
    const Tensor chances = softmax(slice(model(reshape(tensor(last), {1, -1})), {0, -1}) * 2);
    double left = static_cast<double>(draw() >> 11) * 0x1p-53;
    std::size_t letter = 0;
    while (letter + 1 < text.alphabet.size() && (left -= chances.data<const float>()[letter]) > 0) ++letter;
    out += text.alphabet[letter];
  }
  return out;
}

}  // namespace

AttentionResult run_attention(const std::string& file) {
  const Text text = read_text(file);
  manual_seed(0);
  Model model(text.kinds());
  const Curve curve = train(model, text);
  return {.model = model_bits(model, text, kTest),
          .trigrams = trigram_bits(text, kTest),
          .text = write(model, text, "the congress shall "),
          .chart = {.title = "The Constitution, letter by letter",
                    .x_label = "step",
                    .y_label = "bits a letter, validation",
                    .curves = {curve},
                    .levels = {{"trigrams", trigram_bits(text, kValidation)}}}};
}

}  // namespace ricci::examples
