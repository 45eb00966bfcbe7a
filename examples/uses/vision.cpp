#include "examples/uses/vision.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>
#include <numeric>
#include <random>

#include "ricci/ricci.h"

namespace ricci::examples {
namespace {

namespace F = nn::functional;

constexpr std::int64_t kPatch = 3, kFeatures = 16, kClasses = 10, kTrained = 1200, kBatch = 100;
constexpr int kEpochs = 25, kFirstDrawn = 5;
constexpr double kRate = 0.01;

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

double accuracy(Pooled& model, const Digits& digits) {
  const NoGrad inside;
  const Tensor right = equal(argmax(model(slice(digits.patches, {Slice{kTrained, {}}})), 1),
                             slice(digits.labels, {Slice{kTrained, {}}}));
  return mean(to(right, DType::f64)).item<double>();
}

// The accuracy on the pictures held out, after each epoch.
std::vector<double> train(bool bilinear, int seed, const Digits& digits) {
  manual_seed(static_cast<std::uint64_t>(seed));
  std::mt19937_64 draw(static_cast<std::uint64_t>(seed));
  Pooled model(bilinear);
  optim::AdamW optimizer(model.parameters(), {.lr = kRate});
  ProgressBar bar(concat(bilinear ? "bilinear" : "average", " pooling, seed ", seed), kEpochs);
  std::vector<double> reached;
  for (int epoch = 0; epoch < kEpochs; ++epoch) {
    optimizer.set("lr", kRate * 0.5 * (1 + std::cos(std::numbers::pi * epoch / kEpochs)));
    const Tensor order = tensor(shuffled(kTrained, draw));
    for (std::int64_t at = 0; at < kTrained; at += kBatch) {
      const Tensor batch = slice(order, {Slice{at, at + kBatch}});
      const Tensor loss = F::cross_entropy(model(take(digits.patches, batch)), take(digits.labels, batch));
      optimizer.zero_grad();
      backward(loss);
      optimizer.step();
    }
    reached.push_back(accuracy(model, digits));
    bar.show(epoch + 1);
  }
  return reached;
}

Curve mean_curve(bool bilinear, int seeds, const Digits& digits) {
  std::vector<double> sums(kEpochs);
  for (int seed = 0; seed < seeds; ++seed) {
    const std::vector<double> reached = train(bilinear, seed, digits);
    std::transform(sums.begin(), sums.end(), reached.begin(), sums.begin(), std::plus());
  }
  Curve curve{bilinear ? "bilinear" : "average", {}};
  for (int epoch = kFirstDrawn; epoch <= kEpochs; ++epoch)
    curve.points.emplace_back(epoch, sums[static_cast<std::size_t>(epoch - 1)] / seeds);
  return curve;
}

}  // namespace

VisionResult run_vision(const std::string& file, int seeds) {
  const Digits digits = read_digits(file);
  VisionResult out{.chart = {.title = "Digits told apart after pooling",
                             .x_label = "epoch",
                             .y_label = "accuracy, held out",
                             .curves = {mean_curve(false, seeds, digits), mean_curve(true, seeds, digits)},
                             .levels = {}}};
  out.average = out.chart.curves[0].points.back().second;
  out.bilinear = out.chart.curves[1].points.back().second;
  return out;
}

}  // namespace ricci::examples
