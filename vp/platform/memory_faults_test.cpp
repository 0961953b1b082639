// SPDX-License-Identifier: Apache-2.0
// Memory that answers the DMA engines with errors, in the middle of reads and writes of every unit
// with a port and from both memories, and addresses that lead nowhere: the layer ends with its
// interrupt, the mistake is named once with client and register, what could not be read is zero,
// what could not be written is as before.
#include <algorithm>
#include <array>
#include <string>

#include "dla_tlm/core/dla.hpp"
#include "testing/catch.hpp"
#include "testing/csb_driver.hpp"
#include "testing/test_memory.hpp"
#include "trace-tests/generator/generated_layer.hpp"

using namespace dla;
using testing::GuestErrors;
using testing::TestMemory;
using trace::GeneratedLayer;
using trace::LayerKind;
using trace::LayerSpec;

namespace {

// An nv_full DLA at a memory without DMI, and who programs it.
class FaultBench : public sc_core::sc_module {
  public:
    tlm_utils::simple_initiator_socket<FaultBench> csb;
    HardwareConfig config = builtin_config("nv_full").value();
    Dla dla0;
    TestMemory memory;
    TestMemory second_memory;
    sc_core::sc_signal<bool> irq;
    GuestErrors errors;
    unsigned interrupts = 0;

    FaultBench(sc_core::sc_module_name name, const GeneratedLayer& layer)
        : sc_module(name),
          csb("csb"),
          dla0("dla0", config),
          memory("memory", {.base = 0x80000000, .bytes = 16 << 20}, TestMemory::Dmi::kNo),
          second_memory("second", {.base = 0x50000000, .bytes = 1 << 20}, TestMemory::Dmi::kNo),
          irq("irq"),
          errors(dla0.events()),
          layer_(layer) {
        csb.bind(dla0.csb);
        dla0.dbb.bind(memory.socket);
        dla0.cvsram.bind(second_memory.socket);
        dla0.irq.bind(irq);
        for (const trace::Image& image : layer.inputs)
            std::ranges::copy(image.bytes, place(image.address, image.bytes.size()).begin());
        sc_core::sc_spawn([this] { run(); }, "run");
    }

    std::span<std::uint8_t> place(std::uint64_t address, std::uint64_t size) {
        const auto main = memory.bytes(address, size);
        return main.empty() ? second_memory.bytes(address, size) : main;
    }
    std::uint64_t refused() const { return memory.errors() + second_memory.errors(); }

    struct Range {
        std::uint64_t begin = 0;
        std::uint64_t end = UINT64_MAX;
    };
    // The answer to the transactions of one kind in a range, from the nth on, `count` of them.
    void answer_with(tlm::tlm_response_status error, tlm::tlm_command command, unsigned nth,
                     unsigned count, Range range) {
        const auto answer = [=, this](const tlm::tlm_generic_payload& payload) {
            const bool inside =
                payload.get_address() >= range.begin && payload.get_address() < range.end;
            if (payload.get_command() != command || !inside) return tlm::TLM_OK_RESPONSE;
            const unsigned number = seen_++;
            return number >= nth && number < nth + count ? error : tlm::TLM_OK_RESPONSE;
        };
        memory.answer = second_memory.answer = answer;
    }

  private:
    void run() {
        for (const auto& write : layer_.program.writes())
            access(tlm::TLM_WRITE_COMMAND, write.address, write.value);
        for (const trace::Start& start : layer_.starts)
            access(tlm::TLM_WRITE_COMMAND,
                   regs::find_register(config.address_map, start.unit, start.reg)->address, 1);
        sc_core::wait(sc_core::sc_time(1, sc_core::SC_MS));
        interrupts = access(tlm::TLM_READ_COMMAND, 0xc, 0);
        sc_core::sc_stop();
    }

