// CPython finds cycles by counting: an object all of whose references come from objects that are garbage is garbage. A
// C++ object in between has no count that CPython sees, and may have owners of both languages. So before a collection
// each C++ object that leads to a Python object gets a mirror, a Python object with a reference for each of its owners,
// and the collector decides over those. Only objects whose owners are all known are followed (see Ownership): whatever
// another thread or a C++ program holds has an owner that is not, and stays, with all that it keeps.
//
// The mirrors are right while the owners do not change. Other threads can't change them: they reach none of the
// objects. Finalizers run by the collection can; then CPython counts once more, and an object with more or fewer owners
// than its mirror says is not visited, which leaves the mirror a reference from outside.
#include "garbage.h"

#include <nanobind/stl/string_view.h>

#include <algorithm>
#include <unordered_map>

#include "mirror.h"
#include "python_object.h"
#include "ricci/autograd/gradient_cycles.h"
#include "ricci/autograd/ownership.h"
#include "ricci/tensor/recorded_gradients.h"

namespace ricci::python {
namespace {

struct OwnerClass {
  PyTypeObject* type;
  VisitOwned visit;
};
std::vector<OwnerClass>& owner_classes() {
  static auto* all = new std::vector<OwnerClass>;
  return *all;
}

// The class of a Python object that owns counted objects, or null.
class OwnerClasses {
 public:
  VisitOwned of(nb::handle object) {
    PyTypeObject* const type = Py_TYPE(object.ptr());
    if (type != last_) {
      last_ = type;
      const auto [at, is_new] = known_.try_emplace(type, nullptr);
      if (is_new)
        for (const OwnerClass& c : owner_classes())
          if (PyType_IsSubtype(type, c.type)) at->second = c.visit;
      visit_ = at->second;
    }
    return visit_ && nb::inst_ready(object) ? visit_ : nullptr;
  }

 private:
  std::unordered_map<PyTypeObject*, VisitOwned> known_;
  PyTypeObject* last_ = nullptr;
  VisitOwned visit_ = nullptr;
};

// What a Python object owned when the collection began; the mirror is null where nothing of Python's is below.
struct OwnedHere {
  VisitOwned visit;
  std::vector<std::size_t> indices{};
  std::vector<Mirror*> mirrors{};  // a reference each, in the object's stead
};

// From the beginning of a collection to its end; never two at once.
class Collection {
 public:
  void begin(int generation) {
    if (PythonObject::count() == 0) return;
    ownership_ = {};
    add_owners(generation);
    const HeldGradients held;  // so that no object goes before it has its mirror
    if (generation >= 2) ownership_.assume(held.watched());
    ownership_.follow();
    find_leading();
    make_mirrors();
  }

  // Each reference of a mirror goes before the mirrors do: theirs may form cycles.
  void end() {
    std::unordered_map<PyObject*, OwnedHere> owners;
    std::swap(owners, owners_);
    std::vector<Mirror*> mirrors, outside;
    std::swap(mirrors, mirrors_);
    std::swap(outside, outside_);
    std::erase(mirrors, nullptr);
    for (Mirror* mirror : mirrors) Py_INCREF(mirror);
    for (const auto& [object, here] : owners)
      for (Mirror* mirror : here.mirrors) Py_XDECREF(mirror);
    for (Mirror* mirror : outside) Py_DECREF(mirror);
    for (Mirror* mirror : mirrors) {
      for (Mirror* below : *mirror->owned) Py_DECREF(below);
      mirror->owned->clear();
    }
    for (Mirror* mirror : mirrors) Py_DECREF(mirror);
  }

  int traverse(PyObject* self, visitproc visit, void* arg) const {
    if (owners_.empty()) return 0;
    const auto found = owners_.find(self);
    if (found == owners_.end() || !nb::inst_ready(self)) return 0;
    const std::vector<Mirror*>& mirrors = found->second.mirrors;
    std::size_t next = 0;
    int result = 0;
    found->second.visit(self, [&](const RefCounted* object) {
      Mirror* const mirror = next < mirrors.size() ? mirrors[next] : nullptr;
      ++next;
      if (result == 0 && mirror && mirror->object == object && mirror->holds()) result = visit(mirror->base(), arg);
    });
    return result;
  }

 private:
  static constexpr std::size_t kNone = ~std::size_t{0};

