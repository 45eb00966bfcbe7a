// ArrayFile: a file of arrays whose header or directory has been read, so that any of them can be looked at or read
// by itself. What a format's reader gives (formats.h); load(), load_tensor() and read_info() ask for no more.
#pragma once

#include "ricci/io/array_info.h"

namespace ricci::io {

class RICCI_API ArrayFile {
 public:
  virtual ~ArrayFile();
  /// In the file's order; "" where the format has no names. Other members count arrays by their place here.
  virtual std::vector<std::string> names() const = 0;
  /// What the file says of an array; its data is not read. Throws DataError.
  virtual ArrayInfo info(std::size_t array) const = 0;
  /// Throws DataError.
  virtual Tensor read(std::size_t array) const = 0;
  virtual Metadata metadata() const { return {}; }
};

/// All arrays, in the file's order.
RICCI_API std::vector<NamedTensor> read_all(const ArrayFile& file);

}  // namespace ricci::io
