#include <cmath>
#include <nlohmann/json.hpp>

#include "ricci/base/error.h"
#include "ricci/plan/format.h"
#include "ricci/report/figures.h"
#include "ricci/report/markup.h"
#include "ricci/report/outline.h"
#include "ricci/report/page.h"
#include "ricci/report/report.h"

namespace ricci::report {
namespace {

constexpr std::size_t kEquation = 160;  // signs of an equation in the table
constexpr std::size_t kHeading = 240;

// JSON inside a script element: no '<' may end the element, and what is beyond a double is written as 1e999,
// which a browser reads as infinite.
void append_json(std::string& out, const std::string& text) {
  using Json = nlohmann::json;
  for (const char c : Json(text).dump(-1, ' ', false, Json::error_handler_t::replace))
    if (c == '<')
      out += "\\u003c";
    else
      out += c;
}

void append_json(std::string& out, double value) {
  out += std::isfinite(value) ? nlohmann::json(value).dump() : std::string("1e999");
}

std::string values_in_words(const planning::Step& step) {
  std::string out;
  for (const int value : step.values) out += concat(out.empty() ? "%" : " %", value);
  return out;
}

// A row: the result's number, what it reads, equation, then flops, bytes, seconds, bytes held in all, each as a
// number to sort by and in words.
std::string steps_json(const planning::Plan& plan) {
  const std::size_t n = plan.whole.inputs.size();
  std::string out = "[";
  for (std::size_t k = 0; k < plan.steps.size(); ++k) {
    const planning::Step& step = plan.steps[k];
    out += concat(k == 0 ? "[" : ",\n[", n + k, ",\"", values_in_words(step), "\",");
    append_json(out, planning::shortened(equation_of(plan, step), kEquation));
    const auto put = [&out](double value, const std::string& words) {
      out += ',';
      append_json(out, value);
      out += concat(",\"", words, "\"");
    };
    const auto bytes = static_cast<double>(step.bytes);
    put(step.flops, planning::short_number(step.flops));
    put(bytes, planning::bytes_in_words(bytes));
    put(step.predicted_seconds, planning::seconds_in_words(step.predicted_seconds));
    const auto held = static_cast<double>(step.held_bytes);
    put(held, planning::bytes_in_words(held));
    out += ']';
  }
  return out + "]";
}

std::string card(std::string_view name, std::string_view value) {
  return concat("<div class=\"card\"><dt>", name, "</dt><dd>", escaped(value), "</dd></div>");
}

std::string cards(const planning::Plan& plan) {
  return concat("<dl class=\"cards\">", card("operands", concat(plan.whole.inputs.size())),
                card("steps", concat(plan.steps.size())), card("flops", planning::short_number(plan.flops)),
                card("peak memory", planning::bytes_in_words(static_cast<double>(plan.peak_bytes))),
                card("predicted time", planning::seconds_in_words(plan.predicted_seconds)),
                card("dtype", name_of(plan.whole.dtype)), card("semiring", name_of(plan.whole.semiring)),
                plan.slices.empty() ? "" : card("slices", planning::short_number(plan.slice_count())),
                "</dl>\n<p class=\"note\">", escaped(remarks_in_words(plan)), "</p>\n");
}

std::string inlined(const Figure& figure, std::string_view name) {
  return concat("<figure><svg xmlns=\"http://www.w3.org/2000/svg\" id=\"", name, "\" viewBox=\"16 0 ",
                coordinate(kWidth - 32), " ", coordinate(figure.height), "\" role=\"img\" aria-label=\"", name, "\">\n",
                figure.svg, "</svg></figure>\n");
}

}  // namespace

std::string to_html(const planning::Plan& plan) {
  const std::string equation = plan.whole.equation();
  return concat("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n",
                "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>",
                escaped(planning::shortened(equation, 80)), "</title>\n<style>\n", page_style(), figure_style(),
                "</style>\n</head>\n<body>\n<h1>", escaped(planning::shortened(equation, kHeading)), "</h1>\n",
                cards(plan), inlined(tree_figure(plan), "tree"), inlined(memory_figure(plan), "memory"), page_table(),
                "<script type=\"application/json\" id=\"steps\">", steps_json(plan), "</script>\n<script>\n",
                page_script(), "</script>\n</body>\n</html>\n");
}

}  // namespace ricci::report
