// SPDX-License-Identifier: Apache-2.0
#include "trace-tests/format/mapped_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace dla::trace {

Result<MappedFile> MappedFile::open(const std::string& path) {
    // Nobody may ever write to a pipe that has the name.
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0) return fail(fmt::format("{}: {}", path, std::strerror(errno)));
    struct stat status {};
    const bool regular = fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
    const auto size = static_cast<std::size_t>(status.st_size);
    void* data = nullptr;
    if (regular && size > 0) data = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
    close(descriptor);
    if (!regular) return fail(fmt::format("{}: not a regular file", path));
    if (data == MAP_FAILED) return fail(fmt::format("{}: {}", path, std::strerror(errno)));
    if (data != nullptr) madvise(data, size, MADV_SEQUENTIAL);
    return MappedFile(static_cast<const char*>(data), size);
}

MappedFile::~MappedFile() {
    if (data_ != nullptr) munmap(const_cast<char*>(data_), size_);
}

void MappedFile::give_back(std::size_t bytes) const {
    const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    madvise(const_cast<char*>(data_), bytes / page * page, MADV_DONTNEED);
}

}  // namespace dla::trace
