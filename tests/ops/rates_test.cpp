// Where rates come from: built in unless they are asked for, from the user's cache folder or a file by its path.
#include "ricci/ops/einsum/rates.h"

#include <gtest/gtest.h>

#include "ricci/ops/einsum/budget.h"
#include "ricci/ops/einsum/plan.h"
#include "tests/io/helpers.h"
#include "tests/message.h"

namespace ricci {
namespace {

using testing::message;

// A cache folder of the test's own, and rates unlike the built-in ones.
class RatesOfAFolder : public ::testing::Test {
 protected:
  RatesOfAFolder() { ::setenv("XDG_CACHE_HOME", (folder_ / "cache").c_str(), 1); }
  ~RatesOfAFolder() override {
    if (before_.empty())
      ::unsetenv("XDG_CACHE_HOME");
    else
      ::setenv("XDG_CACHE_HOME", before_.c_str(), 1);
  }

  static path::Rates slower(double factor) {
    std::vector<path::KernelRates> rows = path::Rates::built_in().rows();
    for (path::KernelRates& row : rows) row.model.bytes_per_second /= factor;
    return path::Rates(std::move(rows));
  }
  static std::string told(const std::string& name) {
    return message([&] { chosen_rates(name); });
  }
  std::string path() const { return folder_ / "cache/ricci/rates.json"; }
  void write(const std::string& text) const { std::ofstream(path()) << text; }

  io::test::Folder folder_;

