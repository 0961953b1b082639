// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only
// What the bare-metal port runs: a task image in memory, little endian, at TASK_IMAGE_ADDRESS. It
// names the DLA and the task's address list; the data it points to lie in the same memory already
// (bus address = physical address).
#ifndef DLA_FIRMWARE_TASK_IMAGE_H
#define DLA_FIRMWARE_TASK_IMAGE_H

#include "firmware/engine/dla_interface.h"

#define TASK_IMAGE_MAGIC 0x544b5344u  // "DSKT" read as bytes
#define TASK_IMAGE_VERSION 2u

enum task_image_map { TASK_IMAGE_NV_FULL = 0, TASK_IMAGE_NV_SMALL = 1 };

struct task_image_address {
    uint64_t bus_address;
    uint64_t bytes;
};

struct task_image {
    uint32_t magic;
    uint32_t version;
    uint64_t dla_base;   // register window
    uint32_t interrupt;  // number at the interrupt controller: GIC id or PLIC source
    uint32_t status;     // out: 0 not run, 1 done, 2 failed
    // Configuration, as struct dla_config.
    uint32_t atom_size;
    uint8_t address_map;  // enum task_image_map
    uint8_t bdma;
    uint8_t rubik;
    uint8_t weight_compression;
    struct dla_limits limits;
    uint8_t descriptor_layout;  // enum dla_descriptor_layout
    uint8_t reserved[5];
    // After the task: CRC-32 (as zlib's) that these bytes must have; 0 bytes: not checked.
    uint64_t check_address;
    uint32_t check_bytes;
    uint32_t check_crc;
    uint32_t reserved1;
    uint32_t num_addresses;  // that many struct task_image_address follow
};

static inline const struct task_image_address* task_image_addresses(
    const struct task_image* image) {
    return (const struct task_image_address*)(image + 1);
}

// Exit codes.
enum baremetal_exit {
    BAREMETAL_DONE = 0,
    BAREMETAL_FAILED = 1,   // the task; the log says why
    BAREMETAL_NO_TASK = 2,  // no image, or not one of this version
    BAREMETAL_NO_DLA = 3,   // nothing that looks like a DLA at dla_base
    BAREMETAL_EXCEPTION = 4,
    BAREMETAL_WRONG_RESULT = 5,  // the CRC
};

#endif
