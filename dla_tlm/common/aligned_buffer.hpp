// SPDX-License-Identifier: Apache-2.0
// Growing storage that starts on a cache line and is not initialised when it grows.
//
//   AlignedBuffer<std::int32_t> sums;
//   sums.resize(pixels * 32);
#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <span>
#include <type_traits>

namespace dla {

template <class T>
class AlignedBuffer {
    static_assert(std::is_trivial_v<T>);

  public:
    static constexpr std::size_t kAlignment = 64;

    // Earlier contents are lost when the storage has to grow.
    void resize(std::size_t size) {
        if (size > capacity_) {
            void* raw = ::operator new (size * sizeof(T), std::align_val_t{kAlignment});
            storage_.reset(static_cast<T*>(raw));
            capacity_ = size;
        }
        size_ = size;
    }

    std::size_t size() const { return size_; }
    T* data() { return storage_.get(); }
    const T* data() const { return storage_.get(); }
    T& operator[](std::size_t i) { return storage_.get()[i]; }
    const T& operator[](std::size_t i) const { return storage_.get()[i]; }
    std::span<T> span() { return {data(), size_}; }
    std::span<const T> span() const { return {data(), size_}; }

  private:
    struct Release {
        void operator()(T* p) const { ::operator delete (p, std::align_val_t{kAlignment}); }
    };
    std::unique_ptr<T, Release> storage_;
    std::size_t capacity_ = 0;
    std::size_t size_ = 0;
};

}  // namespace dla
