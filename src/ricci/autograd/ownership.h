// Ownership: which counted objects are, in the end, owned by known owners alone. The tape, tensors, hooks and functions
// own each other across both languages, and none of Python's objects can tell alone whether it is the last to hold one.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "ricci/autograd/owner.h"
#include "ricci/tensor/tensor.h"

namespace ricci {

/// An object is followed to what it owns once all of its owners are known. Then nobody else reaches it, on any thread:
/// who reads an object holds an owner's count, of it or of one that owns it. So it is read without locks, and stays as
/// it is while its known owners are not used; what has an owner that is not known stays out, with all below.
class RICCI_API Ownership {
 public:
  struct Object {
    const RefCounted* object;
    std::uint32_t known = 0;  // of its owners
    bool followed = false;
    bool assumed = false;              // its .grad is followed
    std::vector<std::size_t> owned{};  // by index, once for each count
    bool is_owned() const { return known == object->owners(); }
  };

  /// One more owner's count of this object is known; its index.
  std::size_t add(const RefCounted* object);
  /// Leaves whose .grad is followed though they may have owners that are not known: whether they have shows when all
  /// has been followed. One owner's count of each is known. HeldGradients has to live until then.
  void assume(const std::vector<TensorImpl*>& leaves);
  /// Follows all that can be.
  void follow();

  const std::vector<Object>& objects() const { return objects_; }
  /// Of an object among them.
  std::size_t index(const RefCounted* object) const { return indices_.at(object); }

 private:
  std::vector<Object> objects_;
  std::unordered_map<const RefCounted*, std::size_t> indices_;
  std::vector<std::size_t> ready_;  // all owners are known
  void follow(std::size_t i);
};

}  // namespace ricci
