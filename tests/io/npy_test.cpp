#include "ricci/io/numpy/npy.h"

#include <complex>

#include "ricci/io/load.h"
#include "ricci/tensor/memory.h"
#include "tests/io/helpers.h"

namespace ricci::io::test {
namespace {

Tensor read_bytes(std::string_view bytes) {
  const InputFile file = memory_file(bytes);
  FileStream stream(file);
  return read_npy(stream);
}

std::string written(const Tensor& tensor) {
  std::string out;
  write_npy(tensor, [&](const void* data, std::size_t bytes) { out.append(static_cast<const char*>(data), bytes); });
  return out;
}

// An npy file of version 1.0 with this literal.
std::string npy(const std::string& literal, const std::string& data = "") {
  std::string out("\x93NUMPY\x01\x00", 8);
  out += static_cast<char>(literal.size() & 0xff);
  out += static_cast<char>(literal.size() >> 8);
  return out + literal + data;
}

std::string refusal(const std::string& bytes) {
  return message_of([&] { read_bytes(bytes); });
}

TEST(Npy, RoundTripsEveryDtypeAndLayout) {
  for (const DType dtype : all_dtypes()) {
    if (dtype == DType::bf16) continue;
    for (const Layout& layout : layouts(dtype)) {
      SCOPED_TRACE(concat(dtype, " ", layout.name));
      expect_same(read_bytes(written(layout.tensor)), layout.tensor);
    }
  }
}

TEST(Npy, ReadsWhatNumPyWrote) {
  const Tensor a = load_tensor(fixture("float64.npy"));
  EXPECT_EQ(a.shape(), (Shape{3, 4}));
  EXPECT_EQ(a.data<double>()[0], 0.0012301533574825742);
  EXPECT_EQ(a.data<double>()[11], 0.35688700816006075);

  const Tensor fortran = load_tensor(fixture("float32_fortran.npy"));
  EXPECT_EQ(fortran.strides(), (Strides{1, 3}));
  const Tensor swapped = load_tensor(fixture("complex64_big.npy"));
  EXPECT_EQ(swapped.dtype(), DType::c64);
  for (int i = 0; i < 3; ++i)
    for (int j = 0; j < 4; ++j) {
      const double value = a.data<double>()[4 * i + j], mirror = a.data<double>()[4 * (2 - i) + j];
      EXPECT_EQ(fortran.data<float>()[i + 3 * j], static_cast<float>(value));
      EXPECT_EQ(swapped.data<std::complex<float>>()[4 * i + j],
                std::complex<float>(static_cast<float>(value), static_cast<float>(mirror)));
    }

  const Tensor half = load_tensor(fixture("float16_scalar.npy"));
  EXPECT_EQ(half.shape(), Shape{});
  EXPECT_EQ(half.item<float>(), 1.5f);
  EXPECT_EQ(load_tensor(fixture("bool_empty.npy")).shape(), (Shape{0, 3}));
  const Tensor bytes = load_tensor(fixture("uint8.npy"));
  for (int i = 0; i < 7; ++i) EXPECT_EQ(bytes.data<std::uint8_t>()[i], i);
}

TEST(Npy, ReadsEveryVersion) {
  const Tensor first = load_tensor(fixture("version_1.npy"));
  EXPECT_EQ(first.data<std::int32_t>()[0], 43);
  EXPECT_EQ(first.data<std::int32_t>()[29], -7);
  expect_same(load_tensor(fixture("version_2.npy")), first);
  expect_same(load_tensor(fixture("version_3.npy")), first);
  const Tensor swapped = load_tensor(fixture("int16_big_fortran.npy"));
  EXPECT_EQ(swapped.shape(), first.shape());
  for (int i = 0; i < 2; ++i)
    for (int j = 0; j < 3; ++j)
      for (int k = 0; k < 5; ++k)
        EXPECT_EQ(swapped.data<std::int16_t>()[i + 2 * j + 6 * k], first.data<std::int32_t>()[15 * i + 5 * j + k]);
}

TEST(Npy, WritesWhatNumPyWrites) {
  for (const char* name :
       {"float64.npy", "float32_fortran.npy", "float16_scalar.npy", "bool_empty.npy", "uint8.npy", "version_1.npy"}) {
    SCOPED_TRACE(name);
    EXPECT_EQ(written(load_tensor(fixture(name))), bytes_of(fixture(name)));
  }
}

TEST(Npy, RefusesBfloat16WithTheMend) {
  const std::string text = message_of<DTypeError>([] { written(random_tensor({2}, DType::bf16)); });
  EXPECT_HAS(text, ".safetensors");
}

TEST(Npy, NamesTheDtypeItHasNot) {
  EXPECT_HAS(message_of([] { load(fixture("objects.npy")); }), "unpickling");
  EXPECT_HAS(message_of([] { load(fixture("records.npy")); }), "named fields");
  EXPECT_HAS(message_of([] { load(fixture("uint32.npy")); }), "astype(np.int64)");
  const std::string rest = ", 'fortran_order': False, 'shape': (2,), }\n";
  EXPECT_HAS(refusal(npy("{'descr': '<U3'" + rest)), "text (dtype '<U3')");
  EXPECT_HAS(refusal(npy("{'descr': '|S12'" + rest)), "byte strings");
  EXPECT_HAS(refusal(npy("{'descr': '<f16'" + rest)), "long double");
  EXPECT_HAS(refusal(npy("{'descr': '<M8[ns]'" + rest)), "dates");
  EXPECT_HAS(refusal(npy("{'descr': '<V2'" + rest)), "bfloat16");
  EXPECT_HAS(refusal(npy("{'descr': '<q9'" + rest)), "'<q9'");
}

TEST(Npy, ReadsAnyLiteralPythonWouldWrite) {
  const std::string data("\x01\x02\x03\x04\x05\x06", 6);
  for (const char* literal : {"{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3), }\n",
                              "{'shape':(2L,3L),'fortran_order':False,'descr':'|u1'}",
                              "  {\"descr\" : \"u1\",\n\"shape\" : ( 2 ,3, ), 'fortran_order': False}  \n"}) {
    SCOPED_TRACE(literal);
    const Tensor tensor = read_bytes(npy(literal, data));
    EXPECT_EQ(tensor.shape(), (Shape{2, 3}));
    EXPECT_EQ(elements_of(tensor), data);
  }
}

TEST(Npy, RefusesAnyOtherLiteral) {
  for (const char* literal :
       {"", "{", "{}", "{'descr': '<f4'}", "{'descr': '<f4', 'fortran_order': False, 'shape': (2)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2 3)}", "{'descr': '<f4', 'fortran_order': 0, 'shape': ()}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1e3,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': ()} x",
        "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': ()}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (), 'more': 1}",
        "{'descr': 'f\\x34', 'fortran_order': False, 'shape': ()}",
        "{'descr': '', 'fortran_order': False, 'shape': ()}",
        "{'descr': __import__('os').system('true'), 'fortran_order': False, 'shape': ()}",
        "{'descr': '<f4' 'fortran_order': False, 'shape': ()}"}) {
    SCOPED_TRACE(literal);
    EXPECT_HAS(refusal(npy(literal, std::string(4, '\0'))), "'x'");
  }
}

TEST(Npy, EveryTruncationIsRefused) {
  for (const char* name : {"float64.npy", "int16_big_fortran.npy", "version_2.npy"}) {
    const std::string whole = bytes_of(fixture(name));
    for (std::size_t length = 0; length < whole.size(); ++length) {
      SCOPED_TRACE(concat(name, " cut to ", length));
      EXPECT_THROW(read_bytes(std::string_view(whole).substr(0, length)), DataError);
    }
  }
}

TEST(Npy, EveryFlippedBitIsRefusedOrHarmless) {
  const std::string whole = bytes_of(fixture("int16_big_fortran.npy"));
  std::size_t refused = 0;
  for (std::size_t bit = 0; bit < 8 * whole.size(); ++bit) {
    std::string damaged = whole;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
    try {
      elements_of(read_bytes(damaged));
    } catch (const DataError&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, std::size_t{300});  // the magic, the version, the length and the literal
}

TEST(Npy, OverlongIsRefused) { EXPECT_HAS(refusal(bytes_of(fixture("float64.npy")) + "xyz"), "3 bytes after"); }

TEST(Npy, HugePromisesAllocateNothing) {
  memory::empty_cache();
  const std::int64_t live = memory::live_bytes();
  memory::reset_peak();
  for (const char* shape : {"(9223372036854775807,)", "(4294967296, 4294967296)", "(1000000000000,)",
                            "(0, 9223372036854775807, 2)", "(3000000000, 3000000000, 0)"}) {
    SCOPED_TRACE(shape);
    refusal(npy(concat("{'descr': '<c16', 'fortran_order': False, 'shape': ", shape, ", }")));
  }
  const std::string start("\x93NUMPY\x02\x00\xff\xff\xff\xff", 12);
  EXPECT_HAS(refusal(start), "npy header of 4294967295 bytes");
  std::string axes;
  for (int i = 0; i < 65; ++i) axes += "1,";
  EXPECT_HAS(refusal(npy("{'descr': '|u1', 'fortran_order': False, 'shape': (" + axes + "), }", "x")), "65 axes");
  EXPECT_EQ(memory::peak_bytes(), live);
}

TEST(Npy, SixtyFourAxesAndZeroExtentsAreFine) {
  Shape shape(kMaxAxes, 1);
  shape[10] = 2;
  const Tensor wide = random_tensor(shape, DType::i16);
  expect_same(read_bytes(written(wide)), wide);
  const Tensor none = read_bytes(npy("{'descr': '<c16', 'fortran_order': True, 'shape': (0, 1000000000000), }"));
  EXPECT_EQ(none.shape(), (Shape{0, 1000000000000}));
}

TEST(Npy, BoolsAreZeroOrOneWhateverTheFileSays) {
  const Tensor bools =
      read_bytes(npy("{'descr': '|b1', 'fortran_order': False, 'shape': (4,), }", std::string("\0\1\2\xff", 4)));
  EXPECT_EQ(elements_of(bools), std::string("\0\1\1\1", 4));
}

TEST(Npy, SaysWhatAnotherKindOfFileIs) {
  EXPECT_HAS(refusal(""), "is empty");
  EXPECT_HAS(refusal("\x93NUM"), "first bytes");
  EXPECT_HAS(refusal(bytes_of(fixture("stored.npz"))), "name it .npz");
  EXPECT_HAS(refusal(bytes_of(fixture("reference.safetensors"))), "name it .safetensors");
  EXPECT_HAS(refusal("\x80\x04\x95pickled"), "pickle");
  EXPECT_HAS(refusal("1.0, 2.0\n"), "is not an npy file");
  EXPECT_HAS(refusal(std::string("\x93NUMPY\x04\x00\x10\x00", 10)), "version 4.0");
}

}  // namespace
}  // namespace ricci::io::test
