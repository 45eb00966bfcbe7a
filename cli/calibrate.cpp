#include "cli/calibrate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "cli/measure.h"

namespace ricci::cli {
namespace {

using path::CostModel;
using path::FoldedShape;

constexpr double kSecondsEach = 0.02;
constexpr double kQuickMultiplications = 32768;

// Steps as networks, layers and decompositions have them: large, thin, long, tiny, batched, and bound by memory.
constexpr FoldedShape kShapes[] = {
    {1, 2, 2, 2},       {1, 8, 8, 8},       {1, 16, 16, 16},    {1, 32, 32, 32},  {1, 64, 64, 64},
    {1, 128, 128, 128}, {1, 256, 256, 256}, {1, 320, 320, 320}, {1, 512, 512, 8}, {1, 2048, 64, 8},
    {1, 64, 2048, 32},  {1, 512, 16, 512},  {1, 2, 512, 512},   {1, 512, 512, 1}, {1, 1024, 1024, 1},
    {1, 1024, 1, 1024}, {1, 3072, 1, 3072}, {1, 4096, 2048, 1}, {1, 8, 8, 65536}, {1, 32, 32, 8192},
    {1, 4, 65536, 4},   {1, 2, 262144, 2},  {256, 16, 16, 16},  {4096, 4, 4, 4},  {512, 8, 8, 8},
    {64, 64, 64, 16},   {16, 128, 128, 4},
};

struct Sample {
  FoldedShape shape;
  double bytes = 0, seconds = 0;
};

double& value(CostModel& model, int i) {
  double* const values[] = {&model.multiplications_per_second, &model.bytes_per_second, &model.seconds_per_step,
                            &model.seconds_per_result, &model.seconds_per_product};
  return *values[i];
}
constexpr int kValues = 5;

double factor(const CostModel& model, const Sample& sample) {
  return model.seconds(sample.shape, sample.bytes) / sample.seconds;
}

// The sum of squared logarithms of the factors that the model is off by.
double misfit(const CostModel& model, const std::vector<Sample>& samples) {
  double sum = 0;
  for (const Sample& sample : samples) sum += std::pow(std::log(factor(model, sample)), 2);
  return sum;
}

// One value after the other, in ever smaller steps.
CostModel descend(CostModel best, const std::vector<Sample>& samples) {
  double least = misfit(best, samples);
  for (double step = 4; step > 1.005; step = std::sqrt(step))
    for (bool better = true; better;) {
      better = false;
      for (int i = 0; i < kValues; ++i)
        for (const double times : {step, 1 / step}) {
          CostModel other = best;
          value(other, i) *= times;
          const double found = misfit(other, samples);
          if (found >= least * (1 - 1e-6)) continue;
          best = other, least = found, better = true;
        }
    }
  return best;
}

// The best of several descents: what is charged beside multiplications stays hidden where it begins too small.
CostModel fit(const std::vector<Sample>& samples) {
  CostModel best;
  double least = INFINITY;
  for (const double per_result : {1e-12, 1e-10, 1e-9})
    for (const double per_product : {1e-12, 1e-8, 3e-7}) {
      const CostModel found = descend({1e10, 1e10, 1e-7, per_result, per_product}, samples);
      if (const double off = misfit(found, samples); off < least) best = found, least = off;
    }
  for (double* small : {&best.seconds_per_result, &best.seconds_per_product})
    if (*small < 1e-11) *small = 0;
  return best;
}

Tensor operand(const Shape& shape, DType dtype) {
  if (is_float(dtype)) return to(rand(shape, {.dtype = accumulator_of(dtype), .seed = 1}), dtype);
  return to(randint(0, 100, shape, {.dtype = DType::i64, .seed = 1}), dtype);
}

// A step as matrices in order, or with its labels split and turned, as those of networks lie.
Sample sample(const FoldedShape& shape, bool turned, DType dtype, Semiring semiring, double seconds) {
  const auto b = static_cast<std::int64_t>(shape.batch), l = static_cast<std::int64_t>(shape.left),
             r = static_cast<std::int64_t>(shape.right), k = static_cast<std::int64_t>(shape.contracted);
  const auto halves = [](std::int64_t extent) { return extent % 2 == 0 ? std::int64_t{2} : std::int64_t{1}; };
  const Shape first = turned ? Shape{halves(l), b, l / halves(l), k} : Shape{b, l, k};
  const Shape second = turned ? Shape{r / halves(r), k, halves(r), b} : Shape{b, k, r};
  const std::string_view equation = turned ? "pbij,kjqb->bkpiq" : "bij,bjk->bik";
  const std::vector<Tensor> operands{operand(first, dtype), operand(second, dtype)};
  const Plan step = plan(equation, {first, second}, {.dtype = dtype, .semiring = semiring});
  const double elements =
      shape.batch * (shape.left * shape.contracted + shape.contracted * shape.right + shape.left * shape.right);
  return {shape, elements * static_cast<double>(size_of(dtype)), measure(step, operands, seconds).processor};
}

std::string shape_text(const FoldedShape& shape) {
  return fmt::format("{:.0f} of {:.0f}x{:.0f}x{:.0f}", shape.batch, shape.left, shape.contracted, shape.right);
}

Calibration calibration_of(DType dtype, Semiring semiring, bool quick) {
  std::vector<Sample> samples;
  for (const FoldedShape& shape : kShapes)
    for (const bool turned : {false, true})
      if (!quick || shape.flops() <= kQuickMultiplications)
        samples.push_back(sample(shape, turned, dtype, semiring, quick ? 0 : kSecondsEach));
  Calibration out{{dtype, semiring, fit(samples)}};
  double sum = 0;
  for (const Sample& s : samples) {
    const double off = std::abs(std::log(factor(out.model, s)));
    sum += off;
    if (off <= std::log(out.worst)) continue;
    out.worst = std::exp(off);
    out.worst_shape = shape_text(s.shape);
  }
  out.typical = std::exp(sum / static_cast<double>(samples.size()));
  return out;
}

}  // namespace

std::vector<Calibration> calibrate(Bar& bar, bool quick) {
  set_num_threads(1);
  std::vector<Calibration> out;
  for (const path::KernelRates& row : path::Rates::built_in().rows()) {
    bar.phase(concat("calibrating ", name_of(row.dtype), ", ", name_of(row.semiring)));
    out.push_back(calibration_of(row.dtype, row.semiring, quick));
  }
  return out;
}

std::string row_text(const Calibration& c) {
  constexpr std::string_view kShort[] = {"f16", "bf16", "f32", "f64", "c64", "c128", "i8", "i16", "i32", "i64", "u8"};
  return fmt::format("    {{DType::{}, Semiring::{}, {{{:.3g}, {:.3g}, {:.2g}, {:.2g}, {:.2g}}}}},",
                     kShort[static_cast<std::size_t>(c.dtype)], name_of(c.semiring), c.model.multiplications_per_second,
                     c.model.bytes_per_second, c.model.seconds_per_step, c.model.seconds_per_result,
                     c.model.seconds_per_product);
}

}  // namespace ricci::cli
