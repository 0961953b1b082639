// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only
// What a port supplies. spec: firmware-interface.md section 2.
#ifndef DLA_FIRMWARE_PORT_H
#define DLA_FIRMWARE_PORT_H

#include "firmware/engine/types.h"

#ifdef __cplusplus
extern "C" {
#endif

enum dla_address_destination {
    DLA_DESTINATION_PROCESSOR = 0,  // a token for dla_data_read and dla_data_write
    DLA_DESTINATION_DMA = 1,        // a bus address, offset of the list entry included
};

uint32_t dla_reg_read(void* driver_context, uint32_t addr);
void dla_reg_write(void* driver_context, uint32_t addr, uint32_t reg);

// Writes a 64-bit value to dst_ptr. An index outside the task's address list is an error, not 0.
int32_t dla_get_dma_address(void* driver_context, void* task_data, int16_t index, void* dst_ptr,
                            uint32_t destination);
// Both refuse what lies outside the memory behind the token.
int32_t dla_data_read(void* driver_context, void* task_data, uint64_t src, void* dst, uint32_t size,
                      uint64_t offset);
int32_t dla_data_write(void* driver_context, void* task_data, void* src, uint64_t dst,
                       uint32_t size, uint64_t offset);

int64_t dla_get_time_us(void);
void* dla_memset(void* src, int ch, uint64_t len);
void* dla_memcpy(void* dest, const void* src, uint64_t len);

#if defined(__GNUC__)
#define DLA_PRINTF_LIKE __attribute__((format(printf, 1, 2)))
#else
#define DLA_PRINTF_LIKE
#endif
void dla_debug(const char* fmt, ...) DLA_PRINTF_LIKE;
void dla_info(const char* fmt, ...) DLA_PRINTF_LIKE;
void dla_warn(const char* fmt, ...) DLA_PRINTF_LIKE;
void dla_error(const char* fmt, ...) DLA_PRINTF_LIKE;

#ifdef __cplusplus
}
#endif
#endif
