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
    CLI::Option* image =
        command.add_option("--image", input.image, "input picture, .pgm (P5) or .jpg");
    command.add_option("--input", input.bytes, "the bytes of input 0, instead of a picture")
        ->excludes(image);
    command
        .add_option("--normalize", input.normalize,
                    "divisor of the picture's values, for fp16 networks")
        ->check(CLI::Range(1, 255))
        ->needs(image);
    command
        .add_option("--mean", input.mean,
                    "subtracted from the picture's values, by channel (of colour: blue,green,red)")
        ->delimiter(',')
        ->expected(1, 4)
        ->needs(image);
}

std::vector<std::string> remarks(const NetworkInput& input, const runtime::Image& image,
                                 const runtime::Tensor& tensor) {
    std::vector<std::string> all;
    const auto has = static_cast<unsigned>(std::max(tensor.c, 0));
    // Pixels of four channels are the least the hardware takes; compilers widen to them.
    constexpr unsigned kWidened = 4;
    if (image.channels > has)
        all.push_back(fmt::format("the picture has {} channels, input '{}' takes the first {}",
                                  image.channels, tensor.name, has));
    if (image.channels < has && has != kWidened)
        all.push_back(fmt::format("the picture has {} channels, input '{}' has {}; the rest is 0",
                                  image.channels, tensor.name, has));
    if (input.preprocesses() && tensor.data_type == runtime::DataType::kInt8)
        all.push_back(
            fmt::format("input '{}' is int8: --normalize and --mean have no effect", tensor.name));
    return all;
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
    auto set = session.set_image(*image, how);
    if (set) {
        for (const std::string& remark : remarks(input, *image, *session.input_tensor()))
            fmt::print(stderr, "dla-vp: {}\n", remark);
    }
    return set;
}

}  // namespace dla::vp
