#include "ricci/plan/measured_rates.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "tests/path/networks.h"

namespace ricci::planning {
namespace {

using test::below;
using test::message_of;
using test::Random;

MeasuredRates example() {
  std::vector<path::KernelRates> rows = path::Rates::built_in().rows();
  for (path::KernelRates& row : rows) row.model.bytes_per_second /= 3;
  return {"Some \"Processor\" (R)", "AVX2", "2026-11-27", path::Rates(std::move(rows))};
}

TEST(MeasuredRates, ReadBackWhatWasWritten) {
  const MeasuredRates written = example(), read = rates_from_json(to_json(written));
  EXPECT_EQ(read.processor, written.processor);
  EXPECT_EQ(read.instruction_set, written.instruction_set);
  EXPECT_EQ(read.date, written.date);
  ASSERT_EQ(read.rates.rows().size(), written.rates.rows().size());
  for (std::size_t i = 0; i < read.rates.rows().size(); ++i) {
    const path::KernelRates &a = read.rates.rows()[i], &b = written.rates.rows()[i];
    EXPECT_EQ(a.dtype, b.dtype);
    EXPECT_EQ(a.semiring, b.semiring);
    EXPECT_EQ(a.model, b.model);
  }
  EXPECT_EQ(to_json(read), to_json(written));
}

TEST(MeasuredRates, RowsInAnyOrderAndUnknownOnesAreRead) {
  nlohmann::json document = nlohmann::json::parse(to_json(example()));
  std::reverse(document["rates"].begin(), document["rates"].end());
  document["rates"].push_back({{"dtype", "float128"}});
  document["rates"].push_back(3);
  document["comment"] = "measured at night";
  EXPECT_EQ(to_json(rates_from_json(document.dump())), to_json(example()));
}

TEST(MeasuredRates, EachFaultIsNamed) {
  const nlohmann::json good = nlohmann::json::parse(to_json(example()));
  const auto told = [](const nlohmann::json& document) {
    return message_of<DataError>([&] { rates_from_json(document.dump()); });
  };
  const auto with = [&](const std::string& pointer, const nlohmann::json& value) {
    nlohmann::json document = good;
    document[nlohmann::json::json_pointer(pointer)] = value;
    return told(document);
  };
  EXPECT_EQ(with("/format", "ricci-plan"), "rates JSON: format is not 'ricci-rates'");
  EXPECT_EQ(with("/format", 1), "rates JSON: format is not 'ricci-rates'");
  EXPECT_EQ(with("/version", 2), "rates JSON: version is not 1");
  EXPECT_EQ(with("/processor", 3), "rates JSON: processor must be text of at most 200 bytes");
  EXPECT_EQ(with("/date", std::string(201, '9')), "rates JSON: date must be text of at most 200 bytes");
  EXPECT_EQ(with("/rates", 3), "rates JSON: the row of float32 in sum_product is missing");
  EXPECT_EQ(with("/rates/1/dtype", "float65"), "rates JSON: the row of float64 in sum_product is missing");
  EXPECT_EQ(with("/rates/1/semiring", 7), "rates JSON: the row of float64 in sum_product is missing");
  const std::string row = "rates JSON: the row of float64 in sum_product: ";
  for (const nlohmann::json& bad : std::vector<nlohmann::json>{0, -1, 1e25, "1e9", nullptr, true, {1e9}, NAN})
    EXPECT_EQ(with("/rates/1/bytes_per_second", bad), row + "bytes_per_second must be a number from 1 to 1e+24") << bad;
  for (const nlohmann::json& bad : std::vector<nlohmann::json>{-1e-9, 1e7, "0", nullptr})
    EXPECT_EQ(with("/rates/1/seconds_per_result", bad), row + "seconds_per_result must be a number from 0 to 1e+06");
  EXPECT_EQ(with("/rates/1/seconds_per_result", 0), "");
  for (const auto& [key, value] : good.items()) {
    nlohmann::json document = good;
    document.erase(key);
    EXPECT_EQ(told(document), concat("rates JSON: the document lacks '", key, "'"));
  }
  nlohmann::json document = good;
  document["rates"][1].erase("seconds_per_step");
  EXPECT_EQ(told(document), "rates JSON: the row of float64 in sum_product lacks 'seconds_per_step'");
}

TEST(MeasuredRates, WhatIsNoDocumentIsRefused) {
  const auto told = [](const std::string& text) { return message_of<DataError>([&] { rates_from_json(text); }); };
  EXPECT_EQ(told(""), "rates JSON: not JSON at byte 1 of 0");
  EXPECT_EQ(told("{\"a\":"), "rates JSON: not JSON at byte 6 of 5");
  EXPECT_EQ(told("1e999"), "rates JSON: a number is out of range");
  for (const char* text : {"[]", "3", "null", "\"ricci-rates\"", "{}"})
    EXPECT_EQ(told(text), "rates JSON: the document lacks 'format'") << text;
  EXPECT_NE(told(std::string(1 << 16, '[')), "");
  EXPECT_NE(told("{\"a\": " + std::string(1 << 15, '[') + std::string(1 << 15, ']') + "}"), "");
}

// Any damage ends in rates or a DataError, and rates that come back predict finite seconds.
TEST(MeasuredRates, DamagedTextIsRatesOrADataError) {
  Random random(34);
  const std::string good = to_json(example());
  const std::string pieces[] = {"[", "]",     "{",    "}",    ",",           ":",    "\"", "-1",
                                "0", "1e999", "null", "\xff", "\"\\ud800\"", "e300", " "};
  int refused = 0, read = 0;
  for (int round = 0; round < 4000; ++round) {
    std::string text = good;
    for (std::size_t changes = 1 + below(random, 3); changes > 0; --changes) {
      const std::size_t at = below(random, text.size());
      switch (below(random, 4)) {
        case 0: text[at] = static_cast<char>(random.next()); break;
        case 1: text.erase(at, 1 + below(random, 20)); break;
        case 2: text.insert(at, pieces[below(random, std::size(pieces))]); break;
        default: text[at] = static_cast<char>('0' + below(random, 10));
      }
    }
    try {
      const MeasuredRates rates = rates_from_json(text);
      for (const path::KernelRates& row : rates.rates.rows())
        EXPECT_TRUE(std::isfinite(row.model.seconds({2, 3, 4, 5}, 1e9)));
      ++read;
    } catch (const DataError&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 100);
  EXPECT_GT(read, 100);
}

}  // namespace
}  // namespace ricci::planning
