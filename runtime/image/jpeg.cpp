// SPDX-License-Identifier: Apache-2.0
#include <csetjmp>
#include <cstdio>
// jpeglib.h uses FILE and size_t without declaring them.
#include <jpeglib.h>
// Of libjpeg's codes.
#include <fmt/format.h>
#include <jerror.h>

#include "runtime/image/image.hpp"

namespace dla::runtime {
namespace {

constexpr std::size_t kMaxPixels = std::size_t{1} << 28;

struct Decoder {
    jpeg_decompress_struct jpeg{};
    jpeg_error_mgr errors{};
    std::jmp_buf on_error{};
    char message[JMSG_LENGTH_MAX]{};
};

void remember_and_leave(j_common_ptr jpeg) {
    auto* decoder = static_cast<Decoder*>(jpeg->client_data);
    jpeg->err->format_message(jpeg, decoder->message);
    std::longjmp(decoder->on_error, 1);
}

void stay_silent(j_common_ptr) {}

// libjpeg only warns of missing or wrong data and fills the picture with grey. Bytes too many
// between markers harm nothing, and cameras write them.
void refuse_damage(j_common_ptr jpeg, int level) {
    if (level < 0 && jpeg->err->msg_code != JWRN_EXTRANEOUS_DATA) remember_and_leave(jpeg);
}

// No object with a destructor may live in the two functions that longjmp can leave.
bool read_header(Decoder& decoder, std::span<const std::uint8_t> file) {
    if (setjmp(decoder.on_error) != 0) return false;
    jpeg_create_decompress(&decoder.jpeg);
    decoder.jpeg.client_data = &decoder;
    jpeg_mem_src(&decoder.jpeg, file.data(), file.size());
    jpeg_read_header(&decoder.jpeg, TRUE);
    decoder.jpeg.dct_method = JDCT_ISLOW;
    const bool grey = decoder.jpeg.num_components == 1;
    decoder.jpeg.out_color_space = grey ? JCS_GRAYSCALE : JCS_EXT_BGR;
    return true;
}

bool read_pixels(Decoder& decoder, std::uint8_t* pixels, std::size_t pitch) {
    if (setjmp(decoder.on_error) != 0) return false;
    jpeg_start_decompress(&decoder.jpeg);
    while (decoder.jpeg.output_scanline < decoder.jpeg.output_height) {
        JSAMPROW row = pixels + decoder.jpeg.output_scanline * pitch;
        jpeg_read_scanlines(&decoder.jpeg, &row, 1);
    }
    jpeg_finish_decompress(&decoder.jpeg);
    return true;
}

}  // namespace

Result<Image> decode_jpeg(std::span<const std::uint8_t> file) {
    Decoder decoder;
    decoder.jpeg.err = jpeg_std_error(&decoder.errors);
    decoder.jpeg.client_data = &decoder;
    decoder.errors.error_exit = remember_and_leave;
    decoder.errors.output_message = stay_silent;
    decoder.errors.emit_message = refuse_damage;
    Image image;
    bool done = read_header(decoder, file);
    if (const int components = decoder.jpeg.num_components;
        done && components != 1 && components != 3) {
        jpeg_destroy_decompress(&decoder.jpeg);
        return fail(fmt::format("the JPEG picture has {} colour components, legal are 1 and 3",
                                components));
    }
    if (done && std::size_t{decoder.jpeg.image_width} * decoder.jpeg.image_height > kMaxPixels) {
        jpeg_destroy_decompress(&decoder.jpeg);
        return fail("the JPEG picture is too large, legal are at most 2^28 pixels");
    }
    if (done) {
        image.width = decoder.jpeg.image_width;
        image.height = decoder.jpeg.image_height;
        image.channels = decoder.jpeg.num_components == 1 ? 1 : 3;
        const std::size_t pitch = std::size_t{image.width} * image.channels;
        image.pixels.resize(pitch * image.height);
        done = read_pixels(decoder, image.pixels.data(), pitch);
    }
    jpeg_destroy_decompress(&decoder.jpeg);
    if (!done) return fail(std::string("the JPEG picture is damaged: ") + decoder.message);
    return image;
}

}  // namespace dla::runtime
