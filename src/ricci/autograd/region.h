// Region: what a checkpoint runs. The nodes recorded in it keep no values but numbered slots; the first
// slot that is read runs the function again and fills them all. So the tape is an ordinary one, and
// every transform goes through it. See transform/checkpoint.
#pragma once

#include <functional>
#include <mutex>
#include <vector>

#include "ricci/autograd/saved.h"

namespace ricci {

class RICCI_API Region : public RefCounted, public Owner {
 public:
  using Rerun = std::function<void(const std::vector<Tensor>&)>;
  /// `rerun` computes the same from the same inputs; its result is not looked at. `held` is kept for it to borrow from.
  Region(Rerun rerun, const std::vector<Tensor>& inputs, Ref<RefCounted> held = {});

  /// While it lives, what this thread records belongs to the region.
  class RICCI_API Scope {
   public:
    explicit Scope(Region& region, bool fills = false);
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    Region& region_;
    Region* before_;
    bool fills_before_;
  };
  /// The region this thread records into, or null.
  static Region* current();

  /// Keeps a value by its slot, or, when filling, fills the next slot with it.
  Saved keep(const Tensor& value);
  /// Notes an operand, so that a rerun with operands changed in place is found out.
  void note(const Tensor& operand);
  /// The value of a slot. Throws GradError when the function does something else the second time.
  Tensor read(std::size_t slot);
  void drop(std::size_t slot);
  void visit_owned(OwnedVisitor visit) const override;

 private:
  struct Note {
    const Storage* storage;
    std::uint32_t version;
  };
  void run_again();

  std::recursive_mutex mutex_;
  Ref<RefCounted> held_;
  Rerun rerun_;
  SmallVector<Saved, 3> inputs_;
  std::vector<Note> notes_;
  std::vector<Tensor> first_;   // by slot, while the first run lasts: gradients may be taken inside it
  std::vector<Tensor> values_;  // by slot; undefined once dropped
  std::size_t slots_ = 0;       // handed out by the first run
  std::size_t noted_ = 0;       // how far a filling run has come
  bool filled_ = false;
};

/// A slot as a node holds it: let go of with the node's other values.
class RICCI_API Slot : public RefCounted, public Owner {
 public:
  Slot(Ref<Region> region, std::size_t number) : region_(std::move(region)), number_(number) {}
  ~Slot() override { region_->drop(number_); }
  Tensor read() const { return region_->read(number_); }
  void visit_owned(OwnedVisitor visit) const override { visit(region_.get()); }

 private:
  Ref<Region> region_;
  std::size_t number_;
};

}  // namespace ricci