 private:
  static std::string value_of(const char* variable) {
    const char* value = std::getenv(variable);
    return value ? value : "";
  }
  std::string before_ = value_of("XDG_CACHE_HOME");
};

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  return at == std::string::npos ? "" : text.replace(at, from.size(), to);
}

Plan plan_by(const std::string& rates) {
  return plan("ij,jk,kl->il", {{64, 8}, {8, 512}, {512, 16}}, {.rates = rates});
}

TEST_F(RatesOfAFolder, WhatWasMeasuredIsFoundWhenAskedFor) {
  EXPECT_EQ(save_measured(slower(3)), path());
  const ChosenRates chosen = chosen_rates("measured");
  EXPECT_NE(chosen.measured.find(concat("'", path(), "'")), std::string::npos) << chosen.measured;
  for (std::size_t i = 0; i < chosen.rates.rows().size(); ++i)
    EXPECT_EQ(chosen.rates.rows()[i].model, slower(3).rows()[i].model);
  EXPECT_EQ(save_measured(slower(5)), path()) << "in the place of the older ones";
  EXPECT_EQ(chosen_rates("measured").rates.rows()[0].model, slower(5).rows()[0].model);
  EXPECT_EQ(chosen_rates(path()).rates.rows()[0].model, slower(5).rows()[0].model);
}

TEST_F(RatesOfAFolder, PlansDoNotDependOnThemUnlessAskedTo) {
  const std::string before = plan_by("builtin").to_json();
  save_measured(slower(100));
  EXPECT_EQ(plan_by("builtin").to_json(), before);
  const Plan other = plan_by("measured");
  EXPECT_EQ(other.data().model, slower(100).model(DType::f32));
  EXPECT_GT(other.predicted_seconds(), 10 * plan_by("builtin").predicted_seconds());
  EXPECT_NE(other.explain().find("predicted by other rates than the built-in: "), std::string::npos);
  EXPECT_EQ(plan_by("builtin").explain().find("predicted by other rates"), std::string::npos);
  EXPECT_EQ(Plan::from_json(other.to_json()).data().model, other.data().model);
}

TEST_F(RatesOfAFolder, APlanThatReplacesOneKeepsItsRates) {
  save_measured(slower(100));
  const Plan chain = plan("ij,jk,kl->il", {{64, 64}, {64, 64}, {64, 64}}, {.rates = "measured"});
  const PlanRef free = std::make_shared<const execute::Executable>(chain.data());
  planning::PlanningOptions asked;
  asked.max_bytes = 20'000;  // two matrices take 32,768
  const PlanRef capped = within_budget(free, asked);
  EXPECT_FALSE(capped->slices.empty());
  EXPECT_EQ(capped->model, slower(100).model(DType::f32));
}

TEST_F(RatesOfAFolder, WhatIsMissingIsSaid) {
  const std::string path = this->path();
  EXPECT_EQ(told("measured"), concat("no rates were measured on this machine: there is no file '", path,
                                     "'\n  measure them: ricci bench --calibrate"));
  EXPECT_EQ(told("measurd"),
            "'measurd': no such file\n"
            "  rates are 'builtin', 'measured', or the path of a file that ricci bench --calibrate wrote");
  EXPECT_THROW(plan_by("measured"), DataError);
  const std::string home = std::getenv("HOME") ? std::getenv("HOME") : "";
  ::setenv("XDG_CACHE_HOME", "relative", 1);
  ::unsetenv("HOME");
  EXPECT_EQ(told("measured"),
            "there is no place for measured rates: neither XDG_CACHE_HOME nor HOME is an absolute path\n"
            "  set one of them");
  ::setenv("HOME", (folder_ / "home").c_str(), 1);
  EXPECT_EQ(save_measured(slower(2)), folder_ / "home/.cache/ricci/rates.json");
  if (home.empty())
    ::unsetenv("HOME");
  else
    ::setenv("HOME", home.c_str(), 1);
}

TEST_F(RatesOfAFolder, ThoseOfAnotherMachineAreTakenByTheirPathOnly) {
  save_measured(slower(3));
  const std::string text = io::test::bytes_of(path());
  const auto at = text.find("\"instruction_set\": \"");
  ASSERT_NE(at, std::string::npos);
  write(replaced(text, "\"instruction_set\": \"", "\"instruction_set\": \"Z"));
  EXPECT_NE(told("measured").find(concat("'", path(), "' has the rates of ")), std::string::npos) << told("measured");
  EXPECT_NE(told("measured").find("or name the file, which takes them all the same"), std::string::npos);
  EXPECT_EQ(chosen_rates(path()).rates.rows()[0].model, slower(3).rows()[0].model);
  write(replaced(text, "\"processor\": \"", "\"processor\": \"Z\\u001b"));
  EXPECT_NE(told("measured").find(concat("has the rates of Z\ufffd")), std::string::npos)
      << "nothing reaches a terminal";
  write(text);
  EXPECT_EQ(told("measured"), "no error");
}

TEST_F(RatesOfAFolder, ADamagedFileIsNamedWithTheMend) {
  save_measured(slower(3));
  const std::string text = io::test::bytes_of(path()), mend = "\n  measure them again: ricci bench --calibrate";
  for (const std::string& name : {std::string("measured"), path()}) {
    write(text.substr(0, text.size() / 2));
    EXPECT_TRUE(told(name).starts_with(concat("'", path(), "': rates JSON: not JSON at byte "))) << told(name);
    EXPECT_TRUE(told(name).ends_with(mend));
    write("");
    EXPECT_EQ(told(name), concat("'", path(), "': rates JSON: not JSON at byte 1 of 0", mend));
    write(replaced(text, "ricci-rates", "ricci-plan"));
    EXPECT_EQ(told(name), concat("'", path(), "': rates JSON: format is not 'ricci-rates'", mend));
    write(text + std::string(1 << 16, ' '));
    EXPECT_NE(told(name).find("bytes are too many for rates; at most 65536 are read"), std::string::npos);
  }
  std::filesystem::remove(path());
  std::filesystem::create_directory(path());
  EXPECT_EQ(told("measured"), concat("'", path(), "' is a folder\n  name a file in it"));
  EXPECT_THROW(save_measured(slower(2)), DataError);
}

}  // namespace
}  // namespace ricci
