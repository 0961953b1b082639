// SPDX-License-Identifier: Apache-2.0
// Visitors of descriptor_layout.hpp that read from and write to bytes.
#pragma once

#include <cstring>
#include <span>

#include "runtime/loadable/descriptor_layout.hpp"

namespace dla::runtime {

// All files and hosts of the project are little endian.
template <class T>
T load_number(std::span<const std::uint8_t> bytes, std::size_t at) {
    T value;
    std::memcpy(&value, bytes.data() + at, sizeof(T));
    return value;
}

template <class T>
void store_number(std::span<std::uint8_t> bytes, std::size_t at, T value) {
    std::memcpy(bytes.data() + at, &value, sizeof(T));
}

// Cube fields by generation: B has `offset` after `address`.
template <class V>
void visit_cube_fields(V& v, std::size_t at, Generation generation, DataCube& c) {
    v("type", at, c.type);
    v("address", at + 2, c.address);
    std::size_t next = at + 4;
    if (generation == Generation::kB) {
        v("offset", next, c.offset);
        next += 4;
    }
    v("size", next, c.size);
    v("width", next + 4, c.width);
    v("height", next + 6, c.height);
    v("channel", next + 8, c.channel);
    v("line_stride", next + 12, c.line_stride);
    v("surf_stride", next + 16, c.surf_stride);
    v("plane_stride", next + 20, c.plane_stride);
}

class DescriptorReader {
  public:
    DescriptorReader(std::span<const std::uint8_t> bytes, Generation generation)
        : bytes_(bytes), generation_(generation) {}

    template <class T>
    void operator()(const char*, std::size_t at, T& field) {
        field = load_number<T>(bytes_, at);
    }
    void address(const char* name, std::size_t at, std::int16_t& field) {
        (*this)(name, at, field);
    }
    void cube(const char*, std::size_t k, DataCube& cube) {
        visit_cube_fields(*this, after_cubes(k), generation_, cube);
    }
    std::size_t after_cubes(std::size_t k) const { return k * cube_bytes(generation_); }
    void enter(const char*) {}
    void leave() {}

  private:
    std::span<const std::uint8_t> bytes_;
    Generation generation_;
};

class DescriptorWriter {
  public:
    explicit DescriptorWriter(std::span<std::uint8_t> bytes) : bytes_(bytes) {}

    template <class T>
    void operator()(const char*, std::size_t at, const T& field) {
        store_number(bytes_, at, field);
    }
    void address(const char* name, std::size_t at, std::int16_t field) { (*this)(name, at, field); }
    void cube(const char*, std::size_t k, DataCube& cube) {
        visit_cube_fields(*this, after_cubes(k), Generation::kB, cube);
    }
    static std::size_t after_cubes(std::size_t k) { return k * cube_bytes(Generation::kB); }
    void enter(const char*) {}
    void leave() {}

  private:
    std::span<std::uint8_t> bytes_;
};

}  // namespace dla::runtime
