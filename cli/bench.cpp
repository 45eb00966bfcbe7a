// ricci bench: this machine's roofline, and a contraction as a share of it.
#include <fmt/format.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "cli/bar.h"
#include "cli/calibrate.h"
#include "cli/measure.h"
#include "cli/operands.h"
#include "cli/roofline.h"
#include "ricci/ops/einsum/rates.h"

namespace ricci::cli {
namespace {

struct BenchOptions : Common {
  std::string shapes;
  bool calibrates = false, quick = false;
};

constexpr double kMeasuredSeconds = 1;

// Every operand read once and the output written once.
double bytes_moved(const Plan& plan, const std::vector<Tensor>& operands) {
  const Contraction& whole = plan.data().whole;
  double bytes = path::volume(whole, whole.output) * static_cast<double>(size_of(whole.dtype));
  for (const Tensor& t : operands) bytes += static_cast<double>(t.nbytes());
  return bytes;
}

std::string machine_text(const Roofline& limits) {
  return fmt::format("this machine, {}: {:.4g} GFLOP/s in float32, {:.4g} in float64; copies {:.3g} GB/s\n",
                     num_threads() == 1 ? "1 thread" : fmt::format("{} threads", num_threads()), limits.f32 / 1e9,
                     limits.f64 / 1e9, limits.bandwidth / 1e9);
}

nlohmann::ordered_json machine_json(const Roofline& limits) {
  return {{"threads", num_threads()},
          {"peak", {{"float32", limits.f32}, {"float64", limits.f64}}},
          {"bandwidth", limits.bandwidth}};
}

void bench_machine(const BenchOptions& options) {
  Bar bar(options.progress);
  bar.phase("measuring the machine", 1);
  const Roofline limits = measure_roofline();
  bar.finish();
  print(options.json ? machine_json(limits).dump() + "\n" : machine_text(limits));
}

// Writes the rates to the user's cache folder, and shows them as the code has the built-in ones, with how far each row
// is off.
void bench_rates(const BenchOptions& options) {
  ::unsetenv("RICCI_RATES");  // what it names may be what is still to be measured
  Bar bar(options.progress);
  const std::vector<Calibration> all = calibrate(bar, options.quick);
  bar.finish();
  const std::string path = save_measured(path::Rates({all.begin(), all.end()}));
  std::string text;
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const Calibration& c : all) {
    text += fmt::format("{}  // off by {:.2f}, at most {:.2f}: {}\n", row_text(c), c.typical, c.worst, c.worst_shape);
    rows.push_back({{"dtype", name_of(c.dtype)},
                    {"semiring", name_of(c.semiring)},
                    {"multiplications_per_second", c.model.multiplications_per_second},
                    {"bytes_per_second", c.model.bytes_per_second},
                    {"seconds_per_step", c.model.seconds_per_step},
                    {"seconds_per_result", c.model.seconds_per_result},
                    {"seconds_per_product", c.model.seconds_per_product},
                    {"typical_factor", c.typical},
                    {"worst_factor", c.worst}});
  }
  print(options.json ? rows.dump() + "\n" : text);
  note(options, concat(path, ": written; --rates measured, or RICCI_RATES=measured, predicts seconds by it"));
}

void bench_contraction(const BenchOptions& options) {
  const Job job = make_job(options);
  Bar bar(options.progress);
  const Plan plan = make_plan(job, options, bar);
  const std::vector<Tensor> operands = load_operands(job, options);
  bar.phase("measuring the machine", 1);
  const Roofline limits = measure_roofline();
  bar.phase("contracting", kMeasuredSeconds);
  const Measured measured = measure(plan, operands, kMeasuredSeconds);
  bar.finish();
  const DType dtype = plan.data().whole.dtype;
  const double flops = plan.flops(), bytes = bytes_moved(plan, operands);
  const double share = limits.seconds(dtype, flops, bytes) / measured.seconds;
  const double rate = flops * (is_complex(dtype) ? 8 : 2) / measured.seconds;
  if (options.json) {
    nlohmann::ordered_json out = machine_json(limits);
    out.update({{"equation", job.equation},
                {"dtype", name_of(dtype)},
                {"seconds", measured.seconds},
                {"runs", measured.runs},
                {"predicted_seconds", plan.predicted_seconds()},
                {"multiplications", flops},
                {"flops_per_second", rate},
                {"bytes", bytes},
                {"share", share}});
    print(out.dump() + "\n");
    return;
  }
  print(
      machine_text(limits) +
      fmt::format("{} in {}: {}, the median of {} runs; predicted {}\n"
                  "  {:.4g} GFLOP/s; {:.0f} % of the roofline: those multiply-adds, or a copy of operands and result\n",
                  job.equation, name_of(dtype), seconds_text(measured.seconds), measured.runs,
                  seconds_text(plan.predicted_seconds()), rate / 1e9, 100 * share));
}

void bench(BenchOptions options) {
  apply_settings(options);
  if (!options.shapes.empty() && !options.files.empty()) fail<WrongCall>("give either --shapes or files, not both");
  if (options.calibrates) {
    if (!options.equation.empty()) fail<WrongCall>("--calibrate measures steps of its own\n  leave the equation away");
    return bench_rates(options);
  }
  if (options.equation.empty()) {
    if (!options.shapes.empty())
      fail<WrongCall>("the equation is missing\n  as in: ricci bench 'ij,jk->ik' --shapes 512x512,512x512");
    return bench_machine(options);
  }
  if (!options.shapes.empty())
    for (const Shape& shape : parse_shapes(options.shapes)) {
      std::string extents;
      for (const std::int64_t extent : shape) extents += concat(extents.empty() ? "" : "x", extent);
      options.files.push_back("randn:" + extents);
    }
  bench_contraction(options);
}

}  // namespace

void add_bench(CLI::App& app) {
  CLI::App* command = app.add_subcommand("bench", "this machine's limits; a contraction as a share of them");
  const auto options = std::make_shared<BenchOptions>();
  add_common(*command, *options, true);
  command->get_option("equation")->required(false);
  command->add_option("--shapes", options->shapes, "operands of random numbers in these shapes: 2x3,3x4")
      ->type_name("LIST");
  command->add_flag("--calibrate", options->calibrates,
                    "measure this machine's rates for `--rates measured`: writes them to the user's\ncache folder, and "
                    "prints them as ricci/path/tree/rates.cpp has the built-in ones");
  command->add_flag("--quick", options->quick, "")->group("");  // for tests
  command->footer(
      "Examples:\n"
      "  ricci bench --threads 1\n"
      "  ricci bench --calibrate\n"
      "  ricci bench 'ij,jk->ik' --shapes 512x512,512x512 --dtype complex64\n"
      "  ricci bench network.safetensors");
  command->callback([options] { bench(*options); });
}

}  // namespace ricci::cli
