// The transcript of the main job: calls with shapes, values and gradients, and a check mark for each
// thing that was held against the definition. Counts what failed; the main job exits by that count.
#pragma once

#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "examples/main_job/style.h"
#include "ricci/tensor/tensor.h"

namespace ricci::examples {

class Transcript {
 public:
  Transcript(std::ostream& out, const Style& style) : out_(out), style_(style) {}

  std::ostream& out() { return out_; }
  const Style& style() const { return style_; }

  void part(const std::string& title);
  /// A numbered heading.
  void title(const std::string& text);
  /// The call as one writes it.
  void call(const std::string& code);
  /// A tensor with its shape.
  void show(const std::string& name, const Tensor& tensor);
  void say(const std::string& text);
  /// What a published page says, what is right, and why.
  void correction(const std::string& text);
  /// A line with a check mark, or several.
  void check(const std::string& what, bool right) { checks({{what, right}}); }
  void checks(const std::vector<std::pair<std::string, bool>>& marks);
  /// Holds y and its gradients for all operands against `equation` by definition, for a random seed:
  /// the value, each gradient, and <x_k, grad x_k> = <seed, y>. Shows the operands' .grad for a seed of ones.
  void contraction(const std::string& equation, const Tensor& y, const std::vector<Tensor>& operands,
                   const std::vector<std::string>& names);

  int checked() const { return checked_; }
  int failed() const { return failed_; }

 private:
  std::ostream& out_;
  Style style_;
  int number_ = 0, checked_ = 0, failed_ = 0;
};

}  // namespace ricci::examples
