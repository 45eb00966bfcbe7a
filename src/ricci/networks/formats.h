// The table of network formats: one row each, found by a file name's suffix. load_network(), save_network(),
// read_network_info() and the command-line tool ask it and name no format themselves.
#pragma once

#include "ricci/files/input_file.h"
#include "ricci/files/suffix_table.h"
#include "ricci/networks/network.h"

namespace ricci::networks {

struct Format {
  std::string_view suffix;      ///< ".cnf"
  std::string_view contents{};  ///< "DIMACS": what a list of formats says of it; "": nothing
  // Which of NetworkOptions it has a use for; the others are refused.
  bool bits = false, evidence = false, keep = false;
  bool weights = false;  ///< numbers that multiply and add, which NetworkOptions::semiring takes into another semiring
  bool values = true;    ///< false: shapes alone, which fit every semiring
  /// Throws DataError naming line and column.
  Network (*read)(const io::InputFile& file, const NetworkOptions& options) = nullptr;
  /// Reads no data. Null: the file is read whole.
  NetworkInfo (*inspect)(const io::InputFile& file) = nullptr;
  /// Null: Ricci writes no such files.
  void (*write)(const std::string& path, const Network& network) = nullptr;

  bool takes_semiring() const { return weights || !values; }
};

RICCI_API std::span<const Format> formats();
/// The format that the path's suffix names, or null.
RICCI_API const Format* find_format(std::string_view path);

}  // namespace ricci::networks
