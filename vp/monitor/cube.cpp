// SPDX-License-Identifier: Apache-2.0
#include "vp/monitor/cube.hpp"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cstring>

#include "runtime/image/half.hpp"

namespace dla::vp::monitor {
namespace {

namespace json = boost::json;

const char* name_of(Precision precision) {
    switch (precision) {
        case Precision::kInt8:
            return "int8";
        case Precision::kInt16:
            return "int16";
        case Precision::kFp16:
            break;
    }
    return "fp16";
}

std::string element_text(const json::value& value) {
    return value.is_int64() ? fmt::format("{:>6}", value.get_int64())
                            : fmt::format("{:>10.4g}", value.get_double());
}

json::value element(const CubeInMemory& cube, std::span<const std::uint8_t> bytes, unsigned x,
                    unsigned y, unsigned channel) {
    const std::uint8_t* place = bytes.data() + cube.offset(x, y, channel);
    if (cube.precision == Precision::kInt8) return std::int64_t{static_cast<std::int8_t>(*place)};
    std::uint16_t word = 0;
    std::memcpy(&word, place, sizeof(word));
    if (cube.precision == Precision::kInt16) return std::int64_t{static_cast<std::int16_t>(word)};
    return double{runtime::half_to_float(word)};
}

}  // namespace

Result<Reply> cube_picture(const CubeInMemory& cube, std::span<const std::uint8_t> bytes,
                           ChannelRange range) {
    const unsigned count = range.count == 0 ? cube.channels - range.first : range.count;
    std::string text = fmt::format("{}x{}x{} {} at {:#x}, line stride {}, surface stride {}\n",
                                   cube.width, cube.height, cube.channels, name_of(cube.precision),
                                   cube.base, cube.line_stride, cube.surface_stride);
    json::array planes;
    for (unsigned channel = range.first; channel < range.first + count; ++channel) {
        text += fmt::format("channel {}\n", channel);
        json::array lines;
        for (unsigned y = 0; y < cube.height; ++y) {
            json::array line;
            for (unsigned x = 0; x < cube.width; ++x) {
                line.push_back(element(cube, bytes, x, y, channel));
                text += element_text(line.back());
            }
            text += "\n";
            lines.push_back(std::move(line));
        }
        planes.push_back(std::move(lines));
    }
    return Reply{std::move(text), json::object{{"width", cube.width},
                                               {"height", cube.height},
                                               {"channels", cube.channels},
                                               {"precision", name_of(cube.precision)},
                                               {"base", cube.base},
                                               {"line_stride", cube.line_stride},
                                               {"surface_stride", cube.surface_stride},
                                               {"first_channel", range.first},
                                               {"values", std::move(planes)}}};
}

}  // namespace dla::vp::monitor
