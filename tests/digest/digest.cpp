// Says what Ricci gives, as one line with a hash for each row of equations.txt and rows.txt in each dtype and semiring,
// on one instruction set. tools/digest runs it in each of them, and in other revisions.
#include RICCI_TARGETS_HEADER

#include <hwy/targets.h>

#include <algorithm>
#include <charconv>
#include <iostream>
#include <stdexcept>

#include "doors.h"

namespace ricci::digest {
namespace {

constexpr DType kDTypes[] = {DType::b8,  DType::u8,   DType::i8,  DType::i16, DType::i32, DType::i64,
                             DType::f16, DType::bf16, DType::f32, DType::f64, DType::c64, DType::c128};
constexpr Semiring kSemirings[] = {Semiring::sum_product, Semiring::max_plus, Semiring::min_plus, Semiring::max_product,
                                   Semiring::log_sum_exp};

struct Options {
  std::string target{};  // an instruction set's name; empty: the best
  std::size_t every = 1;
  std::size_t threads = 1;
  bool verbose = false;
  bool spoils = false;
  bool lists_targets = false;
};

std::int64_t machine_targets() { return hwy::SupportedTargets() & (HWY_TARGETS); }

template <class F>
void for_each_target(F&& f) {
  for (std::int64_t left = machine_targets(); left != 0; left &= left - 1) f(left & -left);
}

// Before the first kernel is chosen: what is chosen is kept.
void use_only(const std::string& name) {
  std::int64_t found = 0;
  for_each_target([&](std::int64_t target) { found |= name == hwy::TargetName(target) ? target : 0; });
  if (found == 0) throw std::invalid_argument("this machine has no " + name);
  hwy::SetSupportedTargetsForTest(found);
}

std::string key_of(const Case& it, const std::string& target) {
  std::string out = concat(target, " ", name_of(it.dtype), " ", name_of(it.semiring), " | ", it.row.equation, " |");
  for (const auto& shape : it.row.shapes) out += concat(" ", shape);
  std::replace(out.begin(), out.end(), '\t', ' ');
  return out;
}

void run(const Options& options) {
  std::size_t count = 0;
  bool spoils = options.spoils;
  const auto run_table = [&](const std::string& name, bool small) {
    for (const testing::Row& row : testing::equations(name))
      for (const DType dtype : kDTypes)
        for (const Semiring semiring : kSemirings) {
          if (count++ % options.every != 0) continue;
          const Case it{row, dtype, semiring, small};
          Recorder recorder(key_of(it, options.target), options.verbose, spoils);
          record(it, recorder);
          recorder.finish();
          spoils = false;
        }
  };
  run_table("tests/equations.txt", true);
  run_table("tests/digest/rows.txt", false);
}

std::size_t number(std::string_view text) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value == 0)
    throw std::invalid_argument("not a number above 0: " + std::string(text));
  return value;
}

Options parse(int argc, char** argv) {
  Options out;
  for (int i = 1; i < argc; ++i) {
    const std::string_view flag = argv[i];
    const auto next = [&]() -> std::string_view {
      if (++i == argc) throw std::invalid_argument(std::string(flag) + " wants a value");
      return argv[i];
    };
    if (flag == "--target")
      out.target = next();
    else if (flag == "--every")
      out.every = number(next());
    else if (flag == "--threads")
      out.threads = number(next());
    else if (flag == "--verbose")
      out.verbose = true;
    else if (flag == "--spoil")
      out.spoils = true;
    else if (flag == "--list-targets")
      out.lists_targets = true;
    else
      throw std::invalid_argument("unknown option: " + std::string(flag));
  }
  return out;
}

}  // namespace
}  // namespace ricci::digest

int main(int argc, char** argv) try {
  using namespace ricci::digest;
  const Options options = parse(argc, argv);
  if (options.lists_targets) {
    for_each_target([](std::int64_t target) { std::puts(hwy::TargetName(target)); });
    return 0;
  }
  if (!options.target.empty()) use_only(options.target);
  ricci::set_num_threads(static_cast<int>(options.threads));
  run(options);
  return 0;
} catch (const std::exception& error) {
  std::cerr << "ricci_digest: " << error.what() << "\n";
  return 2;
}
