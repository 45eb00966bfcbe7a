#include "examples/uses/vision.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <random>

#include "ricci/ricci.h"

namespace ricci::examples {
namespace {

namespace F = nn::functional;

constexpr std::int64_t kPatch = 3, kFeatures = 16, kClasses = 10, kBatch = 100;
constexpr int kEpochs = 35, kFirstDrawn = 5;
constexpr double kRate = 0.01;

// What can be set was set by the validation part; the test part is looked at once, at the end.
constexpr Slice kTest{0, kTestedDigits}, kTrained{kTestedDigits, 1200}, kValidation{1200, {}};

struct Digits {
  Tensor patches;  // [picture, patch, pixel], from 0 to 1
  Tensor labels;   // [picture]
};

Digits read_digits(const std::string& file) {
  Digits out;
  Tensor images;
  for (const NamedTensor& item : load(file)) (item.name == "images" ? images : out.labels) = item.tensor;
  images = to(images, DType::f32) / 16;
  std::vector<Tensor> pixels;
  const std::int64_t places = images.extent(1) - kPatch + 1;
  for (std::int64_t row = 0; row < kPatch; ++row)
    for (std::int64_t column = 0; column < kPatch; ++column)
      pixels.push_back(reshape(slice(images, {AllAxes{}, Slice{row, row + places}, Slice{column, column + places}}),
                               {-1, places * places}));
  out.patches = contiguous(stack(pixels, 2));
  out.labels = to(out.labels, DType::i64);
  return out;
}

/// Features of every patch, pooled, normalised and classified.
class Pooled : public nn::Module {
 public:
  explicit Pooled(bool bilinear) : bilinear_(bilinear) {
    const std::int64_t pooled = bilinear ? kFeatures * kFeatures : kFeatures;
    features_ = std::make_shared<nn::Sequential>(
        std::make_shared<nn::Linear>(kPatch * kPatch, 32), std::make_shared<nn::ReLU>(),
        std::make_shared<nn::Linear>(32, kFeatures), std::make_shared<nn::Tanh>());
    classify_ = std::make_shared<nn::Sequential>(std::make_shared<nn::LayerNorm>(Shape{pooled}),
                                                 std::make_shared<nn::Linear>(pooled, kClasses));
    register_module("features", features_);
    register_module("classify", classify_);
  }
  Tensor forward(const Tensor& patches) override {
    const Tensor f = (*features_)(patches);
    if (!bilinear_) return (*classify_)(mean(f, {.axes = {1}}));
    const Tensor products = einsum("npi,npj->nij", f, f) / static_cast<double>(f.extent(1));
    return (*classify_)(reshape(products, {-1, kFeatures * kFeatures}));
  }

 private:
  bool bilinear_;
  std::shared_ptr<nn::Sequential> features_, classify_;
};

// The numbers below n in an order that the generator alone decides, the same on any machine.
std::vector<std::int64_t> shuffled(std::int64_t n, std::mt19937_64& draw) {
  std::vector<std::int64_t> out(static_cast<std::size_t>(n));
  std::iota(out.begin(), out.end(), 0);
  for (std::size_t i = out.size(); i > 1; --i) std::swap(out[i - 1], out[draw() % i]);
  return out;
}

double accuracy(Pooled& model, const Digits& digits, const Slice& part) {
  const NoGrad inside;
  const Tensor right = equal(argmax(model(slice(digits.patches, {part})), 1), slice(digits.labels, {part}));
  return mean(to(right, DType::f64)).item<double>();
}

struct Reached {
  std::vector<double> validation;  // after each epoch
  double test = 0;
};

Reached train(bool bilinear, int seed, const Digits& digits) {
  manual_seed(static_cast<std::uint64_t>(seed));
  std::mt19937_64 draw(static_cast<std::uint64_t>(seed));
  Pooled model(bilinear);
  optim::AdamW optimizer(model.parameters(), {.lr = kRate});
  ProgressBar bar(concat(bilinear ? "bilinear" : "average", " pooling, seed ", seed), kEpochs);
  const Tensor patches = slice(digits.patches, {kTrained}), labels = slice(digits.labels, {kTrained});
  const std::int64_t pictures = labels.numel();
  Reached reached;
  for (int epoch = 0; epoch < kEpochs; ++epoch) {
    optimizer.set("lr", kRate * 0.5 * (1 + std::cos(std::numbers::pi * epoch / kEpochs)));
    const Tensor order = tensor(shuffled(pictures, draw));
    for (std::int64_t at = 0; at < pictures; at += kBatch) {
      const Tensor batch = slice(order, {Slice{at, at + kBatch}});
      const Tensor loss = F::cross_entropy(model(take(patches, batch)), take(labels, batch));
      optimizer.zero_grad();
      backward(loss);
      optimizer.step();
    }
    reached.validation.push_back(accuracy(model, digits, kValidation));
    bar.show(epoch + 1);
  }
  reached.test = accuracy(model, digits, kTest);
  return reached;
}

struct Means {
  Curve curve;  // of the validation part
  double test = 0;
};

Means mean_over(bool bilinear, int seeds, const Digits& digits) {
  Means means{{bilinear ? "bilinear" : "average", {}}, 0};
  for (int epoch = kFirstDrawn; epoch <= kEpochs; ++epoch) means.curve.points.emplace_back(epoch, 0);
  for (int seed = 0; seed < seeds; ++seed) {
    const Reached reached = train(bilinear, seed, digits);
    means.test += reached.test / seeds;
    for (auto& [epoch, share] : means.curve.points)
      share += reached.validation[static_cast<std::size_t>(epoch) - 1] / seeds;
  }
  return means;
}

}  // namespace

VisionResult run_vision(const std::string& file, int seeds) {
  const Digits digits = read_digits(file);
  const Means average = mean_over(false, seeds, digits), bilinear = mean_over(true, seeds, digits);
  return {.average = average.test,
          .bilinear = bilinear.test,
          .chart = {.title = "Digits told apart after pooling",
                    .x_label = "epoch",
                    .y_label = "accuracy, validation",
                    .curves = {average.curve, bilinear.curve},
                    .levels = {}}};
}

}  // namespace ricci::examples
