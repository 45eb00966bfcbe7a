// malloc and its kin replaced in the program that includes this, once; all that allocates in it ends in them. The
// program says what they do beside: testing::allows_allocation(), testing::note_taken() and testing::note_freed().
#pragma once

#include <cerrno>
#include <cstddef>

namespace ricci::testing {

/// Asked at each allocation: false makes it fail.
bool allows_allocation();
/// Told of each new block, null where there was no memory, and of each that goes.
void note_taken(const void* block);
void note_freed(const void* block);

}  // namespace ricci::testing

// Visible, so that the libraries call them too.
#pragma GCC visibility push(default)
extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);
void __libc_free(void*);

void* malloc(std::size_t bytes) {
  void* block = ricci::testing::allows_allocation() ? __libc_malloc(bytes) : nullptr;
  ricci::testing::note_taken(block);
  return block;
}
void* calloc(std::size_t n, std::size_t bytes) {
  void* block = ricci::testing::allows_allocation() ? __libc_calloc(n, bytes) : nullptr;
  ricci::testing::note_taken(block);
  return block;
}
void* realloc(void* old, std::size_t bytes) {
  if (!ricci::testing::allows_allocation()) return nullptr;
  void* block = __libc_realloc(old, bytes);
  if (!old)
    ricci::testing::note_taken(block);
  else if (bytes == 0)
    ricci::testing::note_freed(old);
  return block;
}
void* aligned_alloc(std::size_t alignment, std::size_t bytes) {
  void* block = ricci::testing::allows_allocation() ? __libc_memalign(alignment, bytes) : nullptr;
  ricci::testing::note_taken(block);
  return block;
}
int posix_memalign(void** out, std::size_t alignment, std::size_t bytes) {
  *out = aligned_alloc(alignment, bytes);
  return *out ? 0 : ENOMEM;
}
void free(void* block) {
  ricci::testing::note_freed(block);
  __libc_free(block);
}
}
#pragma GCC visibility pop
