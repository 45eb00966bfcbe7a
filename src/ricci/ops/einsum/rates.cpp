#include "ricci/ops/einsum/rates.h"

#include <cstdlib>
#include <ctime>
#include <filesystem>

#include "ricci/algebra/notation_text.h"
#include "ricci/backend/cpu/processor.h"
#include "ricci/base/error.h"
#include "ricci/files/input_file.h"
#include "ricci/files/output_file.h"
#include "ricci/plan/measured_rates.h"

namespace ricci {
namespace {

using planning::MeasuredRates;

constexpr std::int64_t kMostBytes = 1 << 16;

std::string measured_path() {
  const auto folder = [](const char* variable) -> std::string {
    const char* value = std::getenv(variable);
    return value && value[0] == '/' ? value : "";  // relative ones are to be ignored, by the XDG specification
  };
  if (const std::string cache = folder("XDG_CACHE_HOME"); !cache.empty()) return cache + "/ricci/rates.json";
  if (const std::string home = folder("HOME"); !home.empty()) return home + "/.cache/ricci/rates.json";
  fail<DataError>("there is no place for measured rates: neither XDG_CACHE_HOME nor HOME is an absolute path",
                  "\n  set one of them");
}

MeasuredRates read_rates(const std::string& path) {
  const io::InputFile file = io::InputFile::open(path, io::InputFile::Pipes::refuse);
  if (file.size() > kMostBytes)
    fail<DataError>(file.name(), ": ", file.size(), " bytes are too many for rates; at most ", kMostBytes, " are read");
  std::string text(static_cast<std::size_t>(file.size()), '\0');
  file.read(0, text.data(), file.size());
  try {
    return planning::rates_from_json(text);
  } catch (const DataError& error) {
    fail<DataError>(file.name(), ": ", error.what(), "\n  measure them again: ricci bench --calibrate");
  }
}

std::string machine_in_words(const std::string& processor, const std::string& instruction_set) {
  return concat(notation::shown(processor), " (", notation::shown(instruction_set), ")");
}

ChosenRates described(MeasuredRates measured, const std::string& path) {
  return {std::move(measured.rates),
          concat(notation::shown(measured.date), " on ", machine_in_words(measured.processor, measured.instruction_set),
                 ", '", path, "'")};
}

ChosenRates measured_here() {
  const std::string path = measured_path(), mend = "\n  measure them: ricci bench --calibrate";
  if (std::error_code error; !std::filesystem::exists(path, error))
    fail<DataError>("no rates were measured on this machine: there is no file '", path, "'", mend);
  MeasuredRates measured = read_rates(path);
  const std::string processor = cpu::processor_name(), instruction_set = cpu::instruction_set();
  if (measured.processor != processor || measured.instruction_set != instruction_set)
    fail<DataError>("'", path, "' has the rates of ", machine_in_words(measured.processor, measured.instruction_set),
                    ", and this machine is ", machine_in_words(processor, instruction_set), mend,
                    "; or name the file, which takes them all the same");
  return described(std::move(measured), path);
}

ChosenRates of_file(const std::string& path) {
  try {
    return described(read_rates(path), path);
  } catch (const DataError& error) {
    if (std::error_code none; std::filesystem::exists(path, none)) throw;
    fail<DataError>(error.what(),
                    "\n  rates are 'builtin', 'measured', or the path of a file that ricci bench --calibrate wrote");
  }
}

ChosenRates named(const std::string& name) {
  if (name == "builtin") return {};
  return name == "measured" ? measured_here() : of_file(name);
}

ChosenRates named_by_environment() {
  const char* name = std::getenv("RICCI_RATES");
  if (!name || !*name) return {};
  try {
    return named(name);
  } catch (const DataError& error) {
    fail<DataError>("RICCI_RATES=", notation::shown(name), ": ", error.what());
  }
}

// Read once, so that all plans of a process go by the same.
const ChosenRates& by_environment() {
  static const ChosenRates& rates = *new ChosenRates(named_by_environment());  // outlives every thread
  return rates;
}

std::string today() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  char text[16];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%d", ::gmtime_r(&now, &parts))};
}

}  // namespace

ChosenRates chosen_rates(const std::string& name) { return name.empty() ? by_environment() : named(name); }

path::CostModel chosen_model(const Contraction& contraction, const std::string& name) {
  const auto of = [&](const path::Rates& rates) { return rates.model(contraction.dtype, contraction.semiring); };
  return name.empty() ? of(by_environment().rates) : of(named(name).rates);
}

std::string save_measured(path::Rates rates) {
  const std::string path = measured_path();
  std::error_code ignored;  // the file tells what is wrong with its folder
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), ignored);
  io::OutputFile out(path);
  out.write(planning::to_json({cpu::processor_name(), cpu::instruction_set(), today(), std::move(rates)}));
  out.commit();
  return path;
}

}  // namespace ricci
