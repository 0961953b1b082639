// SPDX-License-Identifier: Apache-2.0
// In the guest: how long one register access of the DLA takes, round trip, by the guest's clock.
//
//   csb_latency [ACCESSES]        needs /dev/mem, so no driver may hold the window
//   (dla.driver=none)
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

#define WINDOW 0x10200000
#define WINDOW_BYTES 0x40000
#define MASK_REGISTER 0x1004  // GLB.S_INTR_MASK in the nv_small map, plain storage
#define MOST 1000000

static int64_t now_ns(void) {
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC_RAW, &t);
    return t.tv_sec * 1000000000ll + t.tv_nsec;
}

static int compare(const void* a, const void* b) {
    int64_t x = *(const int64_t*)a, y = *(const int64_t*)b;

    return (x > y) - (x < y);
}

static void report(const char* what, int64_t* times, long count) {
    qsort(times, count, sizeof(*times), compare);
    printf("%s: p50 %lld ns, p99 %lld ns, %ld accesses\n", what, (long long)times[count / 2],
           (long long)times[count * 99 / 100], count);
}

int main(int argc, char** argv) {
    long count = argc > 1 ? atol(argv[1]) : 20000;
    int memory = open("/dev/mem", O_RDWR | O_SYNC);
    volatile uint32_t* window;
    int64_t* times;

    if (count < 1 || count > MOST) {
        fprintf(stderr, "csb_latency: ACCESSES is %ld, legal is 1 to %d\n", count, MOST);
        return 2;
    }
    if (memory < 0) {
        perror("csb_latency: /dev/mem");
        return 1;
    }
    window = mmap(NULL, WINDOW_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, memory, WINDOW);
    times = malloc(count * sizeof(*times));
    if (window == MAP_FAILED || !times) {
        perror("csb_latency");
        return 1;
    }
    for (long i = 0; i < count; i++) {
        int64_t begin = now_ns();
        (void)window[MASK_REGISTER / 4];
        times[i] = now_ns() - begin;
    }
    report("read", times, count);
    for (long i = 0; i < count; i++) {
        int64_t begin = now_ns();
        window[MASK_REGISTER / 4] = 0;
        times[i] = now_ns() - begin;
    }
    report("write", times, count);
    return 0;
}
