// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/common/port_sharing.hpp"

#include <cmath>

#include "testing/catch.hpp"

using namespace dla;

namespace {

bool near(double value, double expected) {
    return std::abs(value - expected) < 1e-9;
}

constexpr PortCapacity kOneBeat{.read = 1, .written = 1, .total = 0};

std::vector<double> speeds(const std::vector<Sharer>& sharers, const PortCapacity& main,
                           const PortCapacity& second = kOneBeat) {
    const std::array<PortCapacity, kMemoryPorts> ports{second, main};
    return shared_speeds(sharers, ports);
}

Sharer reader(unsigned pipeline, double beats, double weight = 1) {
    Sharer sharer{.pipeline = pipeline};
    sharer.ports[1] = {.read = beats, .read_weight = weight};
    return sharer;
}

TimingConstants constants() {
    TimingConstants constants = builtin_config("nv_large")->timing;
    constants.outstanding_reads = 256;
    return constants;
}

}  // namespace

TEST_CASE("two streams of equal demand each get half of a port, three a third") {
    CHECK(speeds({reader(1, 1), reader(2, 1)}, kOneBeat) == std::vector<double>{0.5, 0.5});
    for (const double speed : speeds({reader(1, 1), reader(2, 1), reader(3, 1)}, kOneBeat))
        CHECK(near(speed, 1 / 3.0));
    // A port that is not full slows nobody.
    CHECK(speeds({reader(1, 0.5), reader(2, 0.5)}, kOneBeat) == std::vector<double>{1, 1});
}

TEST_CASE("who wants less than its share gets all of it, the others the rest") {
    const auto uneven = speeds({reader(1, 1), reader(2, 0.125)}, kOneBeat);
    CHECK(near(uneven[0], 0.875));
    CHECK(uneven[1] == 1);
    const auto three = speeds({reader(1, 1), reader(2, 0.25), reader(3, 0.5)}, kOneBeat);
    CHECK(near(three[0], 0.375));  // 1 - 0.25 = 0.75 for two
    CHECK(three[1] == 1);
    CHECK(near(three[2], 0.375 / 0.5));
}

TEST_CASE("weights divide what is short") {
    const auto weighted = speeds({reader(1, 1, 3), reader(2, 1, 1)}, kOneBeat);
    CHECK(near(weighted[0], 0.75));
    CHECK(near(weighted[1], 0.25));
    // A weight is no right to more than is wanted.
    CHECK(near(speeds({reader(1, 1, 1), reader(2, 0.25, 15)}, kOneBeat)[0], 0.75));
}

TEST_CASE("open transactions bound a port of high latency") {
    MemoryTiming memory;
    memory.read_latency = 509;
    memory.write_latency = 512;
    const PortCapacity far = port_capacity(memory, constants());
    CHECK(near(far.read, 0.5));     // 256 open reads in 509 + 3 cycles
    CHECK(near(far.written, 0.5));  // 256 open writes in 512
    CHECK(far.total == 0);
    CHECK(speeds({reader(1, 0.5), reader(2, 0.5)}, far) == std::vector<double>{0.5, 0.5});
    memory.read_latency = memory.write_latency = 50;
    CHECK(port_capacity(memory, constants()).read == 1);
    CHECK(port_capacity(memory, constants()).written == 1);
    memory.outstanding = 17;  // the memory's own limit; a place is free a cycle later
    CHECK(near(port_capacity(memory, constants()).read, 17 / 51.0));
    memory.outstanding = 0;
    memory.core_reads = 53;
    memory.core_writes = 25;
    CHECK(port_capacity(memory, constants()).read == 1);
    CHECK(port_capacity(memory, constants()).written == 0.5);
    memory.beat_interval = 4;
    CHECK(port_capacity(memory, constants()).read == 0.25);
}

