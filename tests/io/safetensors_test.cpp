#include "ricci/io/safetensors.h"

#include <algorithm>

#include "ricci/io/load.h"
#include "ricci/tensor/memory.h"
#include "tests/io/helpers.h"

namespace ricci::io::test {
namespace {

std::string file_of(const std::string& header, const std::string& data = "") {
  std::string out(8, '\0');
  for (std::size_t i = 0; i < 8; ++i) out[i] = static_cast<char>(header.size() >> (8 * i));
  return out + header + data;
}

std::vector<NamedTensor> all_of(const InputFile& file) { return read_all(*open_safetensors(file)); }

std::string refusal(const std::string& bytes) {
  return message_of([&] { all_of(memory_file(bytes)); });
}

TEST(Safetensors, RoundTripsEveryDtypeAndLayout) {
  const Folder folder;
  std::vector<NamedTensor> tensors;
  for (const DType dtype : all_dtypes())
    for (const Layout& layout : layouts(dtype)) tensors.push_back({concat(dtype, " ", layout.name), layout.tensor});
  const Metadata metadata{{"a", "one"}, {"Ω", "line\n\"two\"\\"}, {"", ""}};
  save(folder / "all.safetensors", tensors, metadata);
  EXPECT_EQ(load(folder / "all.safetensors").size(), tensors.size());
  const SafetensorsHeader header = read_safetensors_header(InputFile::open(folder / "all.safetensors"));
  EXPECT_EQ(header.metadata, metadata);
  std::map<std::string, std::int64_t> offsets;
  for (const SafetensorsEntry& entry : header.entries) offsets[entry.info.name] = entry.offset;
  for (const NamedTensor& item : tensors) {
    SCOPED_TRACE(item.name);
    expect_same(load_tensor(folder / "all.safetensors", item.name), item.tensor);
    ASSERT_TRUE(offsets.contains(item.name));
    EXPECT_EQ(offsets[item.name] % static_cast<std::int64_t>(std::min<std::size_t>(size_of(item.tensor.dtype()), 8)),
              0);
  }
}

TEST(Safetensors, ReadsWhatTheReferenceWrote) {
  const std::string path = fixture("reference.safetensors");
  const Tensor a = load_tensor(fixture("float64.npy"));
  expect_same(load_tensor(path, "weight"), a);
  const Tensor half = load_tensor(path, "half");
  ASSERT_EQ(half.dtype(), DType::f16);
  for (int i = 0; i < 12; ++i)
    EXPECT_EQ(half.data<float16>()[i].bits, float16(static_cast<float>(a.data<double>()[i])).bits);
  const Tensor integers = load_tensor(fixture("version_1.npy")), mask = load_tensor(path, "mask");
  for (int i = 0; i < 15; ++i) EXPECT_EQ(mask.data<bool>()[i], integers.data<std::int32_t>()[i] > 0);
  EXPECT_EQ(load_tensor(path, "none").shape(), (Shape{0, 2}));
  const FileInfo info = read_info(path);
  EXPECT_EQ(info.metadata, (Metadata{{"purpose", "a test"}, {"unit", "m²"}}));
  EXPECT_HAS(message_of([&] { load_tensor(path, "wait"); }), "'weight', 'half'");
}

TEST(Safetensors, EveryTruncationAndExtensionIsRefused) {
  const std::string whole = bytes_of(fixture("reference.safetensors"));
  for (std::size_t length = 0; length < whole.size(); ++length) {
    SCOPED_TRACE(length);
    EXPECT_THROW(all_of(memory_file(std::string_view(whole).substr(0, length))), DataError);
  }
  EXPECT_HAS(refusal(whole + "x"), "1 bytes that belong to no tensor");
}

TEST(Safetensors, EveryFlippedBitIsRefusedOrHarmless) {
  const std::string whole = bytes_of(fixture("reference.safetensors"));
  std::size_t refused = 0;
  for (std::size_t bit = 0; bit < 8 * whole.size(); ++bit) {
    std::string damaged = whole;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
    try {
      for (const NamedTensor& item : all_of(memory_file(damaged))) elements_of(item.tensor);
    } catch (const DataError&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, std::size_t{1000});
}

TEST(Safetensors, TheRulesOfTheFormat) {
  const std::string ok =
      R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"I8","shape":[],"data_offsets":[2,3]}})";
  EXPECT_EQ(all_of(memory_file(file_of(ok, "xyz"))).size(), 2u);
  EXPECT_EQ(all_of(memory_file(file_of("{}"))).size(), 0u);
  const auto with = [](const std::string& body) { return file_of("{\"a\":{" + body + "}}", "xy"); };
  EXPECT_HAS(refusal(with(R"("dtype":"U8","shape":[2],"data_offsets":[0,3])")), "offsets are 0 and 3");
  EXPECT_HAS(refusal(with(R"("dtype":"U8","shape":[3],"data_offsets":[0,3])")), "promises 3 bytes");
  EXPECT_HAS(refusal(with(R"("dtype":"U8","shape":[1],"data_offsets":[1,2])")), "begins at byte 1");
  EXPECT_HAS(refusal(with(R"("dtype":"U8","shape":[2],"data_offsets":[2,0])")), "begins at byte 2");
  EXPECT_HAS(refusal(with(R"("dtype":"U8","shape":[2],"data_offsets":[0,2,2])")), "number");
  EXPECT_HAS(refusal(with(R"("dtype":"U8","shape":[2],"data_offsets":[0])")), "two data_offsets");
  EXPECT_HAS(refusal(with(R"("dtype":"U8","shape":[2])")), "must have dtype");
  EXPECT_HAS(refusal(with(R"("dtype":"U8","dtype":"U8","shape":[2],"data_offsets":[0,2])")), "twice");
  EXPECT_HAS(refusal(with(R"("dtype":"U8","shape":[2],"data_offsets":[0,2],"x":1)")), "unknown key 'x'");
  EXPECT_HAS(refusal(with(R"("dtype":"F8_E4M3","shape":[2],"data_offsets":[0,2])")), "'F8_E4M3'");
  EXPECT_HAS(refusal(with(R"("dtype":"U8","shape":[-2],"data_offsets":[0,2])")), "negative");
  EXPECT_HAS(refusal(with(R"("dtype":"U8","shape":[2.0],"data_offsets":[0,2])")), "integer");
  EXPECT_HAS(refusal(with(R"("dtype":"U8","shape":[18446744073709551615],"data_offsets":[0,2])")), "2^63");
  EXPECT_HAS(refusal(with(R"("dtype":"U8","shape":[[2]],"data_offsets":[0,2])")), "'['");
  EXPECT_HAS(refusal(with(R"("dtype":"U8","shape":null,"data_offsets":[0,2])")), "null");
  EXPECT_HAS(
      refusal(file_of(
          R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}})",
          "xy")),
      "stands twice");
  EXPECT_HAS(
      refusal(file_of(
          R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}})",
          "xy")),
      "next free one");
  EXPECT_HAS(refusal(file_of(R"({"__metadata__":{"a":1}})")), "number");
  EXPECT_HAS(refusal(file_of(R"({"__metadata__":{"a":"1","a":"2"}})")), "twice");
  EXPECT_HAS(refusal(file_of(R"({"__metadata__":{"a":{}}})")), "'{'");
  EXPECT_HAS(refusal(file_of("[]")), "'['");
  EXPECT_HAS(refusal(file_of("{} x")), "no JSON at byte");
  EXPECT_HAS(refusal(file_of("{\"a\xff\":1}")), "no JSON at byte");
}

