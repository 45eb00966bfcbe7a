// The main job: every call with its check, the 4-colourings of the US map, the Ising model, digits learned.
// Exit status: 0 all checks hold, 1 one does not, 2 a wrong call, 3 bad data.
#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include "examples/main_job/parts.h"
#include "examples/main_job/stopwatch.h"
#include "ricci/base/error.h"

namespace {

using namespace ricci::examples;

constexpr const char* kUsage =
    "usage: ricci_main_job [--colour | --no-colour] [--data DIR] [--out DIR]\n"
    "  --colour, --no-colour  instead of: colours when the output is a terminal\n"
    "  --data DIR             the folder of us_states.txt, us_map.safetensors and digits.safetensors\n"
    "  --out DIR              where us_map.svg and vision.svg go (default: out)\n";

struct Options {
  bool colour = isatty(STDOUT_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr;
  std::string data = RICCI_EXAMPLES_DATA, out = "out";
  bool help = false;
};

Options parse_words(int count, char** words) {
  Options options;
  for (int i = 1; i < count; ++i) {
    const std::string word = words[i];
    const bool with_value = word == "--data" || word == "--out";
    if (with_value && i + 1 == count) ricci::fail<ricci::Error>("'", word, "' needs a folder after it");
    if (word == "--colour" || word == "--no-colour")
      options.colour = word == "--colour";
    else if (with_value)
      (word == "--data" ? options.data : options.out) = words[++i];
    else if (word == "--help")
      options.help = true;
    else
      ricci::fail<ricci::Error>("unknown option '", word, "'");
  }
  return options;
}

int run(const Options& options) {
  const Stopwatch watch;
  Transcript transcript(std::cout, Style::for_terminal(options.colour));
  run_calls(transcript);
  run_map(transcript, options.data, options.out);
  run_lattice(transcript);
  run_digits(transcript, options.data, options.out);
  const int failed = transcript.failed();
  const Style& style = transcript.style();
  std::cout << '\n'
            << (failed == 0 ? style.good("✓ all ") + std::to_string(transcript.checked()) + " checks hold"
                            : style.bad("✗ " + std::to_string(failed)) + " of " + std::to_string(transcript.checked()) +
                                  " checks fail")
            << ", " << watch.text() << '\n';
  return failed == 0 ? 0 : 1;
}

}  // namespace

int main(int count, char** words) {
  Options options;
  try {
    options = parse_words(count, words);
  } catch (const ricci::Error& error) {
    std::cerr << error.what() << '\n' << kUsage;
    return 2;
  }
  if (options.help) {
    std::cout << kUsage;
    return 0;
  }
  try {
    return run(options);
  } catch (const std::exception& error) {
    std::cerr << "ricci_main_job: " << error.what() << '\n';
    return 3;
  }
}
