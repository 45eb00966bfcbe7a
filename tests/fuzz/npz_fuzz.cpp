// Any bytes as an npz file: arrays or a DataError.
#include "ricci/io/numpy/npz.h"
#include "tests/fuzz/io_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ricci::io;
  return fuzz::read_input(data, size, [](const InputFile& file) {
    for (const ricci::NamedTensor& item : read_all(*open_npz(file))) fuzz::touch(item.tensor);
  });
}
