#include "ricci/io/numpy/npz.h"

#include <zlib.h>

#include "ricci/io/load.h"
#include "ricci/io/zip/zip.h"
#include "ricci/tensor/memory.h"
#include "tests/io/helpers.h"

namespace ricci::io::test {
namespace {

std::string refusal(const std::string& bytes) {
  return message_of([&] { read_all(*open_npz(memory_file(bytes))); });
}

void put(std::string& text, std::size_t at, std::uint64_t value, int width) {
  for (int i = 0; i < width; ++i) text[at + static_cast<std::size_t>(i)] = static_cast<char>(value >> (8 * i));
}

std::string little(std::uint64_t value, int width) {
  std::string out(static_cast<std::size_t>(width), '\0');
  put(out, 0, value, width);
  return out;
}

TEST(Npz, RoundTripsEveryDtypeAndLayout) {
  const Folder folder;
  std::vector<NamedTensor> tensors;
  for (const DType dtype : all_dtypes())
    if (dtype != DType::bf16)
      for (const Layout& layout : layouts(dtype)) tensors.push_back({concat(dtype, " ", layout.name), layout.tensor});
  save(folder / "all.npz", tensors);
  const auto back = load(folder / "all.npz");
  ASSERT_EQ(back.size(), tensors.size());
  for (std::size_t i = 0; i < back.size(); ++i) {
    SCOPED_TRACE(tensors[i].name);
    EXPECT_EQ(back[i].name, tensors[i].name);
    expect_same(back[i].tensor, tensors[i].tensor);
  }
}

TEST(Npz, ReadsWhatNumPyWrote) {
  const Tensor a = load_tensor(fixture("float64.npy"));
  for (const char* name : {"stored.npz", "deflated.npz"}) expect_same(load_tensor(fixture(name), "weight"), a);
  const Tensor ones = load_tensor(fixture("deflated.npz"), "ones");
  EXPECT_EQ(ones.shape(), (Shape{40, 30}));
  for (int i = 0; i < 1200; ++i) EXPECT_EQ(ones.data<float>()[i], 1.0f);
  const auto arrays = load(fixture("stored.npz"));
  ASSERT_EQ(arrays.size(), 3u);
  EXPECT_EQ(arrays[1].tensor.data<std::int64_t>()[29], -7);
  EXPECT_EQ(arrays[2].tensor.item<std::complex<double>>(), std::complex<double>(2, -3));
}

TEST(Npz, WritesWhatNumPyWrites) {
  const Folder folder;
  save(folder / "again.npz", load(fixture("stored.npz")));
  EXPECT_EQ(bytes_of(folder / "again.npz"), bytes_of(fixture("stored.npz")));
}

TEST(Npz, HeadersWithoutData) {
  const FileInfo info = read_info(fixture("deflated.npz"));
  ASSERT_EQ(info.arrays.size(), 2u);
  EXPECT_EQ(info.arrays[1].name, "ones");
  EXPECT_EQ(info.arrays[1].shape, (Shape{40, 30}));
  EXPECT_EQ(info.arrays[1].dtype, DType::f32);
}

TEST(Npz, AWrongNameListsTheNames) {
  EXPECT_HAS(message_of([] { load_tensor(fixture("stored.npz"), "wieght"); }), "'weight', 'bias', 'scalar'");
  EXPECT_HAS(message_of([] { load_tensor(fixture("stored.npz")); }), "holds 3 tensors");
}

TEST(Npz, AMemberThatCanNotBeReadIsInNoOnesWay) {
  const std::string npy = bytes_of(fixture("uint8.npy")), objects = bytes_of(fixture("objects.npy"));
  std::string bytes;
  const auto sink = [&](const void* data, std::size_t size) { bytes.append(static_cast<const char*>(data), size); };
  ZipWriter writer(sink);
  writer.add("bad.npy", [&](Sink out) { out(objects.data(), objects.size()); });
  writer.add("notes.txt", [&](Sink out) { out("hello", 5); });
  writer.add("good.npy", [&](Sink out) { out(npy.data(), npy.size()); });
  writer.finish();
  const Folder folder;
  std::ofstream(folder / "x.npz", std::ios::binary) << bytes;
  expect_same(load_tensor(folder / "x.npz", "good"), load_tensor(fixture("uint8.npy")));
  EXPECT_EQ(read_info(folder / "x.npz", "good").shape, (Shape{7}));
  EXPECT_HAS(message_of([&] { load(folder / "x.npz"); }), "member 'bad.npy' holds Python objects");
}

TEST(Npz, NoArraysAndUnicodeNames) {
  const Folder folder;
  save(folder / "none.npz", std::vector<NamedTensor>{});
  EXPECT_TRUE(load(folder / "none.npz").empty());
  const Tensor tensor = random_tensor({2, 3}, DType::f32);
  save(folder / "name.npz", std::vector<NamedTensor>{{"θ/β", tensor}, {"", tensor}});
  expect_same(load_tensor(folder / "name.npz", "θ/β"), tensor);
}

TEST(Npz, TwoArraysOfOneNameAreRefusedAndNothingIsLeft) {
  const Folder folder;
  const Tensor tensor = random_tensor({2}, DType::f32);
  const std::vector<NamedTensor> twice{{"a", tensor}, {"a", tensor}};
  EXPECT_HAS(message_of([&] { save(folder / "x.npz", twice); }), "'a'");
  EXPECT_EQ(folder.entries(), 0u);
}

TEST(Npz, EveryTruncationIsRefused) {
  for (const char* name : {"stored.npz", "deflated.npz"}) {
    const std::string whole = bytes_of(fixture(name));
    for (std::size_t length = 0; length < whole.size(); ++length) {
      SCOPED_TRACE(concat(name, " cut to ", length));
      EXPECT_THROW(read_all(*open_npz(memory_file(std::string_view(whole).substr(0, length)))), DataError);
    }
  }
}

TEST(Npz, EveryFlippedBitIsRefusedOrHarmless) {
  for (const char* name : {"stored.npz", "deflated.npz"}) {
    const std::string whole = bytes_of(fixture(name));
    const auto right = read_all(*open_npz(memory_file(whole)));
    for (std::size_t bit = 0; bit < 8 * whole.size(); ++bit) {
      std::string damaged = whole;
      damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
      try {
        const auto read = read_all(*open_npz(memory_file(damaged)));
        // The checksum lets no array through that is not the one written.
        ASSERT_LE(read.size(), right.size());
        for (const NamedTensor& item : read) {
          bool known = false;
          for (const NamedTensor& other : right) known = known || elements_of(other.tensor) == elements_of(item.tensor);
          EXPECT_TRUE(known) << "bit " << bit;
        }
      } catch (const DataError&) {
      }
    }
  }
}

TEST(Npz, DamagedDataFailsItsChecksum) {
  std::string bytes = bytes_of(fixture("stored.npz"));
  const InputFile file = memory_file(bytes);
  const auto member = read_zip_directory(file)[0];
  bytes[static_cast<std::size_t>(member.data_offset + member.bytes - 3)] ^= 1;
  EXPECT_HAS(refusal(bytes), "checksum");
}

// One member whose directory entry promises `bytes` from `data`.
std::string archive(const std::string& data, std::uint64_t method, std::uint64_t bytes, std::uint64_t stored) {
  std::string common = little(20, 2) + little(0, 2) + little(method, 2) + little(0, 4);
  common += little(crc32_z(0, reinterpret_cast<const Bytef*>(data.data()), data.size()), 4);
  common += little(stored, 4) + little(bytes, 4) + little(5, 2);
  const std::string local = "PK\x03\x04" + common + little(0, 2) + "a.npy" + data;
  const std::string entry =
      "PK\x01\x02" + little(20, 2) + common + little(0, 2) + little(0, 2) + little(0, 8) + little(0, 4) + "a.npy";
  return local + entry + "PK\x05\x06" + little(0, 4) + little(1, 2) + little(1, 2) + little(entry.size(), 4) +
         little(local.size(), 4) + little(0, 2);
}

TEST(Npz, BombsAllocateNothing) {
  const std::int64_t live = memory::live_bytes();
  memory::reset_peak();
  EXPECT_HAS(refusal(archive("x", 8, 4000000000, 1)), "hostile");
  EXPECT_HAS(refusal(archive("x", 0, 4000000000, 1)), "two sizes");
  EXPECT_HAS(refusal(archive("x", 0, 4000000000, 4000000000)), "outside");
  EXPECT_HAS(refusal(archive("xyz", 8, 300, 3)), "damaged");
  EXPECT_HAS(refusal(archive("x", 12, 1, 1)), "method 12");
  // The npy header inside may promise no more than the member holds.
  const std::string literal = "{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000,), }";
  const std::string npy = std::string("\x93NUMPY\x01\x00", 8) + little(literal.size(), 2) + literal;
  EXPECT_HAS(refusal(archive(npy, 0, npy.size(), npy.size())), "8000000000 bytes");
  EXPECT_EQ(memory::peak_bytes(), live);
}

TEST(Npz, OverlappingMembersAreRefused) {
  const Folder folder;
  const Tensor tensor = random_tensor({4}, DType::f32);
  save(folder / "x.npz", std::vector<NamedTensor>{{"a", tensor}, {"b", tensor}});
  std::string bytes = bytes_of(folder / "x.npz");
  const auto second = bytes.rfind("PK\x01\x02");
  put(bytes, second + 42, 0, 4);  // the second entry points to the first member
  EXPECT_HAS(refusal(bytes), "overlap");
}

TEST(Npz, OtherKindsOfFiles) {
  EXPECT_HAS(refusal(""), "is empty");
  EXPECT_HAS(refusal(bytes_of(fixture("float64.npy"))), "name it .npy");
  EXPECT_HAS(refusal("hello, world; this is no archive"), "is not an npz file");
}

}  // namespace
}  // namespace ricci::io::test
