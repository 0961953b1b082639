// SPDX-License-Identifier: Apache-2.0
// Deliberate hangs: traces of one layer with a mistake each, and the sentence that explains it.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <functional>
#include <sstream>

#include "testing/catch.hpp"
#include "trace-tests/generator/generated_layer.hpp"
#include "trace-tests/test_folder.hpp"
#include "vp/trace_jobs.hpp"
#include "vp/trace_run.hpp"

namespace dla::vp {
namespace {

using trace::LayerKind;
using trace::LayerSpec;
using Lines = std::vector<std::string>;
using Edit = std::function<void(Lines&)>;

bool is_about(const std::string& line, const std::string& reg) {
    return line.ends_with("#" + reg);
}

// The program without any access to the register.
Edit without(const std::string& reg) {
    return [reg](Lines& lines) {
        const auto about = [&](const std::string& line) { return is_about(line, reg); };
        REQUIRE(std::erase_if(lines, about) > 0);
    };
}

// Another value for the register, not read back.
Edit with(const std::string& reg, std::uint32_t value) {
    return [reg, value](Lines& lines) {
        std::erase_if(lines, [&](const std::string& line) {
            return line.starts_with("read_reg") && is_about(line, reg);
        });
        const auto place =
            std::ranges::find_if(lines, [&](const auto& line) { return is_about(line, reg); });
        REQUIRE(place != lines.end());
        const std::string address = place->substr(0, place->find(' ', sizeof("write_reg")));
        *place = fmt::format("{} 0x{:08x} #{}", address, value, reg);
    };
}

// A line in front of everything, or behind it.
Edit at_front(const std::string& line) {
    return [line](Lines& lines) { lines.insert(lines.begin(), line); };
}
Edit at_end(const std::string& line) {
    return [line](Lines& lines) { lines.push_back(line); };
}
struct Hang {
    const char* name;
    const char* config;
    LayerSpec layer;
    std::vector<Edit> edits;
    std::vector<std::string> sentences;
};

LayerSpec convolution(unsigned size = 8) {
    return {.width = size, .height = size, .channels = 16, .kernels = 24, .pad = 1, .relu = true};
}
LayerSpec sdp() {
    return {.kind = LayerKind::kSdp, .channels = 16, .relu = true};
}
LayerSpec pooling() {
    return {.kind = LayerKind::kPooling,
            .channels = 16,
            .kernel_width = 2,
            .kernel_height = 2,
            .stride = 2};
}
LayerSpec copy() {
    return {.kind = LayerKind::kCopy, .width = 64, .height = 4, .channels = 2};
}

std::string missing(const char* unit) {
    return fmt::format("{} is not enabled: D_OP_ENABLE of its group 0 is missing", unit);
}

const std::vector<Hang>& hangs() {
    static const std::vector<Hang> kHangs{
        {"CMAC_B",
         "nv_small",
         convolution(),
         {without("CMAC_B.D_OP_ENABLE")},
         {"CSC group 0 waits for space in the link CSC to CMAC_B", missing("CMAC_B"),
          "last writes to CMAC_B: "}},
        {"CMAC_A",
         "nv_small",
         convolution(),
         {without("CMAC_A.D_OP_ENABLE")},
         {"CACC group 0 waits for data from the link CMAC_A to CACC", missing("CMAC_A")}},
        {"CACC",
         "nv_small",
         convolution(),
         {without("CACC.D_OP_ENABLE")},
         {"waits for space in the link CMAC_A to CACC", missing("CACC")}},
        {"SDP behind CACC",
         "nv_small",
         convolution(),
         {without("SDP.D_OP_ENABLE")},
         {"CACC group 0 waits for space in the link CACC to SDP", missing("SDP")}},
        {"SDP behind a short layer",
         "nv_small",
         {.width = 2, .height = 2, .channels = 16, .kernels = 8, .pad = 1},
         {without("SDP.D_OP_ENABLE")},
         {"results lie in the link CACC to SDP", missing("SDP")}},
        {"CDMA",
         "nv_small",
         convolution(),
         {without("CDMA.D_OP_ENABLE")},
         {"CSC group 0 waits for CDMA to begin the layer", missing("CDMA"),
          "last writes to CDMA: D_"}},
        {"CSC",
         "nv_small",
         convolution(),
         {without("CSC.D_OP_ENABLE")},
         {"CMAC_A group 0 waits for data from the link CSC to CMAC_A", missing("CSC")}},
        {"the convolution in front of SDP",
         "nv_small",
         convolution(),
         {without("CDMA.D_OP_ENABLE"), without("CSC.D_OP_ENABLE"), without("CMAC_A.D_OP_ENABLE"),
          without("CMAC_B.D_OP_ENABLE"), without("CACC.D_OP_ENABLE")},
         {"SDP group 0 waits for data from the link CACC to SDP", missing("CACC")}},
        {"SDP_RDMA",
         "nv_small",
         sdp(),
         {without("SDP_RDMA.D_OP_ENABLE")},
         {"SDP group 0 waits for a layer of SDP_RDMA, which is not enabled", missing("SDP_RDMA")}},
        {"SDP behind its reader",
         "nv_small",
         sdp(),
         {without("SDP.D_OP_ENABLE")},
         {"SDP_RDMA group 0 waits for SDP to take the data of the layer", missing("SDP")}},
        {"PDP_RDMA",
         "nv_small",
         pooling(),
         {without("PDP_RDMA.D_OP_ENABLE")},
         {"PDP group 0 waits for a layer of PDP_RDMA, which is not enabled", missing("PDP_RDMA")}},
        {"PDP behind its reader",
         "nv_small",
         pooling(),
         {without("PDP.D_OP_ENABLE")},
         {"PDP_RDMA group 0 waits for PDP to take the data of the layer", missing("PDP")}},
        {"PDP waits for SDP",
         "nv_small",
         pooling(),
         {with("PDP.D_OPERATION_MODE_CFG", 1)},
         {"PDP group 0 waits for data from the link SDP to PDP", missing("SDP"),
          "last writes to SDP: none"}},
        {"the other group",
         "nv_small",
         sdp(),
         {with("SDP.S_POINTER", 1)},
         {"SDP group 1 is enabled, but it is the turn of group 0 (S_POINTER.CONSUMER), whose "
          "D_OP_ENABLE is missing"}},
        {"a masked interrupt",
         "nv_small",
         sdp(),
         {at_front("write_reg 0xffff0401 0x003f003f #GLB.S_INTR_MASK")},
         {"wait for the interrupt line",
          "SDP group 0 done in S_INTR_STATUS, held back by "
          "S_INTR_MASK 0x3f003f"}},
        {"an interrupt that nobody clears",
         "nv_small",
         sdp(),
         {without("GLB.S_INTR_STATUS"), at_end("read_reg 0xffff0403 0x00000001 0x00000000")},
         {"the interrupt line is high: SDP group 0 done in S_INTR_STATUS, not cleared yet"}},
        {"CBUF overflow",
         "nv_small",
         convolution(32),
         {with("CDMA.D_BANK", 0x00070000), with("CSC.D_BANK", 0x00070000)},
         {"CDMA group 0 waits for a legal configuration: the input takes 2048 entries; "
          "D_BANK.DATA_BANK "
          "0 holds 512"}},
        {"too few weight bytes",
         "nv_small",
         convolution(),
         {with("CDMA.D_WEIGHT_BYTES", 1024), with("CSC.D_WEIGHT_BYTES", 1024)},
         {"CSC group 0 waits for a legal configuration: D_WEIGHT_BYTES is 1024 but the kernels "
          "have "
          "3456 bytes"}},
        {"BDMA without a launch",
         "nv_full",
         copy(),
         {without("BDMA.CFG_LAUNCH0")},
         {"BDMA has 1 operations in its queue and no CFG_LAUNCH0 or CFG_LAUNCH1 behind them"}},
        {"a launch without an operation",
         "nv_full",
         copy(),
         {without("BDMA.CFG_OP")},
         {"BDMA group 0 was launched without an operation and never ends"}},
        {"a poll that can never match",
         "nv_full",
         {.kind = LayerKind::kRegisters},
         {at_end("read_reg 0xffff0003 0x00000001 0x00000001")},
         {"expected 0x00000001", "every unit is idle: no D_OP_ENABLE and no launch is pending"}},
        {"no second memory",
         "nv_small",
         sdp(),
         {with("SDP.D_DST_DMA_CFG", 0)},
         {"SDP group 0 waits for an answer from the second memory, which nv_small does not have"}},
        {"CMAC at another precision",
         "nv_full",
         convolution(),
         {with("CMAC_A.D_MISC_CFG", 0x00001000)},
         {"CMAC_A group 0 waits for the same mode and precision as CSC"}},
        {"CACC with another cube",
         "nv_small",
         convolution(),
         {with("CACC.D_DATAOUT_SIZE_0", 0x00070006)},
         {"CACC group 0 waits for the same layer as CSC"}},
        {"CSC with another kernel",
         "nv_small",
         convolution(),
         {with("CSC.D_DATAOUT_SIZE_1", 0x7)},
         {"CSC group 0 waits for a legal configuration"}},
    };
    return kHangs;
}

std::string detail_of(const Hang& hang, const std::string& folder) {
    const HardwareConfig config = *builtin_config(hang.config);
    const auto layer = trace::generate(hang.layer, config);
    if (!layer) return layer.error().message;
    const auto written =
        trace::write_traces(*layer, hang.layer, config, folder, trace::DialectChoice::kTxn);
    if (!written) return written.error().message;
    std::istringstream text(trace::read_text(folder + "/input.txn"));
    Lines lines;
    for (std::string line; std::getline(text, line);)
        lines.push_back(line);
    for (const Edit& edit : hang.edits)
        edit(lines);
    std::ofstream(folder + "/input.txn") << fmt::format("{}\n", fmt::join(lines, "\n"));
    const auto outcome = run_trace(folder + "/input.txn", config, {});
    return fmt::format("{}: {}", name_of(outcome.verdict), outcome.detail);
}

}  // namespace

TEST_CASE("every deliberate hang is explained") {
    const trace::TestFolder folder;
    CHECK(hangs().size() >= 20);
    run_jobs(
        hangs().size(), {.parallel = 2, .timeout_s = 60},
        [&](std::size_t i) {
            return detail_of(hangs()[i], fmt::format("{}/{}", folder.path(), i));
        },
        [&](std::size_t i, const JobResult& result) {
            INFO(hangs()[i].name << ": " << result.output << result.failure);
            CHECK_FALSE(result.output.starts_with("pass"));
            for (const std::string& sentence : hangs()[i].sentences) {
                INFO(sentence);
                CHECK(result.output.find(sentence) != std::string::npos);
            }
        });
}

}  // namespace dla::vp
