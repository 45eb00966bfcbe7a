// Runs a fuzz target without a fuzzer: every kept input, then mutations of them for a while, the same in each run.
// usage: NAME_fuzz SECONDS FOLDER     fuzzes from the inputs in FOLDER
//        NAME_fuzz 0 FILE             runs one input, such as the one that a finding left
#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using Input = std::vector<std::uint8_t>;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kMostBytes = 4096;  // of a mutated input
constexpr double kMostSeconds = 20;       // of the processors, for one input

Input running;

// Leaves the input that a target did not survive where it is looked for.
void leave_input(int signal) {
  constexpr const char* kName = "fuzz-finding.bin";
  if (std::FILE* file = std::fopen(kName, "wb")) {
    std::fwrite(running.data(), 1, running.size(), file);
    std::fclose(file);
    std::fprintf(stderr, "fuzz: signal %d; the input is in %s\n", signal, kName);
  }
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

void run(Input input) {
  running = std::move(input);
  const std::clock_t start = std::clock();
  LLVMFuzzerTestOneInput(running.data(), running.size());
  const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  if (seconds <= kMostSeconds) return;
  std::fprintf(stderr, "fuzz: an input took %.1f seconds\n", seconds);
  std::abort();
}

Input read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::vector<Input> read_inputs(const std::filesystem::path& place) {
  if (!std::filesystem::is_directory(place)) return {read_file(place)};
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(place)) paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  std::vector<Input> inputs;
  for (const auto& path : paths) inputs.push_back(read_file(path));
  return inputs;
}

// Mutations of what is kept: bytes and bits changed, pieces taken out, repeated, and put in from another input.
class Mutator {
 public:
  explicit Mutator(const std::vector<Input>& inputs) : inputs_(inputs) {}

  Input next() {
    Input out = any_input();
    for (std::size_t n = below(4) + 1; n > 0; --n) change(out);
    out.resize(std::min(out.size(), kMostBytes));
    return out;
  }

 private:
  std::size_t below(std::size_t n) { return n == 0 ? 0 : static_cast<std::size_t>(random_() % n); }
  const Input& any_input() { return inputs_[below(inputs_.size())]; }

  Input piece_of(const Input& input) {
    const std::size_t from = below(input.size()), length = below(std::min<std::size_t>(input.size() - from, 64) + 1);
    const auto at = input.begin() + static_cast<std::ptrdiff_t>(from);
    return {at, at + static_cast<std::ptrdiff_t>(length)};
  }
  void insert(Input& out, const Input& piece) {
    out.insert(out.begin() + static_cast<std::ptrdiff_t>(below(out.size() + 1)), piece.begin(), piece.end());
  }

  void change(Input& out) {
    const std::size_t kind = below(6), at = below(out.size());
    if (kind == 0 || out.empty()) return insert(out, {static_cast<std::uint8_t>(below(256))});
    if (kind == 1) return insert(out, piece_of(any_input()));
    if (kind == 2) return insert(out, piece_of(out));
    if (kind == 3) out[at] = static_cast<std::uint8_t>(below(256));
    if (kind == 4) out[at] = static_cast<std::uint8_t>(out[at] ^ (1u << below(8)));
    if (kind == 5) {
      const auto first = out.begin() + static_cast<std::ptrdiff_t>(at);
      out.erase(first, first + static_cast<std::ptrdiff_t>(below(std::min<std::size_t>(out.size() - at, 16) + 1)));
    }
  }

  const std::vector<Input>& inputs_;
  std::mt19937_64 random_{1};
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: %s SECONDS FOLDER-OR-FILE\n", argv[0]);
    return 2;
  }
  for (const int signal : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL}) std::signal(signal, leave_input);
  const std::vector<Input> inputs = read_inputs(argv[2]);
  if (inputs.empty()) {
    std::fprintf(stderr, "fuzz: %s has no inputs\n", argv[2]);
    return 1;
  }
  for (const Input& input : inputs) run(input);
  Mutator mutator(inputs);
  const auto end = Clock::now() + std::chrono::duration<double>(std::atof(argv[1]));
  std::size_t runs = 0;
  for (; Clock::now() < end; ++runs) run(mutator.next());
  std::printf("%zu kept inputs, %zu mutations\n", inputs.size(), runs);
  return 0;
}
