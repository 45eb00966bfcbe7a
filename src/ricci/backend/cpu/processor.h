// What this machine computes with, by name: for people, and to tell whether rates were measured here.
#pragma once

#include <string>

namespace ricci::cpu {

/// "Intel(R) Xeon(R) Platinum 8488C", or the architecture where the system names no processor.
std::string processor_name();
/// "AVX-512", "AVX2", "NEON", ...: that of the kernels.
std::string instruction_set();

}  // namespace ricci::cpu
