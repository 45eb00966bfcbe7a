// The table of array formats: one row each, found by a file name's suffix. load(), save(), read_info(), the
// command-line tool and the Python module ask it and name no format themselves.
#pragma once

#include <memory>
#include <span>

#include "ricci/files/input_file.h"
#include "ricci/files/output_file.h"
#include "ricci/files/suffix_table.h"
#include "ricci/io/array_file.h"

namespace ricci::io {

struct Format {
  std::string_view suffix;       ///< ".npy"
  std::string_view contents;     ///< "one array": what a list of formats says of it
  std::string_view kind;         ///< "an npy file"
  bool several = false;          ///< any number of arrays with names; else one without
  bool metadata = false;         ///< text beside the arrays
  std::string_view lone_name{};  ///< the name of an array that is saved without one
  /// Reads the header or directory. Throws DataError.
  std::unique_ptr<ArrayFile> (*open)(const InputFile& file) = nullptr;
  /// Writes what the flags above allow. Throws DataError, DTypeError.
  void (*write)(OutputFile& out, std::span<const NamedTensor> tensors, const Metadata& metadata) = nullptr;
  /// Why no such file can hold a dtype; "" where one can. Null: all can be held.
  std::string_view (*lacks)(DType dtype) = nullptr;

  /// "npy".
  std::string_view name() const { return suffix.substr(1); }
};

RICCI_API std::span<const Format> formats();
/// The format that the path's suffix names, or null.
RICCI_API const Format* find_format(std::string_view path);
/// The same. Throws DataError naming the known suffixes.
RICCI_API const Format& format_of(const std::string& path);

}  // namespace ricci::io