    std::uint32_t access(tlm::tlm_command command, std::uint32_t address, std::uint32_t value) {
        tlm::tlm_generic_payload payload;
        payload.set_command(command);
        payload.set_address(address);
        payload.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
        payload.set_data_length(sizeof(value));
        payload.set_streaming_width(sizeof(value));
        sc_core::sc_time delay;
        csb->b_transport(payload, delay);
        sc_core::wait(delay);
        return value;
    }

    const GeneratedLayer& layer_;
    unsigned seen_ = 0;
};

struct Case {
    LayerSpec spec;
    unsigned group0_interrupts;  // GLB bits of group 0 that the layer raises
    const char* reader;          // client of its reads and writes, as a message names them
    const char* writer;
};

const Case kConvolution{
    {.width = 16, .height = 16, .channels = 64, .kernels = 64, .pad = 1}, 0x150001, "CDMA", "SDP"};
const Case kSdp{
    {.kind = LayerKind::kSdp, .width = 16, .height = 16, .channels = 64}, 0x1, "SDP", "SDP"};
const Case kPooling{{.kind = LayerKind::kPooling,
                     .width = 16,
                     .height = 16,
                     .channels = 64,
                     .kernel_width = 2,
                     .kernel_height = 2,
                     .stride = 2},
                    0x10,
                    "PDP",
                    "PDP"};
const Case kNormalization{{.kind = LayerKind::kNormalization,
                           .width = 16,
                           .height = 16,
                           .channels = 64,
                           .square_sum = false},
                          0x4,
                          "CDP",
                          "CDP"};
const Case kReshape{{.kind = LayerKind::kReshape, .width = 64, .height = 16, .channels = 64},
                    0x100,
                    "RUBIK",
                    "RUBIK"};
const Case kCopy{
    {.kind = LayerKind::kCopy, .width = 4096, .height = 16, .channels = 1}, 0x40, "BDMA", "BDMA"};

Case in_second_memory(Case what) {
    what.spec.memory = trace::Memory::kSecondary;
    return what;
}

GeneratedLayer layer_of(const LayerSpec& spec) {
    return trace::generate(spec, builtin_config("nv_full").value()).value();
}

// How many bytes of the output differ from its golden.
std::size_t differences(FaultBench& bench, const GeneratedLayer& layer) {
    std::size_t count = 0;
    for (const trace::Image& golden : layer.outputs) {
        const auto got = bench.place(golden.address, golden.bytes.size());
        for (std::size_t i = 0; i < got.size(); ++i)
            count += got[i] != golden.bytes[i] ? 1 : 0;
    }
    return count;
}

void check_message(FaultBench& bench, const Case& what, bool read, const char* name) {
    REQUIRE(bench.errors.messages.size() == 1);
    // Told once, but every transaction that memory refused is counted.
    const auto counts = bench.dla0.events().guest_errors();
    REQUIRE(counts.size() == 1);
    CHECK(counts[0].times == bench.refused());
    const std::string& message = bench.errors.messages[0];
    INFO(message);
    CHECK(message.find(read ? "read of " : "write of ") != std::string::npos);
    CHECK(message.find(std::string("by ") + (read ? what.reader : what.writer)) !=
          std::string::npos);
    CHECK(message.find(name) != std::string::npos);
    CHECK(message.find(read ? "the data read as zero" : "the data are lost") != std::string::npos);
}

void check_fault(const Case& what, tlm::tlm_response_status error, tlm::tlm_command command) {
    const GeneratedLayer layer = layer_of(what.spec);
    FaultBench bench("bench", layer);
    bench.answer_with(error, command, 5, 3, {});
    sc_core::sc_start();
    CHECK((bench.interrupts & what.group0_interrupts) == what.group0_interrupts);
    CHECK(bench.refused() == 3);
    CHECK(differences(bench, layer) > 0);
    CHECK(differences(bench, layer) < layer.outputs.at(0).bytes.size());
    check_message(bench, what, command == tlm::TLM_READ_COMMAND, "ADDR");
}

// Every read of the image fails: the layer computes with zeros, which gives `expected`.
void check_zeros(const Case& what, GeneratedLayer layer, const char* image, const char* name,
                 const trace::Bytes& expected) {
    layer.outputs.at(0).bytes = expected;
    FaultBench bench("bench", layer);
    const auto lost = std::ranges::find(layer.inputs, image, &trace::Image::name);
    REQUIRE(lost != layer.inputs.end());
    bench.answer_with(tlm::TLM_ADDRESS_ERROR_RESPONSE, tlm::TLM_READ_COMMAND, 0, ~0u >> 1,
                      {lost->address, lost->address + lost->bytes.size()});
    sc_core::sc_start();
    CHECK((bench.interrupts & what.group0_interrupts) == what.group0_interrupts);
    CHECK(bench.refused() > 0);
    CHECK(differences(bench, layer) == 0);
    check_message(bench, what, true, name);
}

// A base address behind all memory.
void check_outside(const Case& what, bool read, const char* unit, const char* name,
                   const char* suffix = "") {
    constexpr std::uint64_t kNowhere = 0xf0000000;
    GeneratedLayer layer = layer_of(what.spec);
    layer.program.set_address(unit, name, kNowhere, suffix);
    FaultBench bench("bench", layer);
    sc_core::sc_start();
    CHECK((bench.interrupts & what.group0_interrupts) == what.group0_interrupts);
    CHECK(bench.refused() > 0);
    const trace::Image& output = layer.outputs.at(0);
    const auto got = bench.place(output.address, output.bytes.size());
    const std::uint8_t every = read ? 0 : 0xa5;
    CHECK(std::ranges::all_of(got, [&](std::uint8_t byte) { return byte == every; }));
    check_message(bench, what, read, name);
}

constexpr auto kRead = tlm::TLM_READ_COMMAND;
constexpr auto kWrite = tlm::TLM_WRITE_COMMAND;
constexpr auto kAddressError = tlm::TLM_ADDRESS_ERROR_RESPONSE;
constexpr auto kGenericError = tlm::TLM_GENERIC_ERROR_RESPONSE;

void check_no_fault(const Case& what) {
    const GeneratedLayer layer = layer_of(what.spec);
    FaultBench bench("bench", layer);
    sc_core::sc_start();
    CHECK(bench.interrupts != 0);
    CHECK(differences(bench, layer) == 0);
    CHECK(bench.errors.messages.empty());
}

}  // namespace

