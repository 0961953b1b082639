// SPDX-License-Identifier: Apache-2.0
// In the guest: reads and writes offsets of a DLA's register window with every access size.
// Whatever it starts there is nonsense; guest and platform must live on.
//
//   csb_sweep [STEP]       bytes from one offset to the next, a power of two; default 4. Accesses
//   wider
//                          than STEP take every offset they can. Needs /dev/mem (dla.driver=none).
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#define WINDOW 0x10200000
#define WINDOW_BYTES 0x40000u
#define WIDEST 8u

static volatile uint8_t* window;
static unsigned long accesses;

static uint64_t read_at(uint32_t offset, unsigned size) {
    accesses++;
    switch (size) {
        case 1:
            return window[offset];
        case 2:
            return *(volatile uint16_t*)(window + offset);
        case 4:
            return *(volatile uint32_t*)(window + offset);
        default:
            return *(volatile uint64_t*)(window + offset);
    }
}

static void write_at(uint32_t offset, unsigned size, uint64_t value) {
    accesses++;
    switch (size) {
        case 1:
            window[offset] = (uint8_t)value;
            break;
        case 2:
            *(volatile uint16_t*)(window + offset) = (uint16_t)value;
            break;
        case 4:
            *(volatile uint32_t*)(window + offset) = (uint32_t)value;
            break;
        default:
            *(volatile uint64_t*)(window + offset) = value;
            break;
    }
}

// Pseudo-random, the same in every run.
static uint64_t noise(void) {
    static uint64_t state = 0x9e3779b97f4a7c15u;

    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

int main(int argc, char** argv) {
    const uint64_t patterns[] = {0, ~0ull, 0x1111111111111111u};
    uint32_t step = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 0) : 4;
    int memory = open("/dev/mem", O_RDWR | O_SYNC);

    if (step == 0 || step > WINDOW_BYTES || (step & (step - 1)) != 0) {
        fprintf(stderr, "csb_sweep: STEP is %u, legal is a power of two up to %u\n", step,
                WINDOW_BYTES);
        return 2;
    }
    if (memory < 0) {
        perror("csb_sweep: /dev/mem");
        return 1;
    }
    window = mmap(NULL, WINDOW_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, memory, WINDOW);
    if (window == MAP_FAILED) {
        perror("csb_sweep");
        return 1;
    }
    for (unsigned size = 1; size <= WIDEST; size *= 2) {
        uint32_t stride = step > size ? step : size;

        for (uint32_t offset = 0; offset < WINDOW_BYTES; offset += stride)
            (void)read_at(offset, size);
        for (unsigned i = 0; i <= sizeof(patterns) / sizeof(*patterns); i++)
            for (uint32_t offset = 0; offset < WINDOW_BYTES; offset += stride)
                write_at(offset, size,
                         i < sizeof(patterns) / sizeof(*patterns) ? patterns[i] : noise());
        printf("size %u: done\n", size);
        fflush(stdout);
    }
    printf("%lu accesses\n", accesses);
    return 0;
}