TEST_CASE("reads and writes meet only where the memory's bandwidth is for both") {
    Sharer writer{.pipeline = 2};
    writer.ports[1] = {.written = 1, .write_weight = 1};
    CHECK(speeds({reader(1, 1), writer}, kOneBeat) == std::vector<double>{1, 1});
    CHECK(speeds({reader(1, 1), writer}, {.read = 1, .written = 1, .total = 1.5}) ==
          std::vector<double>{0.75, 0.75});
}

TEST_CASE("ports are shared each by itself, and what waits at one leaves room at the other") {
    Sharer copy{.pipeline = 1};  // from main to second memory
    copy.ports[1] = {.read = 1, .read_weight = 1};
    copy.ports[0] = {.written = 1, .write_weight = 1};
    Sharer writer{.pipeline = 3};  // to second memory
    writer.ports[0] = {.written = 0.75, .write_weight = 1};
    const auto result = speeds({copy, reader(2, 1), writer}, kOneBeat);
    CHECK(near(result[0], 0.5));  // of main memory
    CHECK(near(result[1], 0.5));
    CHECK(near(result[2], 0.5 / 0.75));  // beside 0.5 of the copy
    CHECK(speeds({reader(1, 1), writer}, kOneBeat) == std::vector<double>{1, 1});
}

TEST_CASE("streams of one pipeline are planned together and lose only to others") {
    CHECK(speeds({reader(0, 1), reader(0, 1)}, kOneBeat) == std::vector<double>{1, 1});
    // Alone half of the port each, beside a copy a third.
    const auto beside = speeds({reader(0, 1), reader(0, 1), reader(1, 1)}, kOneBeat);
    CHECK(near(beside[0], 2 / 3.0));
    CHECK(near(beside[1], 2 / 3.0));
    CHECK(near(beside[2], 1 / 3.0));
}

TEST_CASE("no mix of sharers moves more than a port's capacity") {
    // Each fits when it is alone.
    const PortCapacity narrow{.read = 0.5, .written = 0.8, .total = 0.9};
    std::uint32_t random = 1;
    const auto next = [&] { return (random = random * 1664525 + 1013904223) >> 24; };
    for (unsigned run = 0; run < 500; ++run) {
        std::vector<Sharer> sharers(2 + next() % 6);
        for (unsigned i = 0; i < sharers.size(); ++i) {
            sharers[i].pipeline = i;
            for (PortDemand& port : sharers[i].ports)
                port = {.read = next() / 640.0,
                        .written = next() / 640.0,
                        .read_weight = 1.0 + next() % 4,
                        .write_weight = 1.0 + next() % 4};
        }
        const auto result = speeds(sharers, narrow, narrow);
        for (std::size_t port = 0; port < kMemoryPorts; ++port) {
            double read = 0;
            double written = 0;
            for (std::size_t i = 0; i < sharers.size(); ++i) {
                CHECK(result[i] > 0);
                CHECK(result[i] <= 1);
                read += result[i] * sharers[i].ports[port].read;
                written += result[i] * sharers[i].ports[port].written;
            }
            CHECK(read <= narrow.read + 1e-9);
            CHECK(written <= narrow.written + 1e-9);
            CHECK(read + written <= narrow.total + 1e-9);
        }
    }
}

TEST_CASE("a plan of 100 cycles beside another of equal demand; the other ends, it speeds up") {
    StretchedTime time(1000);
    CHECK(time.cycle_at(100) == 1100);
    time.change(1020, 0.5);
    CHECK(time.cycle_at(100) == 1180);
    CHECK(time.cycle_at(10) == 1010);
    time.change(1060, 1);  // 20 + 40 / 2 cycles are done
    CHECK(time.progress_at(1060) == 40);
    CHECK(time.cycle_at(100) == 1120);
    CHECK(time.cycle_at(30) == 1040);
    CHECK(time.lost(1060) == 20);
    CHECK(time.lost(1120) == 20);
    CHECK(time.progress_at(990) == -10);
    CHECK(time.cycle_at(-10) == 990);
    time.change(1060, 0.25);  // at the same cycle the last word counts
    CHECK(time.cycle_at(50) == 1100);
}
