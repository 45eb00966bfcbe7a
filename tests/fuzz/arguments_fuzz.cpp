// Any bytes as the shell's arguments, one a line, without files: what the commands make of them, or a typed error.
#include <algorithm>
#include <memory>

#include "cli/operands.h"
#include "tests/fuzz/bytes.h"

namespace {

using namespace ricci;

// In reverse, as CLI11 takes them.
std::vector<std::string> lines_of(const std::uint8_t* data, std::size_t size) {
  std::vector<std::string> out(1);
  for (std::size_t i = 0; i < size; ++i)
    if (data[i] == '\n')
      out.emplace_back();
    else
      out.back() += static_cast<char>(data[i]);
  std::reverse(out.begin(), out.end());
  return out;
}

// Every command, none of which runs: an option is missing that nobody can give.
std::unique_ptr<CLI::App> make_commands() {
  auto app = std::make_unique<CLI::App>();
  app->require_subcommand(1);
  for (const auto add : {cli::add_run, cli::add_grad, cli::add_plan, cli::add_inspect, cli::add_bench}) add(*app);
  app->add_option_function<std::string>("--never", [](const std::string&) {})
      ->required()
      ->check([](const std::string&) { return "never"; });
  return app;
}

bool parses(CLI::App& app, std::vector<std::string> arguments) {
  try {
    app.parse(arguments);
    return true;
  } catch (const CLI::Error&) {
    return false;
  }
}

bool names_files(const cli::Common& common) {
  const auto is_random = [](const std::string& text) {
    return text.starts_with("rand:") || text.starts_with("randn:");
  };
  return networks::names_network(common.equation) || !common.plan_file.empty() ||
         !std::all_of(common.files.begin(), common.files.end(), is_random);
}

// What a command that computes makes of its options.
void use(const cli::Common& common) {
  try {
    cli::parse_shapes(common.equation);
  } catch (const cli::WrongCall&) {
  }
  try {
    cli::chosen_dtype(common);
    cli::chosen_budget(common);
    cli::chosen_sizes(common);
    cli::chosen_network(common);
    cli::chosen_order(common);
    if (!names_files(common)) cli::make_job(common);
  } catch (const Error&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::unique_ptr<CLI::App> commands = make_commands();
  static cli::Common common;
  static const std::unique_ptr<CLI::App> command = [] {
    auto app = std::make_unique<CLI::App>();
    cli::add_common(*app, common, true);
    return app;
  }();
  const std::vector<std::string> arguments = lines_of(data, size);
  fuzz::require(!parses(*commands, arguments), "a command runs");
  common = {};
  if (parses(*command, arguments)) use(common);
  return 0;
}
