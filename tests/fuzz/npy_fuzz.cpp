// Any bytes as an npy file: an array or a DataError.
#include "ricci/io/numpy/npy.h"
#include "tests/fuzz/io_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ricci::io;
  return fuzz::read_input(data, size, [](const InputFile& file) {
    FileStream stream(file);
    fuzz::touch(read_npy(stream));
  });
}
