// SPDX-License-Identifier: Apache-2.0
// A stranger's SystemC platform with its own bus and its own memory, and two DLAs of different
// configurations on it. The CPU stand-in reads both versions and lets the first DLA copy memory.
#include <tlm_utils/multi_passthrough_target_socket.h>
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <array>
#include <cstdio>
#include <cstring>
#include <systemc>
#include <vector>

#include "dla_tlm/core/dla.hpp"

namespace {

constexpr std::uint64_t kFirstDla = 0x10200000;
constexpr std::uint64_t kSecondDla = 0x10240000;
constexpr std::uint64_t kWindow = 0x40000;
constexpr std::uint64_t kRam = 0x80000000;

// Plain transactions, no DMI: the DLA must do without.
struct Ram : sc_core::sc_module {
    tlm_utils::multi_passthrough_target_socket<Ram> socket{"socket"};
    std::vector<unsigned char> bytes = std::vector<unsigned char>(1 << 16);

    explicit Ram(sc_core::sc_module_name name) : sc_module(name) {
        socket.register_b_transport(this, &Ram::access);
    }
    void access(int, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
        const std::uint64_t offset = payload.get_address() - kRam;
        if (payload.get_address() < kRam || offset + payload.get_data_length() > bytes.size()) {
            payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
            return;
        }
        unsigned char* place = bytes.data() + offset;
        if (payload.is_write())
            std::memcpy(place, payload.get_data_ptr(), payload.get_data_length());
        if (payload.is_read())
            std::memcpy(payload.get_data_ptr(), place, payload.get_data_length());
        delay += sc_core::sc_time(100, sc_core::SC_NS);
        payload.set_response_status(tlm::TLM_OK_RESPONSE);
    }
};

struct Bus : sc_core::sc_module {
    tlm_utils::simple_target_socket<Bus> from_cpu{"from_cpu"};
    tlm_utils::simple_initiator_socket<Bus> to_first{"to_first"};
    tlm_utils::simple_initiator_socket<Bus> to_second{"to_second"};

    explicit Bus(sc_core::sc_module_name name) : sc_module(name) {
        from_cpu.register_b_transport(this, &Bus::route);
    }
    void route(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
        const std::uint64_t address = payload.get_address();
        const bool first = address < kSecondDla;
        payload.set_address((address - kFirstDla) % kWindow);
        (first ? to_first : to_second)->b_transport(payload, delay);
        payload.set_address(address);
    }
};

struct Cpu : sc_core::sc_module {
    tlm_utils::simple_initiator_socket<Cpu> bus{"bus"};
    sc_core::sc_in<bool> irq{"irq"};
    Ram& ram;
    bool good = false;

    Cpu(sc_core::sc_module_name name, Ram& memory) : sc_module(name), ram(memory) {
        SC_HAS_PROCESS(Cpu);
        SC_THREAD(run);
    }
    std::uint32_t access(tlm::tlm_command command, std::uint64_t address, std::uint32_t value) {
        tlm::tlm_generic_payload payload;
        payload.set_command(command);
        payload.set_address(address);
        payload.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
        payload.set_data_length(sizeof(value));
        payload.set_streaming_width(sizeof(value));
        sc_core::sc_time delay;
        bus->b_transport(payload, delay);
        wait(delay);
        return value;
    }
    std::uint32_t read(std::uint64_t address) { return access(tlm::TLM_READ_COMMAND, address, 0); }
    void write(std::uint64_t address, std::uint32_t value) {
        access(tlm::TLM_WRITE_COMMAND, address, value);
    }
    void run() {
        std::printf("first DLA: version 0x%08x, second DLA: version 0x%08x\n", read(kFirstDla),
                    read(kSecondDla + 0x1000));
        std::memset(ram.bytes.data(), 0x3c, 256);
        constexpr std::array<std::pair<std::uint32_t, std::uint32_t>, 6> kCopy{
            {{0x4000, 0x80000000},
             {0x4008, 0x80001000},
             {0x4010, 7},
             {0x4014, 3},
             {0x4030, 1},
             {0x4034, 1}}};
        for (const auto& [offset, value] : kCopy)
            write(kFirstDla + offset, value);
        wait(irq.posedge_event());
        good = read(kFirstDla + 0xc) == 0x40 && ram.bytes[0x10ff] == 0x3c && ram.bytes[0x1100] == 0;
        std::printf("BDMA of the first DLA copied 256 bytes at %s: %s\n",
                    sc_core::sc_time_stamp().to_string().c_str(), good ? "right" : "WRONG");
        sc_core::sc_stop();
    }
};

}  // namespace

int sc_main(int, char**) {
    dla::Dla first("first", *dla::builtin_config("nv_full"));
    dla::Dla second("second", *dla::builtin_config("nv_large"));
    Ram ram("ram");
    Bus bus("bus");
    Cpu cpu("cpu", ram);
    sc_core::sc_signal<bool> first_irq("first_irq");
    sc_core::sc_signal<bool> second_irq("second_irq");
    cpu.bus.bind(bus.from_cpu);
    bus.to_first.bind(first.csb);
    bus.to_second.bind(second.csb);
    first.dbb.bind(ram.socket);
    second.dbb.bind(ram.socket);
    first.cvsram.bind(ram.socket);
    second.cvsram.bind(ram.socket);
    first.irq.bind(first_irq);
    second.irq.bind(second_irq);
    cpu.irq.bind(first_irq);
    sc_core::sc_start();
    return cpu.good ? 0 : 1;
}
