#include "ricci/documents/plan.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "ricci/base/error.h"
#include "ricci/ops/create.h"

namespace ricci::documents {
namespace {

std::string in_folder(const std::string& name) {
  const std::filesystem::path folder = std::filesystem::path(::testing::TempDir()) / "ricci_documents";
  std::filesystem::create_directories(folder);
  return (folder / name).string();
}

Plan matrix_product() { return plan("ij,jk->ik", {{2, 3}, {3, 4}}); }

TEST(PlanDocuments, AFileComesBack) {
  const std::string path = in_folder("plan.json");
  matrix_product().save(path);
  EXPECT_EQ(Plan::load(path).to_json(), matrix_product().to_json());
  std::ofstream(path) << "{}";
  EXPECT_THROW(Plan::load(path), DataError);
}

TEST(PlanDocuments, ASavedPlanIsTold) {
  const std::string saved = in_folder("saved.json"), network = in_folder("network.json");
  matrix_product().save(saved);
  std::ofstream(network) << R"({"eq": "i", "shapes": [[2]]})";
  EXPECT_TRUE(names_plan(saved));
  EXPECT_FALSE(names_plan(network));
  EXPECT_FALSE(names_plan("ij,jk->ik"));
}

TEST(PlanDocuments, PicturesAreDrawn) {
  EXPECT_TRUE(matrix_product().svg().starts_with("<svg"));
  EXPECT_NE(matrix_product().html().find("<svg"), std::string::npos);
}

}  // namespace
}  // namespace ricci::documents
