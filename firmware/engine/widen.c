// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only
// Generation A to generation B: a cube gets an offset of 0 behind its address.
// spec: firmware-interface.md section 0.
#include "firmware/engine/descriptors.h"
#include "firmware/engine/dla_port.h"

enum { OLD_CUBE_BYTES = 28, NEW_CUBE_BYTES = 32, BEFORE_OFFSET = 4 };

static unsigned cubes_of(uint8_t op_type) {
    switch (op_type) {
        case DLA_OP_BDMA:
            return 0;
        case DLA_OP_CONV:
        case DLA_OP_SDP:
            return 5;
        default:
            return 2;
    }
}

void dla_widen_surface(uint8_t op_type, const uint8_t* old_entry, union dla_surface* new_entry) {
    const unsigned cubes = cubes_of(op_type);
    const unsigned old_bytes = cubes * OLD_CUBE_BYTES;
    const unsigned new_bytes = cubes * NEW_CUBE_BYTES;
    uint8_t* bytes = new_entry->bytes;
    dla_memset(bytes, 0, DLA_SURFACE_BYTES);
    for (unsigned i = 0; i < cubes; ++i) {
        const uint8_t* old_cube = old_entry + i * OLD_CUBE_BYTES;
        uint8_t* new_cube = bytes + i * NEW_CUBE_BYTES;
        dla_memcpy(new_cube, old_cube, BEFORE_OFFSET);
        dla_memcpy(new_cube + BEFORE_OFFSET + sizeof(uint32_t), old_cube + BEFORE_OFFSET,
                   OLD_CUBE_BYTES - BEFORE_OFFSET);
    }
    dla_memcpy(bytes + new_bytes, old_entry + old_bytes, DLA_SURFACE_BYTES - new_bytes);
}
