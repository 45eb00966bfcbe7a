// ricci plan: the order of a contraction with what it costs, before any data is read.
#include "ricci/documents/plan.h"

#include "cli/bar.h"
#include "cli/operands.h"
#include "cli/results.h"
#include "ricci/files/output_file.h"
#include "ricci/ops/einsum/rates.h"
#include "ricci/plan/explain.h"

namespace ricci::cli {
namespace {

struct ShowOptions : Common {
  std::string shapes, save, svg, html;
  bool gradients = false, profile = false;
};

// Shapes on the command line stand in for operands.
Job job_of(const ShowOptions& options) {
  if (options.shapes.empty() && !networks::names_network(options.equation) && options.files.empty() &&
      !options.equation.ends_with("-"))
    fail<WrongCall>(
        "the shapes are missing\n  as in: ricci plan 'ij,jk->ik' --shapes 2x3,3x4, or name files of operands");
  if (!options.shapes.empty() && (!options.files.empty() || networks::names_network(options.equation)))
    fail<WrongCall>("give either --shapes or files, not both");
  Job job = make_job(options);
  job.options.gradients = options.gradients;
  if (!options.shapes.empty())
    for (const Shape& shape : parse_shapes(options.shapes))
      job.operands.push_back({concat(shape), shape, DType::f32, {}});
  return job;
}

void write_text(const std::string& path, const std::string& text) {
  io::OutputFile out(path);
  out.write(text);
  out.commit();
}

// A saved plan is shown as it is: nothing is searched.
Plan saved_plan(const ShowOptions& options) {
  if (!options.shapes.empty() || !options.files.empty())
    fail<WrongCall>("'", options.equation, "' is a saved plan, which has its shapes\n  leave --shapes and files away");
  if (options.seconds || !options.goal.empty() || !options.rates.empty() || !options.max_bytes.empty() ||
      options.gradients)
    fail<WrongCall>(
        "'", options.equation, "' is a saved plan, which is shown as it is",
        "\n  leave --seconds, --goal, --rates, --max-bytes and --gradients away, or plan the equation anew");
  return Plan::load(options.equation);
}

// The plan itself tells the numbers, where they are not the built-in ones.
void tell_rates(const ShowOptions& options) {
  const ChosenRates chosen = chosen_rates(options.rates);
  if (!chosen.measured.empty()) note(options, "rates measured " + chosen.measured);
}

void show(const ShowOptions& options) {
  Bar bar(options.progress);
  const bool saved = documents::names_plan(options.equation);
  const Plan plan = saved ? saved_plan(options) : make_plan(job_of(options), options, bar);
  if (!options.save.empty()) plan.save(options.save);
  if (!options.svg.empty()) write_text(options.svg, plan.svg());
  if (!options.html.empty()) write_text(options.html, plan.html());
  std::optional<planning::Measured> measured;
  if (options.profile) {
    bar.phase("measuring", plan.predicted_seconds());
    measured = plan.profile();
  }
  bar.finish();
  const auto text = [&] {
    return measured ? plan.explain(*measured, output_columns()) : plan.explain(output_columns());
  };
  if (!saved) tell_rates(options);
  print((options.json ? plan.to_json() : text()) + "\n");
  if (!options.save.empty())
    note(options, concat(options.save, ": saved; ricci run ... --plan ", options.save, " follows it"));
}

}  // namespace

void add_plan(CLI::App& app) {
  CLI::App* command = app.add_subcommand("plan", "the order of a contraction and what it costs");
  const auto options = std::make_shared<ShowOptions>();
  add_common(*command, *options, false);
  command->add_option("--shapes", options->shapes, "the operands' shapes, in place of files: 2x3,3x4")
      ->type_name("LIST");
  command->add_flag("--gradients", options->gradients, "plan for the value and all gradients together");
  command->add_flag("--profile", options->profile,
                    "run the plan on random operands, and show what each step took beside\nwhat was predicted");
  command->add_option("--save", options->save, "write the plan as JSON for run --plan")
      ->type_name("FILE")
      ->check(not_empty);
  command->add_option("--svg", options->svg, "write a picture: the tree coloured by cost, and memory over the steps")
      ->type_name("FILE")
      ->check(not_empty);
  command->add_option("--html", options->html, "write a page: the picture and a table of the steps that sorts")
      ->type_name("FILE")
      ->check(not_empty);
  command->footer(
      "Examples:\n"
      "  ricci plan 'ij,jk,kl->il' --shapes 200x30,30x400,400x5 --html plan.html\n"
      "  ricci plan 'ij,jk,kl->il' a.npy b.npy c.npy --save plan.json\n"
      "  ricci plan circuit.qasm --bits 0000 --svg plan.svg\n"
      "  ricci plan plan.json --svg plan.svg\n"
      "  ricci plan 'ij,jk,kl->' --shapes 200x300,300x400,400x5 --max-bytes 1MB --gradients\n"
      "  ricci plan network.safetensors --seconds 10 --method anneal --json");
  command->callback([options] { show(*options); });
}

}  // namespace ricci::cli