TEST(Safetensors, HugePromisesAllocateNothing) {
  const std::int64_t live = memory::live_bytes();
  memory::reset_peak();
  EXPECT_HAS(refusal(std::string(8, '\x7f')), "at most 100000000");
  EXPECT_HAS(refusal(file_of(R"({"a":{"dtype":"C128","shape":[4294967296,4294967296],"data_offsets":[0,2]}})")),
             "2^63");
  EXPECT_HAS(refusal(file_of(R"({"a":{"dtype":"U8","shape":[8000000000],"data_offsets":[0,8000000000]}})")),
             "cut short");
  refusal(file_of(std::string(100000, '[')));
  refusal(file_of("{\"a\":" + std::string(100000, '{')));
  EXPECT_EQ(memory::peak_bytes(), live);
}

TEST(Safetensors, OtherKindsOfFiles) {
  EXPECT_HAS(refusal(""), "is empty");
  EXPECT_HAS(refusal("abc"), "first bytes");
  EXPECT_HAS(refusal(bytes_of(fixture("float64.npy"))), "name it .npy");
  EXPECT_HAS(refusal(bytes_of(fixture("stored.npz"))), "name it .npz");
}

TEST(Safetensors, NamesThatCanNotBeWrittenLeaveNothing) {
  const Folder folder;
  const Tensor tensor = random_tensor({2}, DType::f32);
  for (const std::string& name : {std::string("__metadata__"), std::string("\xff")}) {
    const std::vector<NamedTensor> items{{name, tensor}};
    EXPECT_THROW(save(folder / "x.safetensors", items), DataError);
  }
  EXPECT_EQ(folder.entries(), 0u);
}

}  // namespace
}  // namespace ricci::io::test
