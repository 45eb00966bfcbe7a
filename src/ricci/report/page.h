// The parts of the HTML page that are the same for every plan: style, the table's frame, the script that
// fills, sorts and filters it. The script puts text into the page as text only.
#pragma once

#include <string_view>

namespace ricci::report {

std::string_view page_style();
std::string_view page_table();
std::string_view page_script();

}  // namespace ricci::report
