#include "ricci/io/numpy/npy.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "ricci/base/error.h"
#include "ricci/io/array_checks.h"
#include "ricci/io/elements.h"
#include "ricci/io/numpy/npy_literal.h"

namespace ricci::io {
namespace {

static_assert(std::endian::native == std::endian::little, "files are written in this machine's byte order");

constexpr std::string_view kMagic("\x93NUMPY", 6);
constexpr std::int64_t kMaxHeader = 64 << 10;
constexpr std::size_t kAlignment = 64;     // NumPy's, so that the data can be mapped
constexpr std::size_t kGrowthDigits = 21;  // NumPy leaves room for the growing extent of an appended file

// What a file of another kind says in its first bytes.
std::string_view looks_like(std::string_view start) {
  if (start.starts_with("PK\x03\x04") || start.starts_with("PK\x05\x06"))
    return "it looks like an npz file: name it .npz";
  if (start.starts_with("\x80")) return "it looks like a Python pickle, which Ricci never opens: save it with np.save";
  if (start.starts_with("\x89HDF")) return "it looks like an HDF5 file: save the array with np.save";
  if (start.size() == 6 && start.substr(2) == std::string_view("\0\0\0\0", 4))
    return "it may be a safetensors file: name it .safetensors";
  return "save the array with np.save";
}

std::int64_t read_length(ByteStream& stream, int bytes) {
  unsigned char raw[4] = {};
  stream.read(raw, bytes);
  return raw[0] | raw[1] << 8 | raw[2] << 16 | static_cast<std::int64_t>(raw[3]) << 24;
}

NpyLiteral read_literal(ByteStream& stream) {
  char start[8] = {};
  const std::int64_t present = std::min<std::int64_t>(stream.left(), 8);
  stream.read(start, present);
  const std::string_view seen(start, static_cast<std::size_t>(std::min<std::int64_t>(present, 6)));
  if (seen.size() < 6 && kMagic.starts_with(seen))
    fail<DataError>(stream.name(), present == 0 ? " is empty" : " ends within the first bytes of an npy file",
                    "\n  it was not written to its end; make or fetch it again");
  if (seen != kMagic) fail<DataError>(stream.name(), " is not an npy file\n  ", looks_like(seen));
  const int major = static_cast<unsigned char>(start[6]), minor = static_cast<unsigned char>(start[7]);
  if (present == 8 && (major < 1 || major > 3 || minor != 0))
    fail<DataError>(stream.name(), " has npy version ", major, ".", minor, "; Ricci reads 1.0, 2.0 and 3.0",
                    "\n  save it again with np.save");
  const std::int64_t length = read_length(stream, major == 1 ? 2 : 4);
  if (length > kMaxHeader)
    fail<DataError>(stream.name(), " has an npy header of ", length, " bytes; at most ", kMaxHeader,
                    " are read\n  it is damaged or hostile: an array's header has about 128");
  std::string text(static_cast<std::size_t>(std::min(length, stream.left())), ' ');
  stream.read(text.data(), length);
  return parse_npy_literal(text, stream.name());
}

bool is_column_major(const Tensor& tensor) { return !tensor.is_contiguous() && reversed_axes(tensor).is_contiguous(); }

std::string header_of(const Tensor& tensor) {
  const bool column_major = is_column_major(tensor);
  std::string text =
      concat("{'descr': '", npy_descr(tensor.dtype(), "npy"), "', 'fortran_order': ", column_major ? "True" : "False",
             ", 'shape': ", tensor.shape(), ", }");
  if (tensor.ndim() > 0) text.append(kGrowthDigits - concat(tensor.extent(column_major ? -1 : 0)).size(), ' ');
  const std::size_t fixed = kMagic.size() + 4;
  text.append(kAlignment - (fixed + text.size() + 1) % kAlignment, ' ');
  text += '\n';
  std::string head(kMagic);
  head += {'\x01', '\x00', static_cast<char>(text.size() & 0xff), static_cast<char>(text.size() >> 8)};
  return head + text;
}

class NpyFile : public ArrayFile {
 public:
  explicit NpyFile(const InputFile& file) : file_(file) {}
  std::vector<std::string> names() const override { return {""}; }
  ArrayInfo info(std::size_t) const override;
  Tensor read(std::size_t) const override {
    FileStream stream(file_);
    return read_npy(stream);
  }

 private:
  InputFile file_;
};

ArrayInfo NpyFile::info(std::size_t) const {
  FileStream stream(file_);
  ArrayInfo info = read_npy_header(stream);
  const std::int64_t bytes = checked_bytes(info, file_.name());
  if (bytes != stream.left())
    fail<DataError>(file_.name(), ": its header promises ", bytes, " bytes of data (", describe(info), ") but ",
                    stream.left(), " follow\n  the file is damaged; make or fetch it again");
  return info;
}

}  // namespace

ArrayInfo read_npy_header(ByteStream& stream) {
  ArrayInfo info = read_literal(stream).info;
  checked_bytes(info, stream.name());
  return info;
}

Tensor read_npy(ByteStream& stream) {
  const NpyLiteral literal = read_literal(stream);
  const std::int64_t excess = stream.left() - checked_bytes(literal.info, stream.name());
  if (excess > 0)
    fail<DataError>(stream.name(), " has ", excess, " bytes after its ", describe(literal.info), " array",
                    "\n  several arrays belong in one npz file: np.savez(file, a=x, b=y)");
  return read_elements(stream, literal.info, literal.big_endian);
}

void write_npy(const Tensor& tensor, FunctionRef<void(const void*, std::size_t)> sink) {
  check_writable(tensor, "npy");
  const std::string header = header_of(tensor);
  sink(header.data(), header.size());
  for_each_piece(is_column_major(tensor) ? reversed_axes(tensor) : tensor, sink);
}

std::unique_ptr<ArrayFile> open_npy(const InputFile& file) { return std::make_unique<NpyFile>(file); }

void write_npy_file(OutputFile& out, std::span<const NamedTensor> tensors, const Metadata&) {
  write_npy(tensors[0].tensor, [&](const void* data, std::size_t bytes) { out.write(data, bytes); });
}

}  // namespace ricci::io
