// SPDX-License-Identifier: Apache-2.0
// JPEG files for tests, made by libjpeg, and what libjpeg itself makes of them. Needs JPEG::JPEG.
//
//   const std::vector<std::uint8_t> file = encode_jpeg(grey_blocks(24, 16), {.progressive = true});
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
// jpeglib.h uses FILE and size_t without declaring them.
#include <jpeglib.h>

#include <cstdlib>
#include <vector>

namespace dla {

struct JpegPicture {
    unsigned width = 0;
    unsigned height = 0;
    unsigned channels = 1;  // 1 grey; 3 red, green, blue; 4 CMYK
    std::vector<std::uint8_t> pixels{};

    std::uint8_t at(unsigned x, unsigned y, unsigned c) const {
        return pixels[(std::size_t{y} * width + x) * channels + c];
    }
};

struct JpegEncoding {
    bool progressive = false;
    int quality = 100;
};

// Blocks of 8x8 equal pixels, another value in each: a grey one comes back exactly at quality 100.
inline JpegPicture blocks(unsigned width, unsigned height, unsigned channels) {
    JpegPicture picture{width, height, channels, {}};
    for (unsigned y = 0; y < height; ++y) {
        for (unsigned x = 0; x < width; ++x) {
            const unsigned block = y / 8 * 37 + x / 8 * 61;
            for (unsigned c = 0; c < channels; ++c)
                picture.pixels.push_back(static_cast<std::uint8_t>(block * (c + 1) + 50 * c));
        }
    }
    return picture;
}
inline JpegPicture grey_blocks(unsigned width, unsigned height) {
    return blocks(width, height, 1);
}
inline JpegPicture colour_blocks(unsigned width, unsigned height) {
    return blocks(width, height, 3);
}

inline std::vector<std::uint8_t> encode_jpeg(const JpegPicture& picture, JpegEncoding how = {}) {
    constexpr J_COLOR_SPACE kSpaces[] = {JCS_UNKNOWN, JCS_GRAYSCALE, JCS_UNKNOWN, JCS_RGB,
                                         JCS_CMYK};
    jpeg_compress_struct jpeg{};
    jpeg_error_mgr errors{};
    jpeg.err = jpeg_std_error(&errors);
    jpeg_create_compress(&jpeg);
    unsigned char* bytes = nullptr;
    unsigned long size = 0;
    jpeg_mem_dest(&jpeg, &bytes, &size);
    jpeg.image_width = picture.width;
    jpeg.image_height = picture.height;
    jpeg.input_components = static_cast<int>(picture.channels);
    jpeg.in_color_space = kSpaces[picture.channels];
    jpeg_set_defaults(&jpeg);
    jpeg_set_quality(&jpeg, how.quality, TRUE);
    // Colours as fine as brightness.
    jpeg.comp_info[0].h_samp_factor = jpeg.comp_info[0].v_samp_factor = 1;
    if (how.progressive) jpeg_simple_progression(&jpeg);
    jpeg_start_compress(&jpeg, TRUE);
    std::vector<std::uint8_t> line(std::size_t{picture.width} * picture.channels);
    for (unsigned y = 0; y < picture.height; ++y) {
        line.assign(picture.pixels.begin() + static_cast<std::ptrdiff_t>(y * line.size()),
                    picture.pixels.begin() + static_cast<std::ptrdiff_t>((y + 1) * line.size()));
        JSAMPROW row = line.data();
        jpeg_write_scanlines(&jpeg, &row, 1);
    }
    jpeg_finish_compress(&jpeg);
    jpeg_destroy_compress(&jpeg);
    const std::vector<std::uint8_t> file(bytes, bytes + size);
    std::free(bytes);
    return file;
}

// Of a sound file, in libjpeg's own order of colours.
inline JpegPicture decoded_by_libjpeg(const std::vector<std::uint8_t>& file) {
    jpeg_decompress_struct jpeg{};
    jpeg_error_mgr errors{};
    jpeg.err = jpeg_std_error(&errors);
    jpeg_create_decompress(&jpeg);
    jpeg_mem_src(&jpeg, file.data(), file.size());
    jpeg_read_header(&jpeg, TRUE);
    jpeg_start_decompress(&jpeg);
    JpegPicture picture{
        jpeg.output_width, jpeg.output_height, static_cast<unsigned>(jpeg.output_components), {}};
    const std::size_t pitch = std::size_t{picture.width} * picture.channels;
    picture.pixels.resize(pitch * picture.height);
    while (jpeg.output_scanline < jpeg.output_height) {
        JSAMPROW row = picture.pixels.data() + jpeg.output_scanline * pitch;
        jpeg_read_scanlines(&jpeg, &row, 1);
    }
    jpeg_finish_decompress(&jpeg);
    jpeg_destroy_decompress(&jpeg);
    return picture;
}

}  // namespace dla
