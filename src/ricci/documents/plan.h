// What of a Plan (ops/plan.h) is a document: save() and load(), its JSON in a file; svg() and html(), its picture and
// its page. The members are defined here, above ops/, which knows no files and no pictures.
#pragma once

#include "ricci/ops/einsum/plan.h"

namespace ricci::documents {

/// Whether the path is of a file that Plan::save() wrote, as its suffix and contents tell. Throws DataError.
RICCI_API bool names_plan(const std::string& path);

}  // namespace ricci::documents
