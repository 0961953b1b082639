// SPDX-License-Identifier: Apache-2.0
// DIMG, the output file of the runtime application. spec: linux-interfaces.md section 5.
//
//   auto dimg = make_dimg(tensor, buffer);
//   write(encode_dimg(*dimg));
//   std::string why = dimg_difference(*dimg, *decode_dimg(golden));   // "" where equal
#pragma once

#include <span>
#include <string>

#include "runtime/loadable/loadable.hpp"

namespace dla::runtime {

// Current numbers. The older numbering had no x8 format: 41 was int16 and 42 fp16.
enum class DimgFormat : std::uint32_t {
    kR8 = 0,
    kA16B16G16R16F = 8,
    kA8B8G8R8 = 13,
    kF8Chw = 37,
    kF16ChwI = 38,
    kF16ChwF = 39,
    kF8x32 = 40,
    kF8x8 = 41,
    kF16x16I = 42,
    kF16x16F = 43,
    kF32ChwF = 44,
    kF32x8F = 45,
};

struct Dimg {
    std::uint32_t format = 0;
    std::uint32_t width = 0;
    std::uint32_t height = 0;
    std::uint32_t channel = 0;
    std::uint32_t line_stride = 0;
    std::uint32_t surface_stride = 0;
    std::uint32_t size = 0;  // of the buffer, not of the payload
    Bytes payload{};         // packed in c, y, x order
};

// kStable packs fp16 as the published goldens are: 32768 becomes 0, NaN becomes 31744.
// kAsAtomsOf32 reads an 8-byte-atom buffer with the 32-byte formula, as the old nv_small goldens
// were made.
enum class Packing { kStable, kAsAtomsOf32 };

Result<Dimg> make_dimg(const Tensor& tensor, std::span<const std::uint8_t> buffer,
                       Packing packing = Packing::kStable);
Bytes encode_dimg(const Dimg& dimg);
Result<Dimg> decode_dimg(std::span<const std::uint8_t> file);

// The elements as text, each followed by a space (--rawdump).
std::string raw_dump(const Dimg& dimg);

// "" or the first difference in size or payload; format numbers and strides are not compared.
std::string dimg_difference(const Dimg& found, const Dimg& expected);

}  // namespace dla::runtime
