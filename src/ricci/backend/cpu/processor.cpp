#include "ricci/backend/cpu/processor.h"

#include <hwy/targets.h>
#include <sys/utsname.h>

#include <fstream>

#include "ricci/backend/cpu/contract/packed/gemm_table.h"

namespace ricci::cpu {

std::string processor_name() {
  std::ifstream lines("/proc/cpuinfo");
  for (std::string line; std::getline(lines, line);)
    if (const auto colon = line.find(": "); line.starts_with("model name") && colon != std::string::npos)
      return line.substr(colon + 2);
  utsname system{};
  return ::uname(&system) == 0 ? system.machine : "unknown";
}

std::string instruction_set() {
  const std::int64_t target = gemm_table<float>().target;
  return target == HWY_AVX3 ? "AVX-512" : hwy::TargetName(target);
}

}  // namespace ricci::cpu
