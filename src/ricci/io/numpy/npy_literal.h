// The header of an npy file as text: the one Python literal NumPy writes, and no other Python.
#pragma once

#include <string>
#include <string_view>

#include "ricci/io/array_info.h"

namespace ricci::io {

struct NpyLiteral {
  ArrayInfo info;
  bool big_endian = false;
};

/// Parses "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }". Throws DataError naming
/// `where`, what stood there, and for a dtype that Ricci has not, how to convert it.
NpyLiteral parse_npy_literal(std::string_view text, const std::string& where);

/// Why npy and npz files can't hold a dtype; "" where they can.
std::string_view npy_lacks(DType dtype);
/// "<f8" and so on. Throws DTypeError for bfloat16.
std::string_view npy_descr(DType dtype, const std::string& where);

}  // namespace ricci::io
