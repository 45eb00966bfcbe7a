#include "cli/interrupt.h"

#include <unistd.h>

#include <atomic>
#include <csignal>

#include "ricci/files/output_file.h"

namespace ricci::cli {
namespace {

std::atomic<bool> bar_drawn{false};

// Only async-signal-safe calls: the other threads may be anywhere.
void leave(int signal_number) {
  io::unlink_unfinished_files();
  constexpr char kWipe[] = "\r\x1b[K";
  constexpr char kWords[] = "ricci: interrupted\n";
  if (bar_drawn && ::write(STDERR_FILENO, kWipe, sizeof kWipe - 1) < 0) ::_exit(128 + signal_number);
  if (signal_number == SIGINT && ::write(STDERR_FILENO, kWords, sizeof kWords - 1) < 0) ::_exit(128 + signal_number);
  ::_exit(128 + signal_number);
}

}  // namespace

void handle_interrupts() {
  struct sigaction action {};
  action.sa_handler = leave;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

void note_bar(bool drawn) { bar_drawn = drawn; }

}  // namespace ricci::cli
