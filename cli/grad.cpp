// ricci grad: the gradients of a contraction for its operands, all in one sweep.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <numeric>

#include "cli/bar.h"
#include "cli/operands.h"
#include "cli/results.h"

namespace ricci::cli {
namespace {

struct GradOptions : Common {
  std::string output, gradient;
  std::vector<int> wrt;
};

std::vector<int> chosen_operands(const GradOptions& options, std::size_t count) {
  std::vector<int> wrt = options.wrt;
  if (wrt.empty()) {
    wrt.resize(count);
    std::iota(wrt.begin(), wrt.end(), 0);
  }
  for (std::size_t i = 0; i < wrt.size(); ++i) {
    if (wrt[i] < 0 || wrt[i] >= static_cast<int>(count))
      fail<WrongCall>("--wrt ", wrt[i], ": there ", count == 1 ? "is " : "are ", count,
                      count == 1 ? " operand" : " operands", ", and --wrt counts from 0 (messages count from 1)");
    if (std::find(wrt.begin(), wrt.begin() + static_cast<std::ptrdiff_t>(i), wrt[i]) !=
        wrt.begin() + static_cast<std::ptrdiff_t>(i))
      fail<WrongCall>("--wrt ", wrt[i], ": named twice");
  }
  return wrt;
}

// The seed: the file of --gradient, or ones (undefined).
Tensor load_seed(const GradOptions& options, const Plan& plan) {
  if (options.gradient.empty()) return {};
  const Operand seed = find_operand(options.gradient, options);
  const Extents expected = plan.data().whole.output_shape();
  if (seed.shape != Shape(expected.begin(), expected.end()))
    fail<WrongCall>("--gradient ", options.gradient, " has shape ", seed.shape, " but the contraction gives ", expected,
                    "\n  the seed has the shape of the result");
  const Tensor tensor = seed.load();
  return to(tensor, plan.data().whole.dtype);
}

void print_gradients(const GradOptions& options, const Job& job, const std::vector<int>& wrt,
                     const Plan::Gradients& found, double seconds) {
  if (options.json) {
    nlohmann::ordered_json out{{"equation", job.equation}, {"seconds", seconds}};
    if (options.output.empty()) {
      out["value"] = values_json(found.value);
      for (const int i : wrt)
        out["gradients"][std::to_string(i)] = values_json(found.gradients[static_cast<std::size_t>(i)]);
    } else {
      out["output"] = options.output;
    }
    if (options.output != "-") print(out.dump() + "\n");
    return;
  }
  if (options.output.empty()) {
    for (const int i : wrt) {
      const auto at = static_cast<std::size_t>(i);
      print(concat("gradient_", i, " (", job.operands[at].written, "):\n", to_string(found.gradients[at]), "\n"));
    }
    return;
  }
  if (options.output == "-") return;
  note(options, concat(options.output, ": ", wrt.size(), wrt.size() == 1 ? " gradient" : " gradients", " in ",
                       seconds_text(seconds)));
}

// A linear contraction in any dtype by the plan itself; other semirings have subgradients, which the tape follows.
Plan::Gradients sweep(const Plan& plan, const std::vector<Tensor>& operands, const Tensor& seed,
                      const std::vector<int>& wrt) {
  if (is_linear(plan.data().whole.semiring)) return plan.gradients(operands, seed, wrt);
  std::vector<Tensor> leaves, wanted;
  for (const Tensor& operand : operands) leaves.push_back(operand.detach());
  for (const int i : wrt) wanted.push_back(leaves[static_cast<std::size_t>(i)].set_requires_grad());
  Plan::Gradients out{.value = plan(leaves), .gradients = std::vector<Tensor>(operands.size())};
  const std::vector<Tensor> found = ricci::grad(out.value, wanted, {.gradient = seed});
  for (std::size_t i = 0; i < wrt.size(); ++i) out.gradients[static_cast<std::size_t>(wrt[i])] = found[i];
  return out;
}

void grad(const GradOptions& options) {
  apply_settings(options);
  Job job = make_job(options);
  job.options.gradients = job.options.max_bytes.has_value();
  const std::vector<int> wrt = chosen_operands(options, job.operands.size());
  const bool single = wrt.size() == 1 && holds_one(options.output);
  Bar bar(options.progress);
  const Plan plan = make_plan(job, options, bar);
  check_output(options.output, single ? 1 : wrt.size() + 1, plan.data().whole.dtype);
  bar.phase("reading");
  const Tensor seed = load_seed(options, plan);
  const std::vector<Tensor> operands = load_operands(job, options);
  bar.phase("sweeping", (plan.data().gradients ? 1 : 3) * plan.predicted_seconds());
  const auto start = std::chrono::steady_clock::now();
  const Plan::Gradients found = sweep(plan, operands, seed, wrt);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (!options.output.empty()) {
    std::vector<NamedTensor> tensors;
    if (!single) tensors.push_back({"value", found.value});
    for (const int i : wrt) tensors.push_back({concat("gradient_", i), found.gradients[static_cast<std::size_t>(i)]});
    bar.phase("writing");
    write_output(options.output, tensors);
  }
  bar.finish();
  print_gradients(options, job, wrt, found, seconds);
}

std::string formats_with(bool several, std::string_view last) {
  return io::suffixes_with(
      io::formats(), [=](const io::Format& format) { return format.several == several; }, last);
}

}  // namespace

void add_grad(CLI::App& app) {
  CLI::App* command = app.add_subcommand("grad", "the gradients for the operands, all in one sweep");
  const auto options = std::make_shared<GradOptions>();
  add_common(*command, *options, true);
  command->add_option("--wrt", options->wrt, "the operands, counted from 0: 0,2 (default: all)")
      ->type_name("LIST")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(not_empty);
  command->add_option("--gradient", options->gradient, "the seed, of the result's shape (default: ones)")
      ->type_name("FILE")
      ->check(not_empty);
  command
      ->add_option("-o,--output", options->output,
                   concat("write value, gradient_0, gradient_1, ... to ", formats_with(true, " or "),
                          ",\nor one gradient alone to ", formats_with(false, ", "), " or - (standard output)"))
      ->type_name("FILE")
      ->check(not_empty);
  command->footer(
      "Examples:\n"
      "  ricci grad 'ij,jk->ik' randn:2x3 randn:3x4 --seed 1\n"
      "  ricci grad 'ij,jk->ik' a.npy b.npy --wrt 0 --gradient seed.npy -o gradients.npz");
  command->callback([options] { grad(*options); });
}

}  // namespace ricci::cli
