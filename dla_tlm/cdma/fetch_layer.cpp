// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/cdma/fetch_layer.hpp"

#include "dla_tlm/cdma/pixel_format.hpp"

namespace dla::cdma {

csc::ConvLayer fetch_layer(const CdmaOp& op) {
    csc::ConvLayer layer;
    layer.image = op.mode == CdmaOp::Mode::kImage;
    layer.winograd = op.mode == CdmaOp::Mode::kWinograd;
    layer.weight_reuse = op.weight_reuse;
    layer.width = layer.winograd ? op.width_ext : op.width;
    layer.height = op.cbuf_lines();
    layer.channels = layer.winograd ? op.channels_ext() : op.channels;
    layer.batches = op.batches;
    layer.precision = op.converter.out;
    if (layer.image) {
        const PixelFormat& format = *find_pixel_format(op.pixel_format);
        layer.plane_bytes_per_pixel = {format.plane0_bytes(), format.plane1_bytes()};
        layer.x_offset = op.x_offset;
    }
    layer.kernels = op.kernels;
    layer.kernels_per_group = op.kernels_per_group;
    layer.weight_bytes = op.weight_bytes;
    layer.data_banks = op.data_banks;
    layer.weight_banks = op.weight_banks;
    layer.fetch_grain = op.fetch_grain;
    layer.entries_per_line = op.entries_per_slice * op.batches;
    return layer;
}

}  // namespace dla::cdma
