// SPDX-License-Identifier: Apache-2.0
#include "runtime/app/options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>

namespace dla::runtime {
namespace {

Result<int> divisor(const std::string& text) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value < 1 || value > 255) {
        return fail(fmt::format("--normalize is '{}', legal are 1 to 255", text));
    }
    return value;
}

Result<std::array<float, 4>> means(const std::string& text) {
    std::array<float, 4> values{};
    std::size_t count = 0;
    std::size_t start = 0;
    while (start <= text.size()) {
        const std::size_t end = std::min(text.find(',', start), text.size());
        const std::string item = text.substr(start, end - start);
        char* rest = nullptr;
        const float value = std::strtof(item.c_str(), &rest);
        if (item.empty() || *rest != 0 || count == values.size()) {
            return fail(fmt::format("--mean is '{}', legal are up to 4 numbers with commas", text));
        }
        values[count++] = value;
        start = end + 1;
    }
    return values;
}

Result<void> apply(AppOptions& options, const std::string& name, const std::string& value) {
    if (name == "-i") {
        if (!std::filesystem::exists(value))
            return fail(fmt::format("-i {}: no such folder", value));
        options.input_path = value;
    } else if (name == "--loadable") {
        options.loadable = value;
    } else if (name == "--image") {
        options.image = value;
    } else if (name == "--normalize") {
        const auto number = divisor(value);
        if (!number) return tl::unexpected(number.error());
        options.preprocessing.normalize = *number;
    } else if (name == "--mean") {
        const auto numbers = means(value);
        if (!numbers) return tl::unexpected(numbers.error());
        options.preprocessing.mean = *numbers;
    } else {
        return fail(fmt::format("'{}' is not an option", name));
    }
    return {};
}

}  // namespace

Result<AppOptions> parse_options(const std::vector<std::string>& arguments) {
    AppOptions options;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const std::string& name = arguments[i];
        if (name == "-h" || name == "-s") {
            (name == "-h" ? options.help : options.server) = true;
            return options;
        }
        if (name == "--rawdump") {
            options.rawdump = true;
            continue;
        }
        if (i + 1 == arguments.size()) return fail(fmt::format("{} needs a value", name));
        if (auto done = apply(options, name, arguments[++i]); !done) {
            return tl::unexpected(done.error());
        }
    }
    if (options.loadable.empty()) return fail("--loadable is missing");
    return options;
}

std::string usage() {
    return "usage: dla_runtime [options] --loadable FILE\n"
           "  -h               this text\n"
           "  -s               server on TCP port 6666\n"
           "  -i PATH          folder of the inputs\n"
           "  --loadable FILE  the compiled network\n"
           "  --image FILE     input picture, .pgm (P5) or .jpg\n"
           "  --normalize N    divisor of pixels, for fp16 networks\n"
           "  --mean A,B,C,D   subtracted from pixels, for fp16 networks\n"
           "  --rawdump        write numbers as text instead of a DIMG file\n";
}

}  // namespace dla::runtime
