// SPDX-License-Identifier: Apache-2.0
// Every unit of nv_full at work in both register groups at the same time: one convolution per group
// through SDP (with SDP_RDMA) and PDP, one normalisation, one reshape and one copy each.
#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "dla_tlm/cdp/cdp_kernel.hpp"
#include "testing/catch.hpp"
#include "testing/csb_driver.hpp"
#include "trace-tests/generator/random.hpp"
#include "vp/platform/fused_layer.hpp"

using namespace dla;
using testing::CsbDriver;
using trace::Bytes;
using trace::GeneratedLayer;
using trace::Image;

namespace {

// One unit of a layer after the other, in the order of their enables.
struct Job {
    GeneratedLayer layer;
    std::uint64_t shift = 0;  // of all its addresses
    std::vector<std::string_view> units;

    std::uint32_t place(std::uint32_t value) const {
        const auto is_address = [&](const Image& image) { return image.address == value; };
        const bool address = std::ranges::any_of(layer.inputs, is_address) ||
                             std::ranges::any_of(layer.outputs, is_address);
        return address ? value + static_cast<std::uint32_t>(shift) : value;
    }
};

constexpr std::uint64_t kApart = 0x01000000;  // between two jobs
constexpr std::uint32_t kBase = 0x80000000;

Bytes random_bytes(std::size_t size, std::uint64_t seed) {
    trace::Random random(seed);
    Bytes bytes(size);
    for (auto& byte : bytes)
        byte = static_cast<std::uint8_t>(random.next() >> 8);
    return bytes;
}

trace::LayerSpec convolution_spec(unsigned group) {
    return {.width = 16,
            .height = 16,
            .channels = 64,
            .kernels = 64,
            .pad = 1,
            .bias = true,
            .relu = group == 1,
            .seed = 11 + group};
}

Job convolution(const HardwareConfig& config, unsigned group, bool fused) {
    const trace::LayerSpec spec = convolution_spec(group);
    Job job{fused ? testing::fused_layer(spec, config, kBase + 0x00800000)
                  : trace::generate(spec, config).value(),
            0,
            {"SDP_RDMA", "SDP", "CACC", "CMAC_B", "CMAC_A", "CSC", "CDMA"}};
    if (fused) {
        job.units.insert(job.units.begin(), "PDP");
        job.layer.outputs = {
            {"pooled", kBase + 0x00800000, testing::pooled(job.layer, spec, config)}};
    }
    return job;
}

Job pooling(const HardwareConfig& config, unsigned group) {
    const trace::LayerSpec spec{
        .kind = trace::LayerKind::kPooling,
        .width = 32,
        .height = 32,
        .channels = 64,
        .kernel_width = 2,
        .kernel_height = 2,
        .stride = 2,
        .method = group == 0 ? trace::PoolingMethod::kMax : trace::PoolingMethod::kAverage,
        .seed = 21 + group};
    return {trace::generate(spec, config).value(), 0, {"PDP", "PDP_RDMA"}};
}

Job copy(const HardwareConfig& config, unsigned group) {
    const trace::LayerSpec spec{.kind = trace::LayerKind::kCopy,
                                .width = 4096,
                                .height = 64,
                                .channels = 2,
                                .line_gap = 1,
                                .seed = 31 + group};
    return {trace::generate(spec, config).value(), 0, {"BDMA"}};
}

// ---- CDP ----

constexpr unsigned kWidth = 24;
constexpr unsigned kHeight = 16;
constexpr unsigned kChannels = 64;
constexpr unsigned kAtom = 32;
constexpr std::uint32_t kLine = kWidth * kAtom;
constexpr std::uint32_t kSurface = kLine * kHeight;

const lut::Tables& cdp_tables() {
    static const lut::Tables tables = [] {
        lut::Tables t;
        for (unsigned i = 0; i < lut::kLeEntries; ++i)
            t.le[i] = static_cast<std::int16_t>(3000 - 20 * static_cast<int>(i));
        for (unsigned i = 0; i < lut::kLoEntries; ++i)
            t.lo[i] = static_cast<std::int16_t>(2000 - 7 * static_cast<int>(i));
        return t;
    }();
    return tables;
}

Bytes normalized(const Bytes& source, unsigned window) {
    cdp::CdpOp op;
    op.window = window;
    op.width = kWidth;
    op.height = kHeight;
    op.channels = kChannels;
    op.atom_bytes = kAtom;
    op.output.shift = 11;
    op.lut.lo_select = 6;
    cdp::CdpCounts counts;
    Bytes out(source.size());
    for (unsigned y = 0; y < kHeight; ++y)
        cdp::normalize_reference(op, cdp_tables(), {&source[y * kLine], kSurface}, kWidth,
                                 &out[y * kLine], kSurface, counts);
    return out;
}

Job normalization(const HardwareConfig& config, unsigned group) {
    Job job{GeneratedLayer(config.address_map), 0, {"CDP", "CDP_RDMA"}};
    const Bytes source = random_bytes(kSurface * kChannels / kAtom, 41 + group);
    job.layer.inputs = {{"input", kBase, source}};
    job.layer.outputs = {{"output", kBase + 0x00400000, normalized(source, group == 0 ? 5 : 9)}};
    trace::RegisterProgram& p = job.layer.program;
    for (const char* unit : {"CDP", "CDP_RDMA"})
        p.set(unit, "S_POINTER", 0);
    p.set("CDP", "S_LUT_INFO", {{"LUT_LO_INDEX_SELECT", 6}});
    p.set("CDP", "D_FUNC_BYPASS", 0);
    p.set_address("CDP", "D_DST_BASE_ADDR", job.layer.outputs[0].address);
    p.set("CDP", "D_DST_LINE_STRIDE", kLine);
    p.set("CDP", "D_DST_SURFACE_STRIDE", kSurface);
    p.set("CDP", "D_DST_DMA_CFG", 1);
    p.set("CDP", "D_DATA_FORMAT", 0);
    p.set("CDP", "D_LRN_CFG", group == 0 ? 1 : 3);
    p.set("CDP", "D_DATOUT_SHIFTER", 11);
    p.set("CDP_RDMA", "D_DATA_CUBE_WIDTH", kWidth - 1);
    p.set("CDP_RDMA", "D_DATA_CUBE_HEIGHT", kHeight - 1);
    p.set("CDP_RDMA", "D_DATA_CUBE_CHANNEL", kChannels - 1);
    p.set_address("CDP_RDMA", "D_SRC_BASE_ADDR", kBase);
    p.set("CDP_RDMA", "D_SRC_LINE_STRIDE", kLine);
    p.set("CDP_RDMA", "D_SRC_SURFACE_STRIDE", kSurface);
    p.set("CDP_RDMA", "D_SRC_DMA_CFG", 1);
    p.set("CDP_RDMA", "D_DATA_FORMAT", 0);
    return job;
}

void load_tables(CsbDriver& driver, const trace::RegisterProgram& p) {
    const auto load = [&](std::uint32_t access, auto& entries) {
        driver.write(p.address("CDP", "S_LUT_ACCESS_CFG"), access);
        for (const std::int16_t entry : entries)
            driver.write(p.address("CDP", "S_LUT_ACCESS_DATA"), static_cast<std::uint16_t>(entry));
    };
    load(0x20000, cdp_tables().le);
    load(0x30000, cdp_tables().lo);
}

// ---- RUBIK: group 0 splits a cube into planes, group 1 merges planes to a cube ----

constexpr unsigned kPlaneWidth = 64;  // whole units of 32 bytes: no padding behind a line
constexpr unsigned kPlaneHeight = 32;
constexpr std::uint32_t kPlane = kPlaneWidth * kPlaneHeight;

Bytes planes_of(const Bytes& cube) {
    Bytes planes(cube.size());
    for (std::size_t c = 0; c < kChannels; ++c)
        for (std::size_t i = 0; i < kPlane; ++i)
            planes[c * kPlane + i] = cube[((c / kAtom) * kPlane + i) * kAtom + c % kAtom];
    return planes;
}

Job reshape(const HardwareConfig& config, unsigned group) {
    Job job{GeneratedLayer(config.address_map), 0, {"RBK"}};
    const Bytes cube = random_bytes(std::size_t{kPlane} * kChannels, 51 + group);
    const Bytes planes = planes_of(cube);
    const bool split = group == 0;
    job.layer.inputs = {{"input", kBase, split ? cube : planes}};
    job.layer.outputs = {{"output", kBase + 0x00400000, split ? planes : cube}};
    trace::RegisterProgram& p = job.layer.program;
    p.set("RBK", "S_POINTER", 0);
    p.set("RBK", "D_MISC_CFG", split ? 1u : 2u);
    p.set("RBK", "D_DAIN_RAM_TYPE", 1);
    p.set("RBK", "D_DATAIN_SIZE_0", (kPlaneHeight - 1) << 16 | (kPlaneWidth - 1));
    p.set("RBK", "D_DATAIN_SIZE_1", kChannels - 1);
    p.set_address("RBK", "D_DAIN_ADDR", kBase);
    p.set("RBK", "D_DAOUT_RAM_TYPE", 1);
    p.set("RBK", "D_DATAOUT_SIZE_1", kChannels - 1);
    p.set_address("RBK", "D_DAOUT_ADDR", job.layer.outputs[0].address);
    const char* cube_side = split ? "D_DAIN_" : "D_DAOUT_";
    const char* plane_side = split ? "D_DAOUT_" : "D_DAIN_";
    p.set("RBK", std::string(cube_side) + "LINE_STRIDE", kPlaneWidth * kAtom);
    p.set("RBK", std::string(cube_side) + "SURF_STRIDE", kPlane * kAtom);
    p.set("RBK", std::string(plane_side) + "LINE_STRIDE", kPlaneWidth);
    p.set("RBK", std::string(plane_side) + "PLANAR_STRIDE", kPlane);
    return job;
}

// ---- all of them ----

std::vector<Job> jobs_of(const HardwareConfig& config, unsigned group, bool fused) {
    std::vector<Job> jobs;
    jobs.push_back(convolution(config, group, fused));
    if (!fused) jobs.push_back(pooling(config, group));
    jobs.push_back(normalization(config, group));
    jobs.push_back(reshape(config, group));
    jobs.push_back(copy(config, group));
    for (std::size_t i = 0; i < jobs.size(); ++i)
        jobs[i].shift = (2 * i + group) * kApart;
    return jobs;
}

constexpr std::uint32_t kSlot = 0xfff;
constexpr std::uint32_t kPointer = 4;

bool has_groups(const Job& job) {
    return job.units.front() != "BDMA";
}

void program(CsbDriver& driver, const Job& job, unsigned group) {
    for (const auto& [address, value, mask] : job.layer.program.writes()) {
        const bool pointer = has_groups(job) && (address & kSlot) == kPointer;
        driver.write(address, pointer ? group : job.place(value));
    }
    if (!has_groups(job)) driver.write(job.layer.program.address("BDMA", "CFG_OP"), 1);
}

void start(CsbDriver& driver, const Job& job, unsigned group) {
    const trace::RegisterProgram& p = job.layer.program;
    if (!has_groups(job)) {
        driver.write(p.address("BDMA", group == 0 ? "CFG_LAUNCH0" : "CFG_LAUNCH1"), 1);
        return;
    }
    for (const std::string_view unit : job.units) {
        driver.write(p.address(unit, "S_POINTER"), group);
        driver.write(p.address(unit, "D_OP_ENABLE"), 1);
    }
}

void fill_memory(vp::Platform& platform, const std::vector<Job>& jobs) {
    for (const Job& job : jobs)
        for (const Image& image : job.layer.inputs)
            std::ranges::copy(image.bytes, platform.main_memory()
                                               .bytes(image.address + job.shift, image.bytes.size())
                                               .begin());
}

void check_outputs(vp::Platform& platform, const std::vector<Job>& jobs) {
    for (const Job& job : jobs) {
        for (const Image& image : job.layer.outputs) {
            INFO(job.units.front() << " " << image.name << " at " << image.address + job.shift);
            CHECK(std::ranges::equal(
                platform.main_memory().bytes(image.address + job.shift, image.bytes.size()),
                image.bytes));
        }
    }
}

// First cycle of every bit of S_INTR_STATUS.
struct InterruptLog : EventSink {
    explicit InterruptLog(EventStream& events) { events.attach(*this); }
    void on_interrupt(const InterruptEvent& event) override {
        for (unsigned bit = 0; bit < 32; ++bit) {
            if ((event.status >> bit & 1) != 0 && first[bit] == 0) first[bit] = event.cycle;
        }
    }
    std::array<std::uint64_t, 32> first{};
};

constexpr std::uint32_t kAllInterrupts = 0x003f03ff;

void check_interrupts(const InterruptLog& log) {
    for (unsigned bit = 0; bit < 32; bit += 2) {
        if ((kAllInterrupts >> bit & 1) == 0) continue;
        INFO("interrupt bits " << bit << " and " << bit + 1);
        CHECK(log.first[bit] > 0);
        CHECK(log.first[bit] < log.first[bit + 1]);
    }
}

void check_all_units(bool fused) {
    vp::Platform platform("platform", *builtin_config("nv_full"));
    CsbDriver driver("driver");
    driver.bind(platform);
    testing::GuestErrors errors(platform.dla().events());
    InterruptLog log(platform.dla().events());
    const HardwareConfig& config = platform.dla().config();
    const std::array groups{jobs_of(config, 0, fused), jobs_of(config, 1, fused)};
    const trace::RegisterProgram& names = groups[0][0].layer.program;
    for (const auto& jobs : groups)
        fill_memory(platform, jobs);
    const auto check_states = [&](std::uint32_t status, std::uint32_t bdma) {
        for (const Job& job : groups[0]) {
            for (const std::string_view unit : job.units) {
                INFO(unit);
                if (unit == "BDMA") {
                    CHECK((driver.read(names.address("BDMA", "STATUS")) & 0x700) == bdma);
                } else {
                    CHECK(driver.read(names.address(unit, "S_STATUS")) == status);
                }
            }
        }
    };
    driver.then([&] {
        driver.wait_cycles(10'000);  // the convolution buffer is clean
        load_tables(driver, names);
        for (unsigned group = 0; group < 2; ++group) {
            for (const Job& job : groups[group])
                program(driver, job, group);
            // BDMA has no register groups: what is pushed next belongs to the next launch.
            for (const Job& job : groups[group]) {
                if (!has_groups(job)) start(driver, job, group);
            }
        }
        for (unsigned group = 0; group < 2; ++group) {
            for (const Job& job : groups[group]) {
                if (has_groups(job)) start(driver, job, group);
            }
        }
        check_states(0x00020001, 0x600);
        driver.wait_cycles(2'000'000);
        check_states(0, 0x100);
        CHECK(driver.read(names.address("GLB", "S_INTR_STATUS")) == kAllInterrupts);
        CHECK(driver.irq.read());
        driver.write(names.address("GLB", "S_INTR_STATUS"), kAllInterrupts);
        driver.wait_cycles(10);
        CHECK_FALSE(driver.irq.read());
    });
    sc_core::sc_start();
    for (const auto& jobs : groups)
        check_outputs(platform, jobs);
    check_interrupts(log);
    CHECK(errors.messages.empty());
}

}  // namespace

TEST_CASE("all units in both groups at once, PDP behind SDP") {
    check_all_units(true);
}

TEST_CASE("all units in both groups at once, PDP with its own reader") {
    check_all_units(false);
}
