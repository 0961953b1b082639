// SPDX-License-Identifier: Apache-2.0
#include "vp/boot/guest_exit.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <charconv>

namespace dla::vp {

std::optional<int> guest_exit_in(const std::filesystem::path& file) {
    const int descriptor = open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (descriptor < 0) return std::nullopt;
    struct stat found {};
    std::array<char, 16> text{};
    ssize_t size = 0;
    if (fstat(descriptor, &found) == 0 && S_ISREG(found.st_mode))
        size = read(descriptor, text.data(), text.size());
    close(descriptor);
    int code = 0;
    if (size <= 0) return std::nullopt;
    const auto [end, error] = std::from_chars(text.data(), text.data() + size, code);
    return error == std::errc{} ? std::optional(code) : std::nullopt;
}

}  // namespace dla::vp