TEST_CASE("convolution without faults") {
    check_no_fault(kConvolution);
}
TEST_CASE("SDP without faults") {
    check_no_fault(kSdp);
}
TEST_CASE("PDP without faults") {
    check_no_fault(kPooling);
}
TEST_CASE("BDMA without faults") {
    check_no_fault(kCopy);
}

TEST_CASE("CDP without faults") {
    check_no_fault(kNormalization);
}
TEST_CASE("RUBIK without faults") {
    check_no_fault(kReshape);
}

TEST_CASE("convolution, address error of a read") {
    check_fault(kConvolution, kAddressError, kRead);
}
TEST_CASE("convolution, error of a write") {
    check_fault(kConvolution, kGenericError, kWrite);
}
TEST_CASE("SDP, error of a read") {
    check_fault(kSdp, kGenericError, kRead);
}
TEST_CASE("SDP, address error of a write") {
    check_fault(kSdp, kAddressError, kWrite);
}
TEST_CASE("PDP, address error of a read") {
    check_fault(kPooling, kAddressError, kRead);
}
TEST_CASE("PDP, error of a write") {
    check_fault(kPooling, kGenericError, kWrite);
}
TEST_CASE("BDMA, error of a read") {
    check_fault(kCopy, kGenericError, kRead);
}
TEST_CASE("BDMA, address error of a write") {
    check_fault(kCopy, kAddressError, kWrite);
}
TEST_CASE("CDP, error of a read") {
    check_fault(kNormalization, kGenericError, kRead);
}
TEST_CASE("CDP, address error of a write") {
    check_fault(kNormalization, kAddressError, kWrite);
}
TEST_CASE("RUBIK, address error of a read") {
    check_fault(kReshape, kAddressError, kRead);
}
TEST_CASE("RUBIK, error of a write") {
    check_fault(kReshape, kGenericError, kWrite);
}

