// The lines of the digest: one a row, or one a door with all that went through it. A door that throws is recorded by
// its error's kind and text, which are behaviour too.
#pragma once

#include <cstdio>
#include <string>
#include <typeinfo>

#include "hash.h"

namespace ricci::digest {

class Recorder {
 public:
  Recorder(std::string row, bool verbose, bool spoils) : row_(std::move(row)), verbose_(verbose), spoils_(spoils) {}

  /// Calls `body`, which adds results to the hash that it is given.
  template <class Body>
  void door(std::string_view layout, std::string_view name, Body&& body) {
    Hash hash;
    std::string note;
    try {
      body(hash);
    } catch (const std::exception& error) {
      hash.add(std::string_view(typeid(error).name()));
      hash.add(std::string_view(error.what()));
      note = std::string(error.what()).substr(0, std::string_view(error.what()).find('\n'));
    }
    write(concat(row_, " | ", layout, " ", name), hash, note);
  }
  /// A door whose result is a text, shown beside its hash.
  void text(std::string_view name, std::string_view value) {
    Hash hash;
    hash.add(value);
    write(concat(row_, " | text ", name), hash, value);
  }
  /// The line of the whole row.
  void finish() const {
    if (!verbose_) std::printf("%s\t%016llx\n", row_.c_str(), static_cast<unsigned long long>(all_.value()));
  }

 private:
  void write(const std::string& key, const Hash& hash, std::string_view note) {
    const std::uint64_t value = hash.value() ^ (spoils_ ? 1 : 0);
    spoils_ = false;
    all_.add(value);
    if (verbose_)
      std::printf("%s\t%016llx\t%.*s\n", key.c_str(), static_cast<unsigned long long>(value),
                  static_cast<int>(note.size()), note.data());
  }

  std::string row_;
  Hash all_;
  bool verbose_, spoils_;  // spoils: one bit of the first door's result is turned over
};

}  // namespace ricci::digest
