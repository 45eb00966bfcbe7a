#include "ricci/networks/network.h"

#include "ricci/io/array_checks.h"
#include "ricci/io/formats.h"
#include "ricci/networks/formats.h"
#include "ricci/tensor/defined.h"

namespace ricci {
namespace networks {
namespace {

const Format& format_of(const std::string& path) {
  if (const Format* format = find_format(path)) return *format;
  fail<DataError>("'", path, "': the suffix tells what a network is kept in, and this one is unknown\n  ",
                  io::known_suffixes(formats()));
}

// Those whose weights become its values, then those that have no values.
std::string semiring_suffixes() {
  return concat(io::suffixes_with(formats(), &Format::weights, ", "), " and ",
                io::suffixes_with(
                    formats(), [](const Format& format) { return !format.values; }, ", "));
}

// An option that the format has no use for is a mistake that would otherwise go unseen.
void check_options(const std::string& path, const Format& format, const NetworkOptions& options) {
  const auto refuse = [&](std::string_view option, const std::string& suffixes) {
    fail<DataError>("'", path, "': ", option, " is for ", suffixes, " files\n  leave it away");
  };
  const auto check = [&](std::string_view option, bool given, bool Format::*used) {
    if (given && !(format.*used)) refuse(option, io::suffixes_with(formats(), used, " and "));
  };
  check("bits", !options.bits.empty(), &Format::bits);
  check("evidence", !options.evidence.empty(), &Format::evidence);
  check("keep", !options.keep.empty(), &Format::keep);
  if (!is_linear(options.semiring) && !format.takes_semiring()) refuse("another semiring", semiring_suffixes());
}

const Format& format_for(const std::string& path, const NetworkOptions& options) {
  const Format& format = format_of(path);
  check_options(path, format, options);
  return format;
}

// Operands that share a tensor share a name.
NetworkInfo info_of(const Network& network, const io::InputFile& file) {
  NetworkInfo info{{network}, network.absent, file.size(), 0};
  std::map<const void*, std::string> names;
  for (const Tensor& operand : network.operands) {
    const auto [at, fresh] = names.emplace(operand.impl().get(), concat(names.size()));
    const io::ArrayInfo one{.name = at->second, .dtype = operand.dtype(), .shape = operand.shape()};
    info.operands.push_back(one);
    if (fresh) info.tensor_bytes += io::checked_bytes(one, file.name());
  }
  return info;
}

}  // namespace

bool names_network(const std::string& path) { return find_format(path) != nullptr; }

NetworkInfo read_network_info(const std::string& path, const NetworkOptions& options) {
  const Format& format = format_for(path, options);
  const io::InputFile file = io::InputFile::open(path, io::InputFile::Pipes::refuse);
  return format.inspect ? format.inspect(file) : info_of(format.read(file, options), file);
}

}  // namespace networks

Network load_network(const std::string& path, const NetworkOptions& options) {
  const networks::Format& format = networks::format_for(path, options);
  return format.read(io::InputFile::open(path), options);
}

void save_network(const std::string& path, const Network& network) {
  using networks::Format;
  check_all_defined("save_network", network.operands);
  if (const Format* format = networks::find_format(path); format && format->write) return format->write(path, network);
  const std::string suffixes = io::suffixes_with(networks::formats(), &Format::write, " or ");
  io::format_of(path);  // throws for a suffix that nobody knows
  fail<DataError>("'", path, "': networks are kept in ", suffixes, " files\n  name it ", suffixes);
}

}  // namespace ricci
