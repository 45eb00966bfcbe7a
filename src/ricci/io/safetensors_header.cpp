#include "ricci/io/safetensors_header.h"

#include <array>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "ricci/base/error.h"

namespace ricci::io {
namespace {

constexpr std::array<std::pair<std::string_view, DType>, kDTypeCount> kNames{{{"F16", DType::f16},
                                                                              {"BF16", DType::bf16},
                                                                              {"F32", DType::f32},
                                                                              {"F64", DType::f64},
                                                                              {"C64", DType::c64},
                                                                              {"C128", DType::c128},
                                                                              {"I8", DType::i8},
                                                                              {"I16", DType::i16},
                                                                              {"I32", DType::i32},
                                                                              {"I64", DType::i64},
                                                                              {"U8", DType::u8},
                                                                              {"BOOL", DType::b8}}};

// nlohmann's event interface: a state for each place of the fixed grammar, any other event is an error.
class Events {
 public:
  using Json = nlohmann::json;
  Events(const std::string& where, std::vector<std::int64_t>& ends) : where_(where), ends_(ends) {}
  SafetensorsHeader header;

  bool key(std::string& name) {
    if (state_ == State::names) {
      if (!names_.insert(name).second) bad("the name '", name, "' stands twice");
      entry_ = {};
      entry_.info.name = name;
      state_ = name == "__metadata__" ? State::metadata_start : State::entry_start;
    } else if (state_ == State::fields) {
      const int field = name == "dtype" ? 0 : name == "shape" ? 1 : name == "data_offsets" ? 2 : -1;
      if (field < 0) bad("'", entry_.info.name, "' has the unknown key '", name, "'");
      if (std::exchange(seen_[static_cast<std::size_t>(field)], true))
        bad("'", entry_.info.name, "' has the key '", name, "' twice");
      state_ = field == 0 ? State::dtype : field == 1 ? State::shape_start : State::offsets_start;
    } else {
      metadata_key_ = name;
      if (header.metadata.count(name)) bad("the metadata has the key '", name, "' twice");
      state_ = State::metadata_value;
    }
    return true;
  }

  bool string(std::string& value) {
    if (state_ == State::metadata_value) {
      header.metadata.emplace(metadata_key_, value);
      state_ = State::metadata;
      return true;
    }
    if (state_ != State::dtype) bad("a text stands where none belongs");
    for (const auto& [name, dtype] : kNames)
      if (value == name) {
        entry_.info.dtype = dtype;
        state_ = State::fields;
        return true;
      }
    std::string known;
    for (const auto& [name, dtype] : kNames) known += concat(known.empty() ? "" : " ", name);
    fail<DataError>(where_, ", tensor '", entry_.info.name, "' has the dtype '", value, "', which Ricci has not",
                    "\n  known: ", known);
  }

  bool number_unsigned(std::uint64_t value) {
    if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) bad("a number passes 2^63 - 1");
    const auto number = static_cast<std::int64_t>(value);
    if (state_ == State::shape) {
      entry_.info.shape.push_back(number);
    } else if (state_ == State::offsets && offset_count_ < 2) {
      (offset_count_++ == 0 ? entry_.offset : end_) = number;
    } else {
      bad("a number stands where none belongs");
    }
    return true;
  }

  bool start_object(std::size_t) {
    if (state_ == State::start) {
      state_ = State::names;
    } else if (state_ == State::entry_start) {
      seen_ = {};
      offset_count_ = 0;
      state_ = State::fields;
    } else if (state_ == State::metadata_start) {
      state_ = State::metadata;
    } else {
      bad("a '{' stands where none belongs");
    }
    return true;
  }

  bool end_object() {
    if (state_ == State::fields) {
      if (!(seen_[0] && seen_[1] && seen_[2]) || offset_count_ != 2)
        bad("'", entry_.info.name, "' must have dtype, shape and two data_offsets");
      header.entries.push_back(std::move(entry_));
      ends_.push_back(end_);
    }
    state_ = state_ == State::names ? State::done : State::names;
    return true;
  }

  bool start_array(std::size_t) {
    if (state_ != State::shape_start && state_ != State::offsets_start) bad("a '[' stands where none belongs");
    state_ = state_ == State::shape_start ? State::shape : State::offsets;
    return true;
  }
  bool end_array() {
    state_ = State::fields;
    return true;
  }

  bool null() { bad("a null stands where none belongs"); }
  bool boolean(bool) { bad("true or false stands where none belongs"); }
  bool number_integer(std::int64_t) { bad("a negative number stands where none belongs"); }
  bool number_float(double, const std::string&) { bad("a number that is no integer stands where none belongs"); }
  bool binary(Json::binary_t&) { bad("binary data stands where none belongs"); }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) {
    bad("it is no JSON at byte ", position);
  }

 private:
  enum class State {
    start,
    names,
    entry_start,
    fields,
    dtype,
    shape_start,
    shape,
    offsets_start,
    offsets,
    metadata_start,
    metadata,
    metadata_value,
    done
  };

  template <class... Parts>
  [[noreturn]] void bad(const Parts&... parts) const {
    fail<DataError>(where_, ": the safetensors header is damaged: ", parts..., "\n  make or fetch the file again");
  }

  const std::string& where_;
  std::vector<std::int64_t>& ends_;
  State state_ = State::start;
  std::set<std::string> names_;
  SafetensorsEntry entry_;
  std::int64_t end_ = 0;
  std::array<bool, 3> seen_{};
  int offset_count_ = 0;
  std::string metadata_key_;
};

}  // namespace

SafetensorsHeader parse_safetensors_header(std::string_view json, const std::string& where,
                                           std::vector<std::int64_t>& ends) {
  Events events(where, ends);
  nlohmann::json::sax_parse(json.begin(), json.end(), &events);
  return std::move(events.header);
}

std::string_view safetensors_name(DType dtype) {
  for (const auto& [name, known] : kNames)
    if (known == dtype) return name;
  return "";
}

}  // namespace ricci::io
