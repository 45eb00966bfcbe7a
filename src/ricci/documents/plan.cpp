#include "ricci/documents/plan.h"

#include <algorithm>

#include "ricci/files/input_file.h"
#include "ricci/files/output_file.h"
#include "ricci/report/report.h"

namespace ricci {
namespace {

std::string first_bytes(const io::InputFile& file, std::int64_t most) {
  std::string text(static_cast<std::size_t>(std::min(file.size(), most)), '\0');
  file.read(0, text.data(), static_cast<std::int64_t>(text.size()));
  return text;
}

}  // namespace

std::string Plan::svg() const { return report::to_svg(data()); }
std::string Plan::html() const { return report::to_html(data()); }

void Plan::save(const std::string& file) const {
  io::OutputFile out(file);
  out.write(to_json());
  out.commit();
}

Plan Plan::load(const std::string& file) {
  const io::InputFile in = io::InputFile::open(file);
  constexpr std::int64_t kMostBytes = std::int64_t{1} << 30;
  if (in.size() > kMostBytes) fail<DataError>(in.name(), ": ", in.size(), " bytes are too many for a plan");
  try {
    return from_json(first_bytes(in, kMostBytes));
  } catch (const DataError& error) {
    fail<DataError>(in.name(), ": ", error.what());
  }
}

namespace documents {

bool names_plan(const std::string& path) {
  if (!path.ends_with(".json")) return false;
  // Its keys are sorted, so "format" comes after the contraction; no key of a network has this value.
  const std::string text = first_bytes(io::InputFile::open(path), std::int64_t{1} << 28);
  return text.find("\"ricci-plan\"") != std::string::npos;
}

}  // namespace documents
}  // namespace ricci