TEST_CASE("second memory: convolution, error of a read") {
    check_fault(in_second_memory(kConvolution), kGenericError, kRead);
}
TEST_CASE("second memory: SDP, address error of a write") {
    check_fault(in_second_memory(kSdp), kAddressError, kWrite);
}
TEST_CASE("second memory: PDP, error of a read") {
    check_fault(in_second_memory(kPooling), kGenericError, kRead);
}
TEST_CASE("second memory: CDP, address error of a read") {
    check_fault(in_second_memory(kNormalization), kAddressError, kRead);
}
TEST_CASE("second memory: RUBIK, error of a write") {
    check_fault(in_second_memory(kReshape), kGenericError, kWrite);
}
TEST_CASE("second memory: BDMA, error of a read") {
    check_fault(in_second_memory(kCopy), kGenericError, kRead);
}

TEST_CASE("SDP, bias that cannot be read is zero") {
    LayerSpec spec = kSdp.spec;
    const trace::Bytes without = layer_of(spec).outputs.at(0).bytes;
    spec.bias = true;
    check_zeros(kSdp, layer_of(spec), "bias", "BS_BASE_ADDR", without);
}
TEST_CASE("SDP, bias in the second memory that cannot be read is zero") {
    const Case what = in_second_memory(kSdp);
    LayerSpec spec = what.spec;
    const trace::Bytes without = layer_of(spec).outputs.at(0).bytes;
    spec.bias = true;
    check_zeros(what, layer_of(spec), "bias", "BS_BASE_ADDR", without);
}
TEST_CASE("convolution, weights that cannot be read are zero") {
    const GeneratedLayer layer = layer_of(kConvolution.spec);
    const trace::Bytes zeros(layer.outputs.at(0).bytes.size());
    check_zeros(kConvolution, layer, "weights", "WEIGHT_ADDR", zeros);
}

TEST_CASE("SDP reads outside of all memory") {
    check_outside(kSdp, true, "SDP_RDMA", "D_SRC_BASE_ADDR");
}
TEST_CASE("SDP writes outside of all memory") {
    check_outside(kSdp, false, "SDP", "D_DST_BASE_ADDR");
}
TEST_CASE("PDP reads outside of all memory") {
    check_outside(kPooling, true, "PDP_RDMA", "D_SRC_BASE_ADDR");
}
TEST_CASE("PDP writes outside of all memory") {
    check_outside(kPooling, false, "PDP", "D_DST_BASE_ADDR");
}
TEST_CASE("CDP reads outside of all memory") {
    check_outside(kNormalization, true, "CDP_RDMA", "D_SRC_BASE_ADDR");
}
TEST_CASE("CDP writes outside of all memory") {
    check_outside(kNormalization, false, "CDP", "D_DST_BASE_ADDR");
}
TEST_CASE("RUBIK reads outside of all memory") {
    check_outside(kReshape, true, "RBK", "D_DAIN_ADDR");
}
TEST_CASE("RUBIK writes outside of all memory") {
    check_outside(kReshape, false, "RBK", "D_DAOUT_ADDR");
}
TEST_CASE("convolution reads outside of all memory") {
    check_outside(kConvolution, true, "CDMA", "D_DAIN_ADDR", "_0");
}
TEST_CASE("second memory: PDP reads outside of it") {
    check_outside(in_second_memory(kPooling), true, "PDP_RDMA", "D_SRC_BASE_ADDR");
}
