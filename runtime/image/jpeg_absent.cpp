// SPDX-License-Identifier: Apache-2.0
// Stands in for jpeg.cpp where the target has no JPEG library.
#include "runtime/image/image.hpp"

namespace dla::runtime {

Result<Image> decode_jpeg(std::span<const std::uint8_t>) {
    return fail("this program was built without JPEG; use a .pgm picture (P5)");
}

}  // namespace dla::runtime
