// Ctrl-C: the process ends at once, and no hidden file of a half-written result stays behind.
#pragma once

namespace ricci::cli {

/// Installs the handlers of SIGINT (exit status 130) and SIGTERM (143).
void handle_interrupts();
/// Whether a bar stands on the terminal's last line, to be wiped before the process ends.
void note_bar(bool drawn);

}  // namespace ricci::cli
