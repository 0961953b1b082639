// SPDX-License-Identifier: Apache-2.0
#include "runtime/show/npy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "runtime/image/half.hpp"
#include "runtime/loadable/file_bytes.hpp"
#include "runtime/show/layers.hpp"

namespace dla::runtime {
namespace {

constexpr const char* kTypes[] = {"|i1", "<i2", "<f2"};
constexpr std::size_t kPreambleBytes = 10;
constexpr std::size_t kAlignment = 64;

// The text after `key` up to `end`, or "".
std::string value_of(const std::string& header, const std::string& key, char end) {
    const std::size_t at = header.find(key);
    if (at == std::string::npos) return {};
    const std::size_t start = at + key.size();
    const std::size_t stop = header.find(end, start);
    return stop == std::string::npos ? "" : header.substr(start, stop - start);
}

std::size_t elements(const LayerArray& array) {
    return array.n * array.c * array.h * array.w;
}

// "16, 8, 8"; with several images "3, 16, 8, 8".
std::string shape_of(const LayerArray& array, const char* separator) {
    const std::string images =
        array.n == 1 ? std::string() : fmt::format("{}{}", array.n, separator);
    return fmt::format("{}{}{}{}{}{}", images, array.c, separator, array.h, separator, array.w);
}

double element(const LayerArray& array, std::size_t i) {
    if (array.precision == kCodeInt8) return static_cast<std::int8_t>(array.data[i]);
    const auto bits = static_cast<std::uint16_t>(array.data[2 * i] | array.data[2 * i + 1] << 8);
    if (array.precision == kCodeInt16) return static_cast<std::int16_t>(bits);
    return static_cast<double>(half_to_float(bits));
}

// Of the angle between the two as vectors; 0 where one of them has no direction.
double cosine(const LayerArray& a, const LayerArray& b) {
    double product = 0;
    double a_square = 0;
    double b_square = 0;
    for (std::size_t i = 0; i < elements(a); ++i) {
        const double x = element(a, i);
        const double y = element(b, i);
        product += x * y;
        a_square += x * x;
        b_square += y * y;
    }
    return a_square > 0 && b_square > 0 ? product / std::sqrt(a_square * b_square) : 0;
}

}  // namespace

Bytes encode_npy(const LayerArray& array) {
    std::string header = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}",
                                     kTypes[array.precision], shape_of(array, ", "));
    while ((kPreambleBytes + header.size() + 1) % kAlignment != 0)
        header += ' ';
    header += '\n';
    const std::uint8_t preamble[kPreambleBytes] = {0x93,
                                                   'N',
                                                   'U',
                                                   'M',
                                                   'P',
                                                   'Y',
                                                   1,
                                                   0,
                                                   static_cast<std::uint8_t>(header.size()),
                                                   static_cast<std::uint8_t>(header.size() >> 8)};
    Bytes file(kPreambleBytes + header.size() + array.data.size());
    auto end = std::copy(std::begin(preamble), std::end(preamble), file.begin());
    end = std::copy(header.begin(), header.end(), end);
    std::copy(array.data.begin(), array.data.end(), end);
    return file;
}

Result<LayerArray> decode_npy(const Bytes& file) {
    if (file.size() < kPreambleBytes || file[0] != 0x93 || file[1] != 'N' || file[6] != 1) {
        return fail("not a .npy file of version 1");
    }
    const std::size_t length = file[8] | std::size_t{file[9]} << 8;
    if (file.size() < kPreambleBytes + length) return fail("the .npy header is cut off");
    const auto start = file.begin() + kPreambleBytes;
    const auto data = start + static_cast<std::ptrdiff_t>(length);
    const std::string header(start, data);
    LayerArray array;
    const std::string type = value_of(header, "'descr': '", '\'');
    const auto* known = std::find(std::begin(kTypes), std::end(kTypes), type);
    if (known == std::end(kTypes)) {
        return fail(fmt::format(".npy type is '{}', legal are |i1, <i2 and <f2", type));
    }
    array.precision = static_cast<std::uint8_t>(known - std::begin(kTypes));
    const std::string shape = value_of(header, "'shape': (", ')');
    const bool one = std::ranges::count(shape, ',') == 2;
    const int read =
        one ? std::sscanf(shape.c_str(), "%zu, %zu, %zu", &array.c, &array.h, &array.w) + 1
            : std::sscanf(shape.c_str(), "%zu, %zu, %zu, %zu", &array.n, &array.c, &array.h,
                          &array.w);
    if (read != 4)
        return fail(fmt::format(".npy shape is ({}), legal are c, h, w and n, c, h, w", shape));
    array.data.assign(data, file.end());
    const std::size_t expected = elements(array) * precision_bytes(array.precision);
    if (array.data.size() != expected) {
        return fail(fmt::format(".npy data are {} bytes, shape ({}) needs {}", array.data.size(),
                                shape, expected));
    }
    return array;
}

Result<void> write_npy(const std::string& path, const LayerArray& array) {
    return write_file(path, encode_npy(array));
}

Result<LayerArray> read_npy(const std::string& path) {
    const auto file = read_file(path);
    if (!file) return tl::unexpected(file.error());
    auto array = decode_npy(*file);
    if (!array) return fail(path + ": " + array.error().message);
    return array;
}

std::string array_difference(const LayerArray& found, const LayerArray& expected) {
    if (found.precision != expected.precision || found.n != expected.n || found.c != expected.c ||
        found.h != expected.h || found.w != expected.w) {
        return fmt::format("{} {}, expected {} {}", shape_of(found, "x"), kTypes[found.precision],
                           shape_of(expected, "x"), kTypes[expected.precision]);
    }
    std::size_t different = 0;
    std::size_t first = 0;
    double greatest = 0;
    const std::size_t count = elements(found);
    for (std::size_t i = count; i-- > 0;) {
        const std::size_t bytes = precision_bytes(found.precision);
        if (std::equal(found.data.begin() + static_cast<std::ptrdiff_t>(i * bytes),
                       found.data.begin() + static_cast<std::ptrdiff_t>((i + 1) * bytes),
                       expected.data.begin() + static_cast<std::ptrdiff_t>(i * bytes))) {
            continue;
        }
        ++different;
        first = i;
        greatest = std::max(greatest, std::fabs(element(found, i) - element(expected, i)));
    }
    if (different == 0) return {};
    return fmt::format(
        "{} of {} elements differ, max error {}, cosine {:.6f}, first at {}channel {}, line {}, "
        "column {}: {}, expected {}",
        different, count, greatest, cosine(found, expected),
        found.n == 1 ? "" : fmt::format("image {}, ", first / (count / found.n)),
        first / (found.h * found.w) % found.c, first / found.w % found.h, first % found.w,
        element(found, first), element(expected, first));
}

}  // namespace dla::runtime