  // The owners among the objects that are collected. Others, if they own anything here, are not known.
  void add_owners(int generation) {
    static nb::object& get_objects = *new nb::object(nb::module_::import_("gc").attr("get_objects"));
    if (generation >= 2) return add_owners(get_objects());
    for (int young = 0; young <= generation; ++young) add_owners(get_objects(young));
  }

  void add_owners(const nb::object& objects) {
    OwnerClasses classes;
    for (nb::handle object : nb::borrow<nb::list>(objects)) {
      const VisitOwned visit = classes.of(object);
      if (!visit) continue;
      OwnedHere here{visit};
      visit(object, [&](const RefCounted* owned) { here.indices.push_back(owned ? ownership_.add(owned) : kNone); });
      owners_.emplace(object.ptr(), std::move(here));
    }
  }

  // Which objects have a Python object below.
  void find_leading() {
    const auto& all = ownership_.objects();
    leads_.assign(all.size(), false);
    for (std::size_t i = 0; i < all.size(); ++i)
      leads_[i] = all[i].followed && dynamic_cast<const PythonObject*>(all[i].object);
    for (bool again = true; again;) {
      again = false;
      for (std::size_t i = all.size(); i-- > 0;)
        if (!leads_[i] && std::ranges::any_of(all[i].owned, [&](std::size_t below) { return leads_[below]; }))
          leads_[i] = again = true;
    }
  }

  void make_mirrors() {
    const auto& all = ownership_.objects();
    mirrors_.assign(all.size(), nullptr);
    outside_.reserve(all.size());
    for (std::size_t i = 0; i < all.size(); ++i)
      if (leads_[i]) outside_.push_back(mirrors_[i] = make_mirror(all[i].object));
    for (std::size_t i = 0; i < all.size(); ++i)
      for (const std::size_t below : all[i].owned)
        if (leads_[below]) add_reference(*mirrors_[i]->owned, mirrors_[below]);
    for (auto& [object, here] : owners_)
      for (const std::size_t i : here.indices) add_reference(here.mirrors, i == kNone ? nullptr : mirrors_[i]);
    // The reference that it was made with stands for owners that are not known.
    std::erase_if(outside_, [&](Mirror* mirror) {
      const bool known = all[ownership_.index(mirror->object)].known + 1 == mirror->owners && Py_REFCNT(mirror) > 1;
      if (known) Py_DECREF(mirror);
      return known;
    });
  }

  static void add_reference(std::vector<Mirror*>& to, Mirror* mirror) {
    to.push_back(mirror);
    Py_XINCREF(mirror);
  }

  Ownership ownership_;
  std::vector<bool> leads_;
  std::vector<Mirror*> mirrors_, outside_;
  std::unordered_map<PyObject*, OwnedHere> owners_;
};

// Never destroyed: objects are collected while the interpreter ends.
Collection& collection() {
  static auto* running = new Collection;
  return *running;
}

// As an entry of gc.callbacks: (phase, info).
PyObject* on_collection(PyObject*, PyObject* arguments) {
  collection().end();
  const nb::handle phase_and_info = arguments;
  try {
    const int generation = nb::cast<int>(phase_and_info[1]["generation"]);
    if (nb::cast<std::string_view>(phase_and_info[0]) == "start")
      collection().begin(generation);
    else if (generation >= 2)
      collect_gradient_cycles();
  } catch (const std::exception&) {  // out of memory: what can't be followed stays
    collection().end();
    PyErr_Clear();
  }
  Py_RETURN_NONE;
}

PyMethodDef on_collection_method = {"_on_collection", on_collection, METH_VARARGS, nullptr};

}  // namespace

void collect_through(nb::handle type, VisitOwned visit) {
  owner_classes().push_back({reinterpret_cast<PyTypeObject*>(type.ptr()), visit});
}

int traverse_owned(PyObject* self, visitproc visit, void* arg) { return collection().traverse(self, visit, arg); }

int traverse_owner(PyObject* self, visitproc visit, void* arg) {
  Py_VISIT(Py_TYPE(self));
  return traverse_owned(self, visit, arg);
}

void bind_garbage() {
  const nb::object callback = nb::steal(PyCFunction_New(&on_collection_method, nullptr));
  if (!callback.is_valid()) nb::raise_python_error();
  nb::module_::import_("gc").attr("callbacks").attr("append")(callback);
}

}  // namespace ricci::python
