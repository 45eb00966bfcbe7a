#include "ricci/io/numpy/npy_literal.h"

#include <array>
#include <charconv>

#include "ricci/base/error.h"

namespace ricci::io {
namespace {

struct Descr {
  std::string_view code;
  DType dtype;
};
constexpr std::array<Descr, 11> kDescrs{{{"f2", DType::f16},
                                         {"f4", DType::f32},
                                         {"f8", DType::f64},
                                         {"c8", DType::c64},
                                         {"c16", DType::c128},
                                         {"i1", DType::i8},
                                         {"i2", DType::i16},
                                         {"i4", DType::i32},
                                         {"i8", DType::i64},
                                         {"u1", DType::u8},
                                         {"b1", DType::b8}}};

// Why a dtype is not read, and what to do in Python.
struct Refusal {
  std::string_view code, why, mend;
};
constexpr std::array<Refusal, 12> kRefusals{{
    {"O", "Python objects, which only unpickling can read; that runs code from the file, so Ricci never does it",
     "save plain numbers: np.save(file, np.asarray(x, dtype=np.float64))"},
    {"u2", "uint16", "save x.astype(np.int32)"},
    {"u4", "uint32", "save x.astype(np.int64)"},
    {"u8", "uint64", "save x.astype(np.int64) if its values are below 2**63"},
    {"f16", "long double", "save x.astype(np.float64)"},
    {"c32", "complex long double", "save x.astype(np.complex128)"},
    {"S", "byte strings", "only numbers can be contracted"},
    {"U", "text", "only numbers can be contracted"},
    {"M", "dates", "save x.astype(np.int64)"},
    {"m", "time spans", "save x.astype(np.int64)"},
    {"V2", "raw bytes, as NumPy saves bfloat16", "save bfloat16 as safetensors, or x.astype(np.float32)"},
    {"V", "raw bytes", "save them as an array of numbers: x.view(dtype)"},
}};

class Parser {
 public:
  Parser(std::string_view text, const std::string& where) : text_(text), where_(where) {}

  NpyLiteral parse() {
    expect('{', "'{'");
    while (!accept('}')) {
      entry();
      if (accept('}')) break;
      expect(',', "',' or '}'");
    }
    blanks();
    if (at_ != text_.size()) damaged("nothing more");
    for (std::size_t key = 0; key < kKeys.size(); ++key)
      if (!seen_[key]) fail<DataError>(where_, ": the npy header has no key '", kKeys[key], "'\n  ", kAgain);
    return out_;
  }

 private:
  static constexpr std::array<std::string_view, 3> kKeys{"descr", "fortran_order", "shape"};
  static constexpr std::string_view kAgain = "the file is damaged or is no npy file; save it again with np.save";

  void entry() {
    const std::string_view key = quoted("a key in quotes");
    const auto index = find_index(kKeys, key);
    if (index < 0) fail<DataError>(where_, ": unknown key '", key, "' in the npy header\n  ", kAgain);
    if (std::exchange(seen_[static_cast<std::size_t>(index)], true))
      fail<DataError>(where_, ": the npy header has the key '", key, "' twice\n  ", kAgain);
    expect(':', "':'");
    if (index == 0)
      descr();
    else if (index == 1)
      out_.info.column_major = truth();
    else
      shape();
  }

  void descr() {
    blanks();
    if (at_ < text_.size() && text_[at_] == '[')
      fail<DataError>(where_, " holds records with named fields, not plain numbers",
                      "\n  save one field: np.save(file, x['name'])");
    const std::string_view written = quoted("a dtype in quotes");
    std::string_view code = written;
    const bool marked = !code.empty() && std::string_view("<>|=").find(code[0]) != std::string_view::npos;
    out_.big_endian = marked && code[0] == '>';
    if (marked) code.remove_prefix(1);
    for (const Descr& known : kDescrs)
      if (code == known.code) {
        out_.info.dtype = known.dtype;
        return;
      }
    for (const Refusal& known : kRefusals)
      if (code == known.code || (known.code.size() == 1 && code.starts_with(known.code)))
        fail<DataError>(where_, " holds ", known.why, " (dtype '", written, "')\n  ", known.mend);
    fail<DataError>(
        where_, " has the dtype '", written,
        "', which Ricci has not\n  known: floats f2 f4 f8, complex c8 c16, integers i1 i2 i4 i8 u1, bool b1");
  }

  bool truth() {
    blanks();
    for (const auto& [word, value] : {std::pair{std::string_view("True"), true}, {"False", false}})
      if (text_.substr(at_).starts_with(word)) {
        at_ += word.size();
        return value;
      }
    damaged("True or False");
  }

  void shape() {
    expect('(', "'(' of the shape");
    bool comma = true;
    while (!accept(')')) {
      if (!comma) damaged("',' or ')'");
      out_.info.shape.push_back(number());
      comma = accept(',');
    }
    if (out_.info.shape.size() == 1 && !comma) damaged("',' after the only extent, as Python writes (3,)");
  }

  std::int64_t number() {
    blanks();
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), value);
    if (error == std::errc::result_out_of_range)
      fail<DataError>(where_, ": an extent in the npy header passes 2^63 - 1\n  the file is damaged or hostile");
    if (error != std::errc()) damaged("an extent");
    at_ = static_cast<std::size_t>(end - text_.data());
    if (at_ < text_.size() && text_[at_] == 'L') ++at_;  // Python 2 wrote 3L
    return value;
  }

  std::string_view quoted(std::string_view wanted) {
    blanks();
    const char quote = at_ < text_.size() ? text_[at_] : '\0';
    const auto end = quote == '\'' || quote == '"' ? text_.find(quote, at_ + 1) : std::string_view::npos;
    if (end == std::string_view::npos) damaged(wanted);
    const std::string_view inside = text_.substr(at_ + 1, end - at_ - 1);
    if (inside.find('\\') != std::string_view::npos) damaged(wanted);
    at_ = end + 1;
    return inside;
  }

  void blanks() {
    while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos) ++at_;
  }
  bool accept(char c) {
    blanks();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void expect(char c, std::string_view wanted) {
    if (!accept(c)) damaged(wanted);
  }
  [[noreturn]] void damaged(std::string_view wanted) const {
    fail<DataError>(where_, ": the npy header is not one: ", wanted, " expected at its byte ", at_,
                    at_ < text_.size() ? "" : ", where it ends", "\n  ", kAgain);
  }

  std::string_view text_;
  const std::string& where_;
  std::size_t at_ = 0;
  std::array<bool, 3> seen_{};
  NpyLiteral out_;
};

}  // namespace

NpyLiteral parse_npy_literal(std::string_view text, const std::string& where) { return Parser(text, where).parse(); }

std::string_view npy_lacks(DType dtype) {
  return dtype == DType::bf16 ? "NumPy has no bfloat16, so npy and npz files can't hold it" : "";
}

std::string_view npy_descr(DType dtype, const std::string& where) {
  switch (dtype) {
    case DType::f16: return "<f2";
    case DType::f32: return "<f4";
    case DType::f64: return "<f8";
    case DType::c64: return "<c8";
    case DType::c128: return "<c16";
    case DType::i8: return "|i1";
    case DType::i16: return "<i2";
    case DType::i32: return "<i4";
    case DType::i64: return "<i8";
    case DType::u8: return "|u1";
    case DType::b8: return "|b1";
    case DType::bf16: break;
  }
  fail<DTypeError>(where, ": ", npy_lacks(dtype), "\n  save it as .safetensors, or cast it to float32");
}

}  // namespace ricci::io
