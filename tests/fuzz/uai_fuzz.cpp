// Any bytes as a model in UAI, after a zero byte its evidence: a network or a DataError.
#include <algorithm>
#include <optional>

#include "ricci/networks/uai.h"
#include "tests/fuzz/text_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ricci;
  const std::uint8_t* const zero = std::find(data, data + size, 0);
  std::optional<io::InputFile> evidence;
  if (zero != data + size) {
    const auto* const first = reinterpret_cast<const std::byte*>(zero + 1);
    evidence = io::InputFile::from_bytes("'evidence'", {first, reinterpret_cast<const std::byte*>(data + size)});
  }
  return networks::fuzz::read_network_text(data, static_cast<std::size_t>(zero - data), [&](const io::InputFile& file) {
    return networks::read_uai(file, evidence ? &*evidence : nullptr);
  });
}
