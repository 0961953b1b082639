// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only
// What a CPU and its board supply to the bare-metal port.
#ifndef DLA_FIRMWARE_BAREMETAL_PLATFORM_H
#define DLA_FIRMWARE_BAREMETAL_PLATFORM_H

#include "firmware/engine/types.h"

void platform_put_char(char character);
void platform_enable_interrupt(uint32_t number);
// Sleeps until the interrupt is pending or time is over; false: time is over.
bool platform_wait_for_interrupt(uint32_t number, int64_t timeout_us);
// Lets the interrupt happen again, after its cause is gone.
void platform_end_interrupt(uint32_t number);
int64_t platform_time_us(void);
_Noreturn void platform_exit(int code);

// A 32-bit read that may meet nothing; false: the bus said so.
bool platform_probe(uint64_t address, uint32_t* value);

// Called by the boards' start-up code.
_Noreturn void baremetal_main(void);
// Called for an exception outside a probe.
_Noreturn void baremetal_exception(uint64_t cause, uint64_t address);
// For the exception handlers of the boards.
extern volatile bool platform_probing;
extern volatile bool platform_probe_failed;

#endif
