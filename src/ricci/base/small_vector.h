// SmallVector<T, N>: a vector whose first N elements lie inside it, for shapes and label lists,
// which are short and made at every call. Same meaning as std::vector where the names agree.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <new>
#include <span>
#include <utility>

namespace ricci {

template <class T, std::size_t N>
class SmallVector {
 public:
  using value_type = T;
  using iterator = T*;
  using const_iterator = const T*;

  SmallVector() = default;
  explicit SmallVector(std::size_t n, const T& value = T()) { resize(n, value); }
  SmallVector(std::initializer_list<T> items) { append(items.begin(), items.end()); }
  template <std::input_iterator It>
  SmallVector(It first, It last) {
    append(first, last);
  }
  explicit SmallVector(std::span<const T> items) { append(items.begin(), items.end()); }
  SmallVector(const SmallVector& other) { append(other.begin(), other.end()); }
  SmallVector(SmallVector&& other) noexcept { take(other); }
  SmallVector& operator=(const SmallVector& other) {
    if (this != &other) {
      clear();
      append(other.begin(), other.end());
    }
    return *this;
  }
  SmallVector& operator=(SmallVector&& other) noexcept {
    if (this != &other) {
      drop();
      take(other);
    }
    return *this;
  }
  ~SmallVector() { drop(); }

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T* data() { return data_; }
  const T* data() const { return data_; }
  iterator begin() { return data_; }
  iterator end() { return data_ + size_; }
  const_iterator begin() const { return data_; }
  const_iterator end() const { return data_ + size_; }
  T& operator[](std::size_t i) { return data_[i]; }
  const T& operator[](std::size_t i) const { return data_[i]; }
  T& front() { return data_[0]; }
  const T& front() const { return data_[0]; }
  T& back() { return data_[size_ - 1]; }
  const T& back() const { return data_[size_ - 1]; }

  void push_back(T value) { emplace_back(std::move(value)); }
  template <class... Args>
  T& emplace_back(Args&&... args) {
    if (size_ == capacity_) reserve(2 * capacity_);
    return *std::construct_at(data_ + size_++, std::forward<Args>(args)...);
  }
  void pop_back() { std::destroy_at(data_ + --size_); }
  void clear() {
    std::destroy_n(data_, size_);
    size_ = 0;
  }
  void resize(std::size_t n, const T& value = T()) {
    while (size_ > n) pop_back();
    reserve(n);
    std::uninitialized_fill(data_ + size_, data_ + n, value);
    size_ = n;
  }
  void reserve(std::size_t n) {
    if (n <= capacity_) return;
    T* grown = std::allocator<T>().allocate(n);
    std::uninitialized_move_n(data_, size_, grown);
    std::destroy_n(data_, size_);
    free_heap();
    data_ = grown;
    capacity_ = n;
  }
  template <class It>
  void append(It first, It last) {
    if constexpr (std::forward_iterator<It>) {
      const std::size_t needed = size_ + static_cast<std::size_t>(std::distance(first, last));
      if (needed > capacity_) reserve(needed < 2 * capacity_ ? 2 * capacity_ : needed);
      std::uninitialized_copy(first, last, data_ + size_);
      size_ = needed;
    } else {
      for (; first != last; ++first) emplace_back(*first);
    }
  }
  iterator insert(const_iterator position, T value) {
    const std::size_t at = static_cast<std::size_t>(position - data_);
    push_back(std::move(value));
    for (std::size_t i = size_ - 1; i > at; --i) std::swap(data_[i], data_[i - 1]);
    return data_ + at;
  }
  iterator erase(const_iterator position) {
    T* at = data_ + (position - data_);
    for (T* to = at; to + 1 != end(); ++to) *to = std::move(to[1]);
    pop_back();
    return at;
  }

  // Element by element: for so few a call of memcmp costs more.
  friend bool operator==(const SmallVector& a, const SmallVector& b) {
    if (a.size_ != b.size_) return false;
    for (std::size_t i = 0; i < a.size_; ++i)
      if (!(a.data_[i] == b.data_[i])) return false;
    return true;
  }

 private:
  T* inside() { return std::launder(reinterpret_cast<T*>(inside_)); }
  bool on_heap() const { return capacity_ > N; }
  void free_heap() {
    if (on_heap()) std::allocator<T>().deallocate(data_, capacity_);
  }
  void drop() {
    clear();
    free_heap();
    data_ = inside();
    capacity_ = N;
  }
  void take(SmallVector& other) {
    if (other.on_heap()) {
      data_ = std::exchange(other.data_, other.inside());
      capacity_ = std::exchange(other.capacity_, N);
      size_ = std::exchange(other.size_, 0);
    } else {
      std::uninitialized_move_n(other.data_, other.size_, data_);
      size_ = other.size_;
      other.clear();
    }
  }

  alignas(T) std::byte inside_[N * sizeof(T)];
  T* data_ = inside();
  std::size_t size_ = 0;
  std::size_t capacity_ = N;
};

/// Position of the first `value` in `range`, or -1.
template <class Range, class T>
std::ptrdiff_t find_index(const Range& range, const T& value) {
  std::ptrdiff_t at = 0;
  for (const auto& item : range) {
    if (item == value) return at;
    ++at;
  }
  return -1;
}

template <class Range, class T>
bool contains(const Range& range, const T& value) {
  return find_index(range, value) >= 0;
}

}  // namespace ricci
