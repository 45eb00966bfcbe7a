// Recycled<T>: freed objects of T wait on a list of their thread for the next one made there, so that what every
// call makes and drops again costs no trip to the allocator. Under sanitizers it is empty: all are freed, to be
// watched.
#pragma once

#include <cstddef>
#include <new>

#include "ricci/base/sanitizers.h"

namespace ricci {

#if RICCI_ADDRESS_SANITIZER || RICCI_THREAD_SANITIZER
template <class T>
class Recycled {};
#else
// Memory is freed without saying its size: clang has the sized form from version 19 on.
template <class T>
class Recycled {
 public:
  static void* operator new(std::size_t size) {
    List& list = mine();
    if (size != sizeof(T) || !list.first) return ::operator new(size, kAlignment);
    Link* link = list.first;
    list.first = link->next;
    --list.length;
    return link;
  }
  static void operator delete(void* memory, std::size_t size) {
    List& list = mine();
    if (size != sizeof(T) || list.length == kMost) return ::operator delete(memory, kAlignment);
    list.first = ::new (memory) Link{list.first};
    ++list.length;
  }

 private:
  static constexpr std::size_t kMost = 64;
  static constexpr std::align_val_t kAlignment{64};

  struct Link {
    Link* next;
  };
  // Without a destructor: objects that outlive their thread's other locals come back to a list that is full.
  struct List {
    Link* first = nullptr;
    std::size_t length = 0;
    bool has_closer = false;
  };
  // Frees the list when the thread ends.
  struct Closer {
    ~Closer() {
      List& list = list_;
      while (list.first) {
        Link* link = list.first;
        list.first = link->next;
        ::operator delete(link, kAlignment);
      }
      list.length = kMost;
    }
    void open() { list_.has_closer = true; }
  };

  static List& mine() {
    List& list = list_;
    if (!list.has_closer) closer_.open();
    return list;
  }
  static inline thread_local List list_{};
  static inline thread_local Closer closer_{};
};
#endif

}  // namespace ricci
