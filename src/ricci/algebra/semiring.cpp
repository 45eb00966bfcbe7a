#include "ricci/algebra/semiring.h"

#include "ricci/base/error.h"

namespace ricci {

std::string semiring_names() {
  std::string names;
  for (const SemiringTraits& traits : kSemirings) names += concat(names.empty() ? "" : ", ", traits.name);
  return names;
}

Semiring parse_semiring(std::string_view name) {
  for (std::size_t i = 0; i < std::size(kSemirings); ++i)
    if (kSemirings[i].name == name) return static_cast<Semiring>(i);
  fail<EinsumError>("unknown semiring '", name, "'\n  known: ", semiring_names());
}

}  // namespace ricci
