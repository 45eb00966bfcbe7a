// ricci run: contracts files into a printed or written result.
#include <fmt/format.h>

#include <chrono>

#include "cli/bar.h"
#include "cli/operands.h"
#include "cli/results.h"

namespace ricci::cli {
namespace {

struct RunOptions : Common {
  std::string output;
};

constexpr std::int64_t kPrintedInFull = 1000;  // as Tensor's own printing

void run(const RunOptions& options) {
  apply_settings(options);
  const Job job = make_job(options);
  Bar bar(options.progress);
  const Plan plan = make_plan(job, options, bar);
  check_output(options.output, 1, plan.data().whole.dtype);
  bar.phase("reading");
  const std::vector<Tensor> operands = load_operands(job, options);
  bar.phase("contracting", plan.predicted_seconds());
  const auto start = std::chrono::steady_clock::now();
  const Tensor result = plan(operands);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (!options.output.empty()) {
    bar.phase("writing");
    write_output(options.output, {{"result", result}});
  }
  bar.finish();

  if (options.json) {
    nlohmann::ordered_json out{{"equation", job.equation},
                               {"shape", shape_json(result.shape())},
                               {"dtype", name_of(result.dtype())},
                               {"seconds", seconds},
                               {"flops", plan.flops()},
                               {"peak_bytes", plan.peak_bytes()}};
    if (options.output.empty())
      out["values"] = values_json(result);
    else
      out["output"] = options.output;
    if (options.output != "-") print(out.dump() + "\n");
  } else if (options.output.empty()) {
    print(to_string(result) + "\n");
    if (result.numel() > kPrintedInFull)
      note(options, concat("shown in part: ", describe(result), "; -o FILE.npy writes all of it"));
  } else if (options.output != "-") {
    note(options, concat(options.output, ": ", describe(result), ", ", bytes_text(static_cast<double>(result.nbytes())),
                         ", in ", seconds_text(seconds)));
  }
}

}  // namespace

void add_run(CLI::App& app) {
  CLI::App* command = app.add_subcommand("run", "contract operands; print or write the result");
  const auto options = std::make_shared<RunOptions>();
  add_common(*command, *options, true);
  command
      ->add_option("-o,--output", options->output,
                   concat("write it: ", io::suffixes(io::formats(), " or "), "; - for npy on standard output"))
      ->type_name("FILE")
      ->check(not_empty);
  command->footer(
      "Examples:\n"
      "  ricci run 'ij,jk->ik' randn:2x3 randn:3x4 --seed 1\n"
      "  ricci run 'ij,jk->ik' a.npy b.npz:weight -o c.npy\n"
      "  ricci run 'ij,jk,kl->i' randn:20x300 randn:300x400 randn:400x5 --max-bytes 3kB --seed 1\n"
      "  ricci run network.safetensors\n"
      "  ricci run formula.cnf\n"
      "  ricci run model.uai --evidence model.evid --semiring log_sum_exp");
  command->callback([options] { run(*options); });
}

}  // namespace ricci::cli
