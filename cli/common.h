// What the subcommands share: their options, exit statuses, and small pieces of text.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ricci/networks/formats.h"
#include "ricci/ricci.h"

namespace ricci::cli {

enum ExitStatus : int { kDone = 0, kOurFault = 1, kWrongCall = 2, kBadData = 3, kNoMemory = 4, kDevice = 5 };

/// A call that can't be meant: ends with exit status 2.
class WrongCall : public Error {
 public:
  using Error::Error;
};

struct Common {
  std::string equation;  // or the path of a network
  std::vector<std::string> files;
  std::vector<std::string> sizes;  // label=extent
  std::string semiring = "sum_product", optimize = "auto", goal, rates, dtype, plan_file;
  std::optional<double> seconds;  // to search for an order
  std::string evidence, bits;     // of networks in files
  std::vector<std::int64_t> keep;
  std::string max_bytes;  // SIZE
  std::optional<std::uint64_t> seed;
  std::optional<bool> progress;
  int threads = 0;
  bool strict = false, quiet = false, json = false;
};

/// The options of commands that contract; `computes` adds those of commands that run.
void add_common(CLI::App& command, Common& common, bool computes);
/// For an option's check(): "" given on purpose and "" by accident look alike, so neither is taken for "not given".
std::string not_empty(const std::string& text);
/// Sets threads and seed.
void apply_settings(const Common& common);

std::optional<DType> chosen_dtype(const Common& common);
/// --max-bytes as bytes: 512MiB, 2GB, 1e9. Throws WrongCall.
std::optional<std::int64_t> chosen_budget(const Common& common);
Optimize chosen_order(const Common& common);
std::map<std::string, std::int64_t> chosen_sizes(const Common& common);

/// What is asked of a network in a file.
NetworkOptions chosen_network(const Common& common);

/// "2x3,3x4", an empty part for a scalar. Throws WrongCall.
std::vector<Shape> parse_shapes(const std::string& text);
/// "2x3", or "" for a scalar. Throws WrongCall with the whole text.
Shape parse_shape(const std::string& part, const std::string& text);

/// An option's help: "of a .cnf or .uai file: " and what it is, for the formats that have a use for it.
std::string network_option(bool networks::Format::*used, std::string_view what);
/// Adds the options of networks in files.
void add_network(CLI::App& command, Common& common);
/// Throws WrongCall with a hint when the shell or the order of arguments spoilt the equation.
void check_equation_text(const Common& common);

/// "1.5 MiB", "312 B".
std::string bytes_text(double bytes);
/// "1.2 ms".
std::string seconds_text(double seconds);
/// The columns of the terminal that standard output is, or 100.
std::size_t output_columns();
/// Writes to standard output. Throws DataError when it can't take it.
void print(std::string_view text);
/// A line on standard error, unless --quiet.
void note(const Common& common, const std::string& text);

void add_run(CLI::App& app);
void add_grad(CLI::App& app);
void add_plan(CLI::App& app);
void add_inspect(CLI::App& app);
void add_bench(CLI::App& app);

}  // namespace ricci::cli
