#include "cli/common.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>

#include "ricci/algebra/parse.h"
#include "ricci/base/read_float.h"

namespace ricci::cli {

std::string not_empty(const std::string& text) {
  return text.empty() ? "an empty value (an unset variable of the shell's?); leave the option away, or give it one"
                      : "";
}

std::string network_option(bool networks::Format::*used, std::string_view what) {
  return concat("of a ", io::suffixes_with(networks::formats(), used, " or "), " file: ", what);
}

void add_network(CLI::App& command, Common& common) {
  command
      .add_option("--evidence", common.evidence,
                  network_option(&networks::Format::evidence, "a file of observed values"))
      ->type_name("FILE")
      ->check(not_empty);
  command.add_option("--keep", common.keep, network_option(&networks::Format::keep, "variables not summed: 3,5"))
      ->type_name("LIST")
      ->delimiter(',')
      ->allow_extra_args(false);
  command
      .add_option("--bits", common.bits,
                  network_option(&networks::Format::bits, "0, 1 or ? (an axis of the result) for each qubit"))
      ->type_name("BITS")
      ->check(not_empty);
}

void add_common(CLI::App& command, Common& common, bool computes) {
  command
      .add_option("equation", common.equation,
                  concat("the equation, quoted, or a network file: ", io::suffixes(networks::formats())))
      ->required()
      ->type_name("");
  command
      .add_option("files", common.files,
                  "the operands: a.npy, b.npz:key, c.safetensors:name, - (npy on\nstandard input), or random numbers:"
                  " rand:3x4 (uniform), randn:3x4 (normal)")
      ->type_name("");
  command.add_option("--semiring", common.semiring, concat(semiring_names(), "; the first by default"))
      ->type_name("NAME");
  command.add_option("--dtype", common.dtype, "work in this dtype: float32, complex128, int64, ...")
      ->type_name("NAME")
      ->check(not_empty);
  command.add_option("--sizes", common.sizes, "extents of output labels that no operand has: k=5,l=7")
      ->type_name("LABEL=N")
      ->delimiter(',')
      ->allow_extra_args(false);
  command.add_flag("--strict", common.strict, "do not broadcast extents of 1");
  command
      .add_option("--optimize,--method", common.optimize,
                  "the order: auto (default), greedy, optimal, dissection, anneal,\nor False (as written)")
      ->type_name("NAME");
  command
      .add_option("--goal", common.goal,
                  "what the order makes small: seconds (default, predicted), flops, write or size")
      ->type_name("NAME")
      ->check(not_empty);
  command
      .add_option(
          "--rates", common.rates,
          "what seconds are predicted by: builtin (default), measured (here, by\nricci bench --calibrate), or a "
          "file that it wrote")
      ->type_name("NAME")
      ->check(not_empty);
  command.add_option("--seconds", common.seconds, "search for an order this long (default: as long as it pays)")
      ->type_name("N");
  add_network(command, common);
  command
      .add_option("--max-bytes", common.max_bytes,
                  "keep all that is allocated below this, in slices where need be:\n512MiB, 2GB, 1e9")
      ->type_name("SIZE")
      ->check(not_empty);
  command.add_flag("--json", common.json, "print JSON");
  command.add_flag("-q,--quiet", common.quiet, "say nothing but results and errors");
  command.add_flag_callback(
      "--progress", [&common] { common.progress = true; }, "draw a bar even where there is no terminal");
  command.add_flag_callback(
      "--no-progress", [&common] { common.progress = false; }, "draw none (a terminal gets one after half a second)");
  if (!computes) return;
  const auto positive = [](const std::string& text) {
    return text.find_first_not_of("0123456789") == std::string::npos && text.find_first_not_of('0') != std::string::npos
               ? std::string()
               : text + " is no positive number";
  };
  // CLI11 lets -1 and numbers past 64 bits through, changed.
  const auto seed = [](const std::string& text) {
    std::uint64_t value = 0;
    const char* end = text.data() + text.size();
    const auto [at, error] = std::from_chars(text.data(), end, value);
    return at == end && error == std::errc() && !text.empty() ? std::string()
                                                              : "'" + text + "' is no whole number from 0 to 2^64 - 1";
  };
  command.add_option("--plan", common.plan_file, "follow a plan that `ricci plan --save` wrote")
      ->type_name("FILE")
      ->check(not_empty);
  command.add_option("--seed", common.seed, "of the random numbers")->type_name("N")->check(seed);
  command.add_option("--threads", common.threads, "how many threads may work")->type_name("N")->check(positive);
}

void apply_settings(const Common& common) {
  if (common.threads > 0) set_num_threads(common.threads);
  if (common.seed) manual_seed(*common.seed);
}

std::optional<DType> chosen_dtype(const Common& common) {
  if (common.dtype.empty()) return std::nullopt;
  return parse_dtype(common.dtype);
}

std::optional<std::int64_t> chosen_budget(const Common& common) {
  const std::string& text = common.max_bytes;
  if (text.empty()) return std::nullopt;
  double value = 0;
  const auto [rest, error] = read_float(text.data(), text.data() + text.size(), value);
  std::string unit(rest, text.data() + text.size());
  for (char& c : unit) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  double times = 0;
  const std::string prefixes = "kmgtp";
  if (unit.empty() || unit == "b") times = 1;
  for (std::size_t i = 0; i < prefixes.size(); ++i) {
    if (unit == std::string{prefixes[i], 'b'} || unit == std::string{prefixes[i]})
      times = std::pow(1000.0, static_cast<double>(i) + 1);
    if (unit == std::string{prefixes[i], 'i', 'b'}) times = std::pow(1024.0, static_cast<double>(i) + 1);
  }
  const double bytes = value * times;
  if (error != std::errc() || !(bytes >= 1) || bytes >= 0x1p63)
    fail<WrongCall>("--max-bytes ", text, ": no number of bytes above 0\n  write 512MiB, 2GB or 1e9");
  return static_cast<std::int64_t>(bytes);
}

Optimize chosen_order(const Common& common) {
  if (common.optimize == "False" || common.optimize == "false") return false;
  return common.optimize;
}

std::map<std::string, std::int64_t> chosen_sizes(const Common& common) {
  std::map<std::string, std::int64_t> out;
  for (const std::string& item : common.sizes) {
    const auto equals = item.rfind('=');
    std::int64_t extent = -1;
    if (equals != std::string::npos) {
      const char* end = item.data() + item.size();
      if (std::from_chars(item.data() + equals + 1, end, extent).ptr != end) extent = -1;
    }
    if (extent < 0 || equals == 0) fail<WrongCall>("--sizes ", item, ": write label=extent, as in --sizes k=5");
    out[item.substr(0, equals)] = extent;
  }
  return out;
}

NetworkOptions chosen_network(const Common& common) {
  return {.semiring = parse_semiring(common.semiring),
          .evidence = common.evidence,
          .keep = common.keep,
          .bits = common.bits};
}

Shape parse_shape(const std::string& part, const std::string& text) {
  Shape shape;
  const char* at = part.data();
  const char* const end = at + part.size();
  while (at != end) {
    std::int64_t extent = -1;
    const auto [next, error] = std::from_chars(at, end, extent);
    if (error != std::errc() || extent < 0 || (next != end && (*next != 'x' || next + 1 == end)))
      fail<WrongCall>("'", text, "': '", part,
                      "' is no shape\n  write extents with x between them, as in 2x3,3x4; an empty one is a scalar");
    shape.push_back(extent);
    at = next == end ? end : next + 1;
  }
  return shape;
}

std::vector<Shape> parse_shapes(const std::string& text) {
  std::vector<Shape> out;
  for (std::size_t start = 0; start <= text.size();) {
    const std::size_t comma = std::min(text.find(',', start), text.size());
    out.push_back(parse_shape(text.substr(start, comma - start), text));
    start = comma + 1;
  }
  return out;
}

namespace {

// The file that the shell gave us as standard output, if it lies in this folder.
std::string redirected_name() {
  char target[4096], folder[4096];
  const ssize_t length = ::readlink("/proc/self/fd/1", target, sizeof target);
  if (length <= 0 || !::getcwd(folder, sizeof folder)) return "";
  const std::string path(target, static_cast<std::size_t>(length)), prefix = std::string(folder) + "/";
  const bool here = path.starts_with(prefix) && path.find('/', prefix.size()) == std::string::npos;
  return here ? path.substr(prefix.size()) : "";
}

[[noreturn]] void fail_unquoted(const std::string& before) {
  const std::string name = redirected_name();
  const std::string output = name.empty() ? "..." : name;
  fail<WrongCall>("the equation '", before, "' ends where the '>' should be: the shell took it as a redirection",
                  name.empty() ? "" : concat(" and made the file '", name, "'"), "\n  quote the equation: '", before,
                  ">", output, "'", name.empty() ? "" : concat("\n  and remove the file '", name, "'"));
}

}  // namespace

void check_equation_text(const Common& common) {
  const std::string& equation = common.equation;
  if (io::find_format(equation) && !networks::names_network(equation))
    fail<WrongCall>("'", equation, "' is a file; the equation comes first\n  as in: ricci run 'ij,jk->ik' a.npy b.npy");
  if (equation.ends_with("-")) fail_unquoted(equation);
  // `ij,jk -> ik`, unquoted: the '-' became an operand of its own.
  const bool split = !common.files.empty() && common.files[0] == "-" && equation.find("->") == std::string::npos;
  if (split && common.files.size() == count_terms(equation) + 1) fail_unquoted(equation + "-");
}

std::string bytes_text(double bytes) {
  if (bytes < 1024) return fmt::format("{:.0f} B", bytes);
  for (const char* unit : {"KiB", "MiB", "GiB", "TiB"}) {
    bytes /= 1024;
    if (bytes < 1000) return fmt::format("{:.3g} {}", bytes, unit);
  }
  return fmt::format("{:.3g} PiB", bytes / 1024);
}

std::string seconds_text(double seconds) {
  if (seconds < 1e-3) return fmt::format("{:.3g} µs", seconds * 1e6);
  if (seconds < 1) return fmt::format("{:.3g} ms", seconds * 1e3);
  return fmt::format("{:.3g} s", seconds);
}

std::size_t output_columns() {
  winsize size{};
  return ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 100;
}

void print(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0)
    fail<DataError>("standard output can't be written: ", std::strerror(errno));
}

void note(const Common& common, const std::string& text) {
  if (!common.quiet) fmt::print(stderr, "{}\n", text);
}

}  // namespace ricci::cli
