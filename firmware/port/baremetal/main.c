// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only
// Runs the one task of the image and leaves with a code (task_image.h).
#include "firmware/dla_registers.h"
#include "firmware/engine/dla_interface.h"
#include "firmware/port/baremetal/platform.h"
#include "firmware/port/baremetal/print.h"
#include "firmware/port/baremetal/task_image.h"

enum { HARDWARE_VERSION = 0x303031, INTERRUPT_TIMEOUT_US = 60000000 };

volatile bool platform_probing;
volatile bool platform_probe_failed;

static struct dla_config config_of(const struct task_image* image) {
    const struct dla_config config = {
        .atom_size = image->atom_size,
        .bdma_enable = image->bdma != 0,
        .rubik_enable = image->rubik != 0,
        .weight_compress_support = image->weight_compression != 0,
        .extension = DLA_CONFIG_EXTENDED,
        .unit_bases = image->address_map == TASK_IMAGE_NV_FULL ? dla_unit_bases_nv_full
                                                               : dla_unit_bases_nv_small,
        .descriptor_layout = image->descriptor_layout,
        .limits = image->limits,
    };
    return config;
}

static bool dla_answers(const struct task_image* image, const uint32_t* unit_bases) {
    const uint64_t address =
        image->dla_base + unit_bases[DLA_UNIT_GLB] + DLA_GLB_S_NVDLA_HW_VERSION;
    uint32_t version = 0;
    const bool answered = platform_probe(address, &version);
    if (answered && version == HARDWARE_VERSION) return true;
    print("no DLA answers at 0x%llx (%s 0x%x)\n", (unsigned long long)address,
          answered ? "version" : "bus error, version", version);
    return false;
}

static int32_t run(void* engine, struct task_image* image, struct dla_config* config) {
    uint32_t done = 0;
    int32_t error = dla_execute_task(engine, image, config);
    while (error == 0) {
        error = dla_process_events(engine, &done);
        if (error != 0 || done != 0) break;
        if (!platform_wait_for_interrupt(image->interrupt, INTERRUPT_TIMEOUT_US)) {
            print("no interrupt %u in %u s\n", image->interrupt, INTERRUPT_TIMEOUT_US / 1000000);
            error = -1;
            break;
        }
        error = dla_isr_handler(engine);
        platform_end_interrupt(image->interrupt);
    }
    dla_clear_task(engine);
    return error;
}

static bool result_is_right(const struct task_image* image) {
    const volatile uint8_t* bytes = (const volatile uint8_t*)(uintptr_t)image->check_address;
    uint32_t crc = 0xffffffffu;
    for (uint32_t i = 0; i < image->check_bytes; ++i) {
        crc ^= bytes[i];
        for (unsigned bit = 0; bit < 8; ++bit)
            crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xedb88320u : 0);
    }
    if (image->check_bytes == 0 || ~crc == image->check_crc) return true;
    print("result has CRC 0x%x instead of 0x%x\n", ~crc, image->check_crc);
    return false;
}

_Noreturn void baremetal_main(void) {
    struct task_image* image = (struct task_image*)(uintptr_t)TASK_IMAGE_ADDRESS;
    print("DLA firmware, task image at 0x%llx\n", (unsigned long long)TASK_IMAGE_ADDRESS);
    if (image->magic != TASK_IMAGE_MAGIC || image->version != TASK_IMAGE_VERSION) {
        print("no task image: magic 0x%x, version %u\n", image->magic, image->version);
        platform_exit(BAREMETAL_NO_TASK);
    }
    struct dla_config config = config_of(image);
    if (!dla_answers(image, config.unit_bases)) platform_exit(BAREMETAL_NO_DLA);
    void* engine;
    if (dla_register_driver(&engine, image) != 0) platform_exit(BAREMETAL_FAILED);
    platform_enable_interrupt(image->interrupt);
    const int64_t begin = platform_time_us();
    const int32_t error = run(engine, image, &config);
    image->status = error == 0 ? 1 : 2;
    print("task %s after %lld us (code %d)\n", error == 0 ? "done" : "failed",
          (long long)(platform_time_us() - begin), error);
    if (error != 0) platform_exit(BAREMETAL_FAILED);
    platform_exit(result_is_right(image) ? BAREMETAL_DONE : BAREMETAL_WRONG_RESULT);
}

_Noreturn void baremetal_exception(uint64_t cause, uint64_t address) {
    print("exception, cause 0x%llx at 0x%llx\n", (unsigned long long)cause,
          (unsigned long long)address);
    platform_exit(BAREMETAL_EXCEPTION);
}
