// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only
// Register access by unit and generated name:
//
//   dla_write(engine, DLA_UNIT_CDMA, DLA_CDMA_D_BANK,
//             DLA_FIELD(DLA_CDMA_D_BANK__DATA_BANK, banks - 1));
#ifndef DLA_FIRMWARE_REGISTERS_H
#define DLA_FIRMWARE_REGISTERS_H

#include "firmware/engine/engine.h"

#define DLA_FIELD(name, value) (((uint32_t)(value) << name##_SHIFT) & name##_MASK)
#define DLA_FIELD_OF(name, word) (((word)&name##_MASK) >> name##_SHIFT)

// S_STATUS, S_POINTER and the interrupt bits are the same in every unit; these names stand for all.
enum {
    DLA_S_STATUS = DLA_CACC_S_STATUS,
    DLA_S_POINTER = DLA_CACC_S_POINTER,
    DLA_POLL_LIMIT = 1000000,  // far beyond the longest wait for CBUF flush or a BDMA slot
};

static inline void dla_write(const struct dla_engine* engine, enum dla_unit unit, uint32_t offset,
                             uint32_t value) {
    dla_reg_write(engine->driver, engine->unit_bases[unit] + offset, value);
}

static inline uint32_t dla_read(const struct dla_engine* engine, enum dla_unit unit,
                                uint32_t offset) {
    return dla_reg_read(engine->driver, engine->unit_bases[unit] + offset);
}

static inline uint32_t dla_low(uint64_t value) {
    return (uint32_t)(value & 0xffffffffu);
}
static inline uint32_t dla_high(uint64_t value) {
    return (uint32_t)(value >> 32);
}

static inline void dla_set_producer(const struct dla_engine* engine, enum dla_unit unit,
                                    uint8_t group) {
    dla_write(engine, unit, DLA_S_POINTER, DLA_FIELD(DLA_CACC_S_POINTER__PRODUCER, group));
}

static inline uint8_t dla_consumer_pointer(const struct dla_engine* engine, enum dla_unit unit) {
    return (uint8_t)DLA_FIELD_OF(DLA_CACC_S_POINTER__CONSUMER,
                                 dla_read(engine, unit, DLA_S_POINTER));
}

// Clears mask bits of GLB, so that both groups of a unit can interrupt.
static inline void dla_unmask_interrupts(const struct dla_engine* engine, uint32_t bits) {
    const uint32_t mask = dla_read(engine, DLA_UNIT_GLB, DLA_GLB_S_INTR_MASK);
    dla_write(engine, DLA_UNIT_GLB, DLA_GLB_S_INTR_MASK, mask & ~bits);
}

#endif
