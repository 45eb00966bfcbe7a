// Any bytes as a network file of our own: the network, and what is told of it without its data, or a DataError.
#include "ricci/networks/network_file.h"
#include "tests/fuzz/bytes.h"
#include "tests/fuzz/text_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ricci::networks;
  return fuzz::read_network_text(data, size, [](const ricci::io::InputFile& file) {
    const NetworkInfo info = inspect_network_file(file);
    ricci::Network network = read_network_file(file, {});
    ricci::fuzz::require(info.operands.size() == network.operands.size() && info.equation == network.equation,
                         "the header tells another network");
    return network;
  });
}
