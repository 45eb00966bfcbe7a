// The parts of the main job. Each prints what it does and holds it against an independent method.
#pragma once

#include <string>

#include "examples/main_job/transcript.h"

namespace ricci::examples {

/// Every call that must work, with shapes, values and gradients.
void run_calls(Transcript& transcript);
/// The 4-colourings of the US map from the shipped network; the picture goes to `out`/us_map.svg.
void run_map(Transcript& transcript, const std::string& data, const std::string& out);
/// The 12x12 Ising model by derivatives, against the transfer matrix.
void run_lattice(Transcript& transcript);
/// Bilinear pooling learns the shipped digits, against average pooling; the picture goes to `out`/vision.svg.
void run_digits(Transcript& transcript, const std::string& data, const std::string& out);

}  // namespace ricci::examples
