// SPDX-License-Identifier: Apache-2.0
// A file as read-only text in place, so that large files cost address space and not memory.
//
//   auto file = MappedFile::open(path);
//   if (file) parse(file->text());
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "dla_tlm/common/result.hpp"

namespace dla::trace {

class MappedFile {
  public:
    static Result<MappedFile> open(const std::string& path);
    MappedFile(MappedFile&& other) noexcept
        : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
    MappedFile& operator=(MappedFile&&) = delete;
    MappedFile(const MappedFile&) = delete;
    MappedFile& operator=(const MappedFile&) = delete;
    ~MappedFile();

    std::string_view text() const { return {data_, size_}; }
    // The first so many bytes need not stay in memory. They may still be read.
    void give_back(std::size_t bytes) const;

  private:
    MappedFile(const char* data, std::size_t size) : data_(data), size_(size) {}

    const char* data_;
    std::size_t size_;
};

}  // namespace dla::trace
