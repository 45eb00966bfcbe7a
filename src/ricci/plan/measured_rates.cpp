#include "ricci/plan/measured_rates.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "ricci/base/error.h"

namespace ricci::planning {
namespace {

using Json = nlohmann::ordered_json;
using path::CostModel;
using path::KernelRates;

constexpr const char* kFormat = "ricci-rates";
constexpr int kVersion = 1;
constexpr std::size_t kMostText = 200;  // bytes of a name or date

// A rate of the model: its key, where it is, and from where to where it is believed.
struct Field {
  const char* key;
  double CostModel::*value;
  double least, most;
};

constexpr Field kFields[] = {
    {"multiplications_per_second", &CostModel::multiplications_per_second, 1, 1e24},
    {"bytes_per_second", &CostModel::bytes_per_second, 1, 1e24},
    {"seconds_per_step", &CostModel::seconds_per_step, 0, 1e6},
    {"seconds_per_result", &CostModel::seconds_per_result, 0, 1e6},
    {"seconds_per_product", &CostModel::seconds_per_product, 0, 1e6},
};

template <class... Parts>
[[noreturn]] void refuse(const Parts&... parts) {
  fail<DataError>("rates JSON: ", parts...);
}

Json row_json(const KernelRates& row) {
  Json out = {{"dtype", name_of(row.dtype)}, {"semiring", name_of(row.semiring)}};
  for (const Field& field : kFields) out[field.key] = row.model.*field.value;
  return out;
}

const Json& member(const Json& object, const std::string& where, const char* key) {
  const auto at = object.find(key);  // nowhere in what is no object
  if (at == object.end()) refuse(where, " lacks '", key, "'");
  return *at;
}

std::string text(const Json& document, const char* key) {
  const Json& json = member(document, "the document", key);
  const std::string* out = json.get_ptr<const std::string*>();
  if (!out || out->size() > kMostText) refuse(key, " must be text of at most ", kMostText, " bytes");
  return *out;
}

// By its dtype and semiring; null where there is none.
const Json* find_row(const Json& rows, const KernelRates& wanted) {
  const auto is = [](const Json& row, const char* key, std::string_view name) {
    const auto at = row.find(key);
    return at != row.end() && at->is_string() && at->get_ref<const std::string&>() == name;
  };
  for (const Json& row : rows)
    if (is(row, "dtype", name_of(wanted.dtype)) && is(row, "semiring", name_of(wanted.semiring))) return &row;
  return nullptr;
}

KernelRates read_row(const Json& rows, const KernelRates& wanted) {
  const std::string where = concat("the row of ", name_of(wanted.dtype), " in ", name_of(wanted.semiring));
  const Json* row = find_row(rows, wanted);
  if (!row) refuse(where, " is missing");
  KernelRates out{wanted.dtype, wanted.semiring, {}};
  for (const Field& field : kFields) {
    const Json& json = member(*row, where, field.key);
    const double value = json.is_number() ? json.get<double>() : NAN;
    if (!(value >= field.least && value <= field.most))
      refuse(where, ": ", field.key, " must be a number from ", field.least, " to ", field.most);
    out.model.*field.value = value;
  }
  return out;
}

Json parse_text(std::string_view text) {
  try {
    return Json::parse(text);
  } catch (const nlohmann::json::parse_error& error) {
    refuse("not JSON at byte ", error.byte, " of ", text.size());
  } catch (const nlohmann::json::exception&) {
    refuse("a number is out of range");
  }
}

}  // namespace

std::string to_json(const MeasuredRates& measured) {
  Json rows = Json::array();
  for (const KernelRates& row : measured.rates.rows()) rows.push_back(row_json(row));
  const Json document = {{"format", kFormat},
                         {"version", kVersion},
                         {"processor", measured.processor},
                         {"instruction_set", measured.instruction_set},
                         {"date", measured.date},
                         {"rates", std::move(rows)}};
  return document.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

MeasuredRates rates_from_json(std::string_view json) {
  const Json document = parse_text(json);
  if (member(document, "the document", "format") != kFormat) refuse("format is not '", kFormat, "'");
  if (member(document, "the document", "version") != kVersion) refuse("version is not ", kVersion);
  const Json& rows = member(document, "the document", "rates");
  std::vector<KernelRates> read;
  for (const KernelRates& wanted : path::Rates::built_in().rows()) read.push_back(read_row(rows, wanted));
  return {text(document, "processor"), text(document, "instruction_set"), text(document, "date"),
          path::Rates(std::move(read))};
}

}  // namespace ricci::planning
