// Any bytes as a model in UAI: a network or a DataError.
#include "ricci/networks/uai.h"
#include "tests/fuzz/text_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ricci::networks;
  return fuzz::read_network_text(data, size, [](const ricci::io::InputFile& file) { return read_uai(file, nullptr); });
}
