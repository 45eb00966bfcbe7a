#include "ricci/io/formats.h"

#include <array>

#include "ricci/io/numpy/npy.h"
#include "ricci/io/numpy/npy_literal.h"
#include "ricci/io/numpy/npz.h"
#include "ricci/io/safetensors.h"

namespace ricci::io {
namespace {

constexpr std::array kFormats{
    Format{.suffix = ".npy",
           .contents = "one array",
           .kind = "an npy file",
           .open = open_npy,
           .write = write_npy_file,
           .lacks = npy_lacks},
    Format{.suffix = ".npz",
           .contents = "several",
           .kind = "an npz file",
           .several = true,
           .lone_name = "arr_0",
           .open = open_npz,
           .write = write_npz,
           .lacks = npy_lacks},
    Format{.suffix = ".safetensors",
           .contents = "several, all dtypes",
           .kind = "a safetensors file",
           .several = true,
           .metadata = true,
           .lone_name = "tensor",
           .open = open_safetensors,
           .write = write_safetensors},
};

}  // namespace

std::span<const Format> formats() { return kFormats; }

const Format* find_format(std::string_view path) { return find_by_suffix(formats(), path); }

const Format& format_of(const std::string& path) {
  if (const Format* format = find_format(path)) return *format;
  fail<DataError>("'", path, "': the suffix tells the format, and this one is unknown\n  ", known_suffixes(formats()));
}

}  // namespace ricci::io
