// SPDX-License-Identifier: Apache-2.0
// In the guest: reads and writes offsets of a DLA's register window with every access size.
// Whatever it starts there is nonsense; guest and platform must live on.
//
//   csb_sweep [STEP]       bytes from one offset to the next, a power of two; default 4. Accesses
//   wider
//                          than STEP take every offset they can. Needs /dev/mem (dla.driver=none).
//                          Prints for each size how many accesses it made, the time for all of
//                          them, and the one that took longest.
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

#define WINDOW 0x10200000
#define WINDOW_BYTES 0x40000u
#define WIDEST 8u

static volatile uint8_t* window;

static uint64_t read_at(uint32_t offset, unsigned size) {
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

// What is written in one pass over the window.
static uint64_t zeros(void) {
    return 0;
}
static uint64_t ones(void) {
    return ~0ull;
}
static uint64_t nibbles(void) {
    return 0x1111111111111111u;
}
// Pseudo-random, the same in every run.
static uint64_t noise(void) {
    static uint64_t state = 0x9e3779b97f4a7c15u;

    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static double now(void) {
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

struct cost {
    unsigned long accesses;
    double longest; /* seconds */
    uint32_t offset;
};

// One access at every offset. value: what is written; nothing: it is read.
static void pass(uint32_t stride, unsigned size, uint64_t (*value)(void), struct cost* cost) {
    for (uint32_t offset = 0; offset < WINDOW_BYTES; offset += stride) {
        double begin = now(), took;

        if (value)
            write_at(offset, size, value());
        else
            (void)read_at(offset, size);
        took = now() - begin;
        cost->accesses++;
        if (took > cost->longest) {
            cost->longest = took;
            cost->offset = offset;
        }
    }
}

int main(int argc, char** argv) {
    uint64_t (*const passes[])(void) = {NULL, zeros, ones, nibbles, noise};
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
        struct cost cost = {0};
        double begin = now();

        for (unsigned i = 0; i < sizeof(passes) / sizeof(*passes); i++)
            pass(step > size ? step : size, size, passes[i], &cost);
        printf("size %u: %lu accesses in %.1f s, the longest %.2f ms at 0x%x\n", size,
               cost.accesses, now() - begin, cost.longest * 1e3, cost.offset);
        fflush(stdout);
    }
    return 0;
}
