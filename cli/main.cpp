// The command-line tool: subcommands, and every error as a message on standard error with its exit status.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <new>

#include "cli/common.h"
#include "cli/interrupt.h"
#include "ricci/version.h"

namespace ricci::cli {
namespace {

int complain(const std::string& message, ExitStatus status) {
  const bool colour = ::isatty(STDERR_FILENO) == 1 && !std::getenv("NO_COLOR");
  // Not fmt::print, which throws where standard error is closed.
  const std::string text = fmt::format("{}ricci:{} {}\n", colour ? "\x1b[1;31m" : "", colour ? "\x1b[0m" : "", message);
  std::fputs(text.c_str(), stderr);
  return status;
}

int complain_of_command(const std::string& written) {
  const bool equation = written.find_first_of(",>.") != std::string::npos;
  return complain(concat("there is no command '", written, "'\n  known: run, grad, plan, inspect, bench",
                         equation ? concat("; to contract: ricci run '", written, "' FILE...") : std::string(),
                         "\n  ricci --help shows how"),
                  kWrongCall);
}

// CLI11's own complaints, with the way to the right call.
int complain_of_call(const CLI::App& app, const CLI::ParseError& error) {
  std::string command = "ricci";
  for (const CLI::App* sub : app.get_subcommands()) command += " " + sub->get_name();
  const std::vector<std::string> left = app.remaining();
  if (app.get_subcommands().empty() && !left.empty()) return complain_of_command(left[0]);
  return complain(concat(error.what(), "\n  ", command, " --help shows how"), kWrongCall);
}

int handle(const std::exception& error) {
  if (dynamic_cast<const DataError*>(&error)) return complain(error.what(), kBadData);
  if (dynamic_cast<const MemoryError*>(&error)) return complain(error.what(), kNoMemory);
  if (dynamic_cast<const DeviceError*>(&error)) return complain(error.what(), kDevice);
  if (dynamic_cast<const Error*>(&error)) return complain(error.what(), kWrongCall);
  if (dynamic_cast<const std::bad_alloc*>(&error)) return complain("the machine has no more memory", kNoMemory);
  return complain(concat(error.what(), "\n  this is a fault of ricci; please report it with the command"), kOurFault);
}

// In reverse, as CLI11 takes them. An equation may begin with its arrow; a blank before it keeps it from
// being read as an option, and means nothing in the notation.
std::vector<std::string> arguments(int argc, char** argv) {
  std::vector<std::string> out;
  for (int i = argc - 1; i > 0; --i)
    out.push_back(concat(std::string_view(argv[i]).starts_with("->") ? " " : "", argv[i]));
  return out;
}

int main(int argc, char** argv) {
  handle_interrupts();
  CLI::App app{"Ricci contracts tensors: you write the equation, it finds the order.\n"};
  app.name("ricci");
  app.set_version_flag("-V,--version", "ricci " RICCI_VERSION, "print the version");
  app.set_help_flag("-h,--help", "show this help");
  app.require_subcommand(1);
  app.failure_message(CLI::FailureMessage::simple);
  app.footer(
      "Example:\n"
      "  ricci run 'ij,jk->ik' randn:2x3 randn:3x4 --seed 1\n\n"
      "Exit status:\n"
      "  0 done, 1 our fault, 2 a wrong call, 3 bad data, 4 not enough memory or over --max-bytes, 5 device, 130 "
      "Ctrl-C\n\n"
      "`ricci COMMAND --help` shows the options and more examples.");
  app.get_formatter()->column_width(22);
  add_run(app);
  add_grad(app);
  add_plan(app);
  add_inspect(app);
  add_bench(app);
  try {
    app.parse(arguments(argc, argv));
    return kDone;
  } catch (const CLI::Success& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& error) {
    return complain_of_call(app, error);
  } catch (const std::exception& error) {
    return handle(error);
  }
}

}  // namespace
}  // namespace ricci::cli

int main(int argc, char** argv) { return ricci::cli::main(argc, argv); }
