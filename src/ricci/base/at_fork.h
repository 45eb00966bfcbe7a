// Forks: a child has the thread that forked and no other, and what the others held stays as it was. Locks that guard
// state of the whole process are taken before a fork, so that the child finds that state whole and the locks free.
#pragma once

#include <mutex>
#include <span>

#include "ricci/base/api.h"

namespace ricci {

/// The order in which locks are taken: while one is held, only those of later rows may be waited for.
enum class ForkRank { settings, plans, gradients, blocks, operations, releases };

/// Takes these before every fork, for as long as the process runs; whoever holds one waits for no lock of others, such
/// as Python's. Saying it twice does no harm.
RICCI_API void hold_across_fork(ForkRank rank, std::span<std::mutex> mutexes);
inline void hold_across_fork(ForkRank rank, std::mutex& mutex) { hold_across_fork(rank, {&mutex, 1}); }
/// Frees these in every child instead: locks that only say whose turn it is, and may be held for long.
RICCI_API void free_in_child(std::span<std::mutex> mutexes);

/// Whether this process is a forked child of one that had the library loaded.
RICCI_API bool is_forked();

}  // namespace ricci
