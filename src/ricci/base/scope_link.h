// ScopeLink: a scope in the list of those open on its thread. Those that Python holds may end in another order than
// they began in; what is left of the list then still holds.
#pragma once

namespace ricci {

class ScopeLink {
 protected:
  explicit ScopeLink(ScopeLink*& innermost) : outer_(innermost) { innermost = this; }
  /// On the thread it was opened on.
  void close(ScopeLink*& innermost) {
    ScopeLink** at = &innermost;
    while (*at != this) at = &(*at)->outer_;
    *at = outer_;
  }

 private:
  ScopeLink* outer_;
};

}  // namespace ricci
