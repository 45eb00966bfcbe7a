// What the io tests share: a folder of their own, bytes of files, random tensors in every layout.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "ricci/base/error.h"
#include "ricci/files/input_file.h"
#include "ricci/io/elements.h"
#include "ricci/tensor/tensor.h"

namespace ricci::io::test {

class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "ricci_io_XXXXXX").string();
    if (!::mkdtemp(name.data())) throw std::runtime_error("mkdtemp");
    path_ = name;
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }
  std::size_t entries() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(path_), {}));
  }

 private:
  std::filesystem::path path_;
};

inline std::string fixture(const std::string& name) { return std::string(RICCI_SOURCE_DIR) + "/tests/data/io/" + name; }

inline std::string bytes_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline InputFile memory_file(std::string_view bytes, std::string name = "'x'") {
  std::vector<std::byte> copy(bytes.size());
  if (!bytes.empty()) std::memcpy(copy.data(), bytes.data(), bytes.size());
  return InputFile::from_bytes(std::move(name), std::move(copy));
}

/// The elements in row-major order, as bytes: equal strings are equal values, NaN included.
inline std::string elements_of(const Tensor& tensor) {
  std::string out;
  for_each_piece(tensor,
                 [&](const void* data, std::size_t bytes) { out.append(static_cast<const char*>(data), bytes); });
  return out;
}

inline void expect_same(const Tensor& a, const Tensor& b) {
  EXPECT_EQ(a.dtype(), b.dtype());
  EXPECT_EQ(a.shape(), b.shape());
  EXPECT_EQ(elements_of(a), elements_of(b));
}

inline Tensor random_tensor(const Shape& shape, DType dtype, unsigned seed = 1) {
  Tensor out = empty(shape, {.dtype = dtype});
  std::mt19937 generator(seed);
  auto* bytes = static_cast<unsigned char*>(out.raw_data());
  for (std::int64_t i = 0; i < out.nbytes(); ++i)
    bytes[i] = static_cast<unsigned char>(dtype == DType::b8 ? generator() & 1 : generator());
  return out;
}

struct Layout {
  std::string name;
  Tensor tensor;
};

/// The layouts a tensor may have: dense, permuted, reversed, broadcast, cut from a larger one, 0-d, empty.
inline std::vector<Layout> layouts(DType dtype) {
  const Tensor base = random_tensor({3, 4, 5}, dtype);
  return {{"dense", base},
          {"column-major", make_view(base, {5, 4, 3}, {1, 5, 20}, 0)},
          {"permuted", make_view(base, {4, 3, 5}, {5, 20, 1}, 0)},
          {"reversed", make_view(base, {3, 4, 5}, {20, -5, -1}, 19)},
          {"broadcast", make_view(base, {2, 4, 5}, {0, 5, 1}, 20)},
          {"inner", make_view(base, {2, 2, 3}, {20, 10, 2}, 20)},
          {"diagonal", make_view(base, {3}, {26}, 0)},
          {"scalar", make_view(base, {}, {}, 7)},
          {"empty", make_view(base, {3, 0, 5}, {20, 5, 1}, 0)},
          {"ones", make_view(base, {1, 4, 1}, {20, 5, 1}, 20)},
          {"many pieces", make_view(random_tensor({513, 1031}, dtype), {1031, 513}, {1, 1031}, 0)},
          {"odd steps", make_view(random_tensor({601, 1200}, dtype), {600, 601}, {2, 1200}, 1)}};
}

inline std::vector<DType> all_dtypes() {
  std::vector<DType> out;
  for (int i = 0; i < kDTypeCount; ++i) out.push_back(static_cast<DType>(i));
  return out;
}

/// The message of the E that `call` throws; a test failure when it throws none.
template <class E = DataError, class F>
std::string message_of(F&& call) {
  try {
    call();
  } catch (const E& error) {
    return error.what();
  }
  ADD_FAILURE() << "nothing was thrown";
  return "";
}

#define EXPECT_HAS(text, part)                                                                  \
  do {                                                                                          \
    const std::string text_ = (text);                                                           \
    EXPECT_NE(text_.find(part), std::string::npos) << "no \"" << (part) << "\" in:\n" << text_; \
  } while (false)

}  // namespace ricci::io::test
