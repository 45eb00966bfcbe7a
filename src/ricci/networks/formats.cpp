#include "ricci/networks/formats.h"

#include <array>

#include "ricci/networks/cnf.h"
#include "ricci/networks/json_network.h"
#include "ricci/networks/network_file.h"
#include "ricci/networks/qasm/qasm.h"
#include "ricci/networks/uai.h"

namespace ricci::networks {
namespace {

constexpr std::array kFormats{
    Format{.suffix = ".safetensors",
           .contents = "as save_network writes",
           .read = read_network_file,
           .inspect = inspect_network_file,
           .write = write_network_file},
    Format{.suffix = ".json", .contents = "equation and shapes", .values = false, .read = read_json_network},
    Format{.suffix = ".cnf", .contents = "DIMACS", .keep = true, .weights = true, .read = read_cnf},
    Format{.suffix = ".uai", .evidence = true, .keep = true, .weights = true, .read = read_uai},
    Format{.suffix = ".qasm", .contents = "OpenQASM 2", .bits = true, .read = read_qasm},
};

}  // namespace

std::span<const Format> formats() { return kFormats; }

const Format* find_format(std::string_view path) { return io::find_by_suffix(formats(), path); }

}  // namespace ricci::networks
