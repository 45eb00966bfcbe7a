// The way from Storage to the pool: blocks taken and given back, counted by process and account.
#pragma once

#include "ricci/tensor/memory.h"

namespace ricci::detail {

/// The account of this thread's innermost AccountScope, or null.
Ref<Account> current_account();
/// Counts bytes that are about to be used, and again when they are done with. Throws BudgetError.
void charge(std::int64_t bytes, Account* account);
void credit(std::int64_t bytes, Account* account);
/// An uninitialised block, charged. Throws MemoryError, or BudgetError; nothing is charged then.
void* take_block(std::int64_t bytes, Account* account);
void give_block(void* data, std::int64_t bytes, Account* account);

}  // namespace ricci::detail
