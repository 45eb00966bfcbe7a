#include "examples/main_job/calls.h"
#include "examples/main_job/parts.h"

namespace ricci::examples {

void run_calls(Transcript& transcript) {
  transcript.part("THE CALLS: each held against loops written from its definition");
  show_products(transcript);
  show_einsum(transcript);
  show_tensors(transcript);
}

}  // namespace ricci::examples
