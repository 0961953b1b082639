// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only
// The engine's portability layer on physical memory. driver_context and task_data are the task
// image.
#include "firmware/engine/dla_port.h"
#include "firmware/port/baremetal/platform.h"
#include "firmware/port/baremetal/print.h"
#include "firmware/port/baremetal/task_image.h"

_Static_assert(sizeof(struct task_image) == 80, "task image layout");

enum { INVALID_INPUT = 3 };

uint32_t dla_reg_read(void* driver_context, uint32_t addr) {
    const struct task_image* image = driver_context;
    return *(volatile uint32_t*)(uintptr_t)(image->dla_base + addr);
}

void dla_reg_write(void* driver_context, uint32_t addr, uint32_t reg) {
    const struct task_image* image = driver_context;
    *(volatile uint32_t*)(uintptr_t)(image->dla_base + addr) = reg;
}

int32_t dla_get_dma_address(void* driver_context, void* task_data, int16_t index, void* dst_ptr,
                            uint32_t destination) {
    const struct task_image* image = task_data;
    (void)driver_context;
    if (index < 0 || (uint32_t)index >= image->num_addresses) return -INVALID_INPUT;
    const uint64_t value = destination == DLA_DESTINATION_DMA
                               ? task_image_addresses(image)[index].bus_address
                               : (uint64_t)index;
    dla_memcpy(dst_ptr, &value, sizeof(value));
    return 0;
}

static uint8_t* memory_of(const struct task_image* image, uint64_t token, uint64_t offset,
                          uint32_t size) {
    if (token >= image->num_addresses) return NULL;
    const struct task_image_address* entry = &task_image_addresses(image)[token];
    if (offset > entry->bytes || size > entry->bytes - offset) return NULL;
    return (uint8_t*)(uintptr_t)(entry->bus_address + offset);
}

int32_t dla_data_read(void* driver_context, void* task_data, uint64_t src, void* dst, uint32_t size,
                      uint64_t offset) {
    const uint8_t* memory = memory_of(task_data, src, offset, size);
    (void)driver_context;
    if (memory == NULL) return -INVALID_INPUT;
    dla_memcpy(dst, memory, size);
    return 0;
}

int32_t dla_data_write(void* driver_context, void* task_data, void* src, uint64_t dst,
                       uint32_t size, uint64_t offset) {
    uint8_t* memory = memory_of(task_data, dst, offset, size);
    (void)driver_context;
    if (memory == NULL) return -INVALID_INPUT;
    dla_memcpy(memory, src, size);
    return 0;
}

int64_t dla_get_time_us(void) {
    return platform_time_us();
}

// Byte by byte: without an MMU the aarch64 core refuses unaligned words.
void* dla_memcpy(void* dest, const void* src, uint64_t len) {
    uint8_t* to = dest;
    const uint8_t* from = src;
    for (uint64_t i = 0; i < len; ++i)
        to[i] = from[i];
    return dest;
}

void* dla_memset(void* src, int ch, uint64_t len) {
    uint8_t* to = src;
    for (uint64_t i = 0; i < len; ++i)
        to[i] = (uint8_t)ch;
    return src;
}

// The compiler may call these for structures.
void* memcpy(void* dest, const void* src, size_t len);
void* memset(void* dest, int ch, size_t len);
void* memcpy(void* dest, const void* src, size_t len) {
    return dla_memcpy(dest, src, len);
}
void* memset(void* dest, int ch, size_t len) {
    return dla_memset(dest, ch, len);
}

void dla_debug(const char* fmt, ...) {
    (void)fmt;
}

void dla_info(const char* fmt, ...) {
    va_list arguments;
    va_start(arguments, fmt);
    print_formatted("info: ", fmt, arguments);
    va_end(arguments);
}

void dla_warn(const char* fmt, ...) {
    va_list arguments;
    va_start(arguments, fmt);
    print_formatted("warning: ", fmt, arguments);
    va_end(arguments);
}

void dla_error(const char* fmt, ...) {
    va_list arguments;
    va_start(arguments, fmt);
    print_formatted("error: ", fmt, arguments);
    va_end(arguments);
}
