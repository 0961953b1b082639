// SPDX-License-Identifier: Apache-2.0
#include "vp/infer/network_input.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "runtime/loadable/file_bytes.hpp"

namespace dla::vp {

std::string NetworkInput::words() const {
    return fmt::format("{}{} /{} -{}", image, bytes, normalize, fmt::join(mean, ","));
}

void add_input_options(CLI::App& command, NetworkInput& input) {
    command.add_option("--image", input.image, "input picture, .pgm (P5) or .jpg");
    command.add_option("--input", input.bytes, "the bytes of input 0, instead of a picture");
    command.add_option("--normalize", input.normalize, "divisor of pixels, for fp16 networks")
        ->check(CLI::Range(1, 255));
    command.add_option("--mean", input.mean, "subtracted from pixels: a,b,c,d")
        ->delimiter(',')
        ->expected(1, 4);
}

Result<void> set_input(const NetworkInput& input, runtime::Session& session) {
    if (!input.bytes.empty()) {
        const auto bytes = runtime::read_file(input.bytes);
        return bytes ? session.set_input(*bytes) : tl::unexpected(bytes.error());
    }
    if (input.image.empty()) return {};
    const auto image = runtime::read_image(input.image);
    if (!image) return tl::unexpected(image.error());
    runtime::Preprocessing how{.normalize = input.normalize};
    std::copy(input.mean.begin(), input.mean.end(), how.mean.begin());
    return session.set_image(*image, how);
}

}  // namespace dla::vp
