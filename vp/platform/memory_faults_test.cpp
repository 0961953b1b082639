// SPDX-License-Identifier: Apache-2.0
// Memory that answers the DMA engines with errors, in the middle of reads and writes of every unit
// with a port: the layer ends with its interrupt, the mistake is named once with client and
// register, and what could not be read is zero.
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
            std::ranges::copy(image.bytes, memory.bytes(image.address, image.bytes.size()).begin());
        sc_core::sc_spawn([this] { run(); }, "run");
    }

    // The answer to the transactions of one kind, from the nth on, `count` of them.
    void answer_with(tlm::tlm_response_status error, tlm::tlm_command command, unsigned nth,
                     unsigned count) {
        memory.answer = [=, this](const tlm::tlm_generic_payload& payload) {
            if (payload.get_command() != command) return tlm::TLM_OK_RESPONSE;
            const unsigned number = seen_++;
            return number >= nth && number < nth + count ? error : tlm::TLM_OK_RESPONSE;
        };
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
    LayerKind kind;
    unsigned group0_interrupts;  // GLB bits of group 0 that the layer raises
    const char* reader;          // client and register of its reads, as a message begins
    const char* writer;
};

const Case kConvolution{LayerKind::kConvolution, 0x150001, "CDMA", "SDP"};
const Case kSdp{LayerKind::kSdp, 0x1, "SDP", "SDP"};
const Case kPooling{LayerKind::kPooling, 0x10, "PDP", "PDP"};
const Case kCopy{LayerKind::kCopy, 0x40, "BDMA", "BDMA"};

GeneratedLayer layer_of(const Case& what) {
    LayerSpec spec{.kind = what.kind, .width = 16, .height = 16, .channels = 64, .kernels = 64};
    if (what.kind == LayerKind::kConvolution) spec.pad = 1;
    if (what.kind == LayerKind::kPooling) spec.kernel_width = spec.kernel_height = spec.stride = 2;
    if (what.kind == LayerKind::kCopy) {
        spec.width = 4096;
        spec.channels = 1;
    }
    return trace::generate(spec, builtin_config("nv_full").value()).value();
}

// How many bytes of the output differ from its golden.
std::size_t differences(FaultBench& bench, const GeneratedLayer& layer) {
    std::size_t count = 0;
    for (const trace::Image& golden : layer.outputs) {
        const auto got = bench.memory.bytes(golden.address, golden.bytes.size());
        for (std::size_t i = 0; i < got.size(); ++i)
            count += got[i] != golden.bytes[i] ? 1 : 0;
    }
    return count;
}

void check_fault(const Case& what, tlm::tlm_response_status error, tlm::tlm_command command) {
    const GeneratedLayer layer = layer_of(what);
    FaultBench bench("bench", layer);
    bench.answer_with(error, command, 5, 3);
    sc_core::sc_start();
    const bool read = command == tlm::TLM_READ_COMMAND;
    CHECK((bench.interrupts & what.group0_interrupts) == what.group0_interrupts);
    CHECK(bench.memory.errors() == 3);
    CHECK(differences(bench, layer) > 0);
    CHECK(differences(bench, layer) < layer.outputs.at(0).bytes.size());
    REQUIRE(bench.errors.messages.size() == 1);
    const std::string& message = bench.errors.messages[0];
    INFO(message);
    CHECK(message.find(read ? "read of " : "write of ") != std::string::npos);
    CHECK(message.find(std::string("by ") + (read ? what.reader : what.writer)) !=
          std::string::npos);
    CHECK(message.find("ADDR") != std::string::npos);
    CHECK(message.find(read ? "the data read as zero" : "the data are lost") != std::string::npos);
}

constexpr auto kRead = tlm::TLM_READ_COMMAND;
constexpr auto kWrite = tlm::TLM_WRITE_COMMAND;
constexpr auto kAddressError = tlm::TLM_ADDRESS_ERROR_RESPONSE;
constexpr auto kGenericError = tlm::TLM_GENERIC_ERROR_RESPONSE;

void check_no_fault(const Case& what) {
    const GeneratedLayer layer = layer_of(what);
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
