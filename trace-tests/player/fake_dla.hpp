// SPDX-License-Identifier: Apache-2.0
// Stand-in for a DLA in player tests: plain register storage, GLB's interrupt rules, and "layers"
// that write a byte pattern after some clocks and raise an interrupt.
#pragma once

#include <tlm_utils/simple_target_socket.h>

#include <cstring>
#include <map>
#include <systemc>
#include <utility>
#include <vector>

#include "dla_tlm/csb_master/csb_protocol.hpp"
#include "trace-tests/player/bench.hpp"

namespace dla::trace {

class FakeDla : public sc_core::sc_module, public Bench {
  public:
    struct Layer {
        std::uint64_t clocks;
        unsigned interrupt_bit;
        std::uint64_t address = 0;  // one byte is written here
        std::uint8_t value = 0;
    };

    tlm_utils::simple_target_socket<FakeDla> csb;
    sc_core::sc_out<bool> irq;
    std::map<std::uint32_t, Layer> layers;  // started by writing 1 to this address
    std::map<std::uint32_t, std::vector<std::uint32_t>> scripted;  // values of successive reads
    std::vector<std::pair<std::uint32_t, std::uint32_t>> writes;   // address and value, in order
    std::vector<std::uint64_t> write_clocks;
    std::uint32_t glb_base;

    FakeDla(sc_core::sc_module_name name, std::uint32_t glb)
        : sc_module(name), csb("csb"), irq("irq"), glb_base(glb), memory_(0x10000) {
        csb.register_b_transport(this, &FakeDla::b_transport);
        sc_core::sc_spawn_options options;
        options.spawn_method();
        options.set_sensitivity(&line_);
        sc_core::sc_spawn([this] { irq.write((status_ & ~mask_) != 0); }, "line", &options);
    }

    std::span<std::uint8_t> bytes(Memory, std::uint64_t address, std::uint64_t size) override {
        if (address < kBase || address - kBase + size > memory_.size()) return {};
        return std::span(memory_).subspan(address - kBase, size);
    }
    bool moving() const override { return running_ > 0; }
    std::string explain_hang() const override { return "SDP waits for a test"; }

    static std::uint64_t now() {
        return sc_core::sc_time_stamp().value() / sc_core::sc_time(1, sc_core::SC_NS).value();
    }
    static constexpr std::uint64_t kBase = 0x80000000;

  private:
    void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
        const auto address = static_cast<std::uint32_t>(payload.get_address());
        std::uint32_t value = 0;
        if (payload.is_write()) {
            std::memcpy(&value, payload.get_data_ptr(), sizeof(value));
            write(address, value);
        } else {
            value = read(address);
            std::memcpy(payload.get_data_ptr(), &value, sizeof(value));
        }
        const bool posted = payload.get_extension<csb::PostedExtension>() != nullptr;
        delay += sc_core::sc_time(posted ? 1 : 14, sc_core::SC_NS);
        payload.set_response_status(tlm::TLM_OK_RESPONSE);
    }

    void write(std::uint32_t address, std::uint32_t value) {
        writes.emplace_back(address, value);
        write_clocks.push_back(now());
        if (address == glb_base + 4) mask_ = value;
        if (address == glb_base + 0xc) status_ &= ~value;
        registers_[address] = value;
        line_.notify(sc_core::SC_ZERO_TIME);
        const auto layer = layers.find(address);
        if (layer == layers.end() || (value & 1) == 0) return;
        ++running_;
        sc_core::sc_spawn([this, work = layer->second] { run(work); });
    }

    std::uint32_t read(std::uint32_t address) {
        if (address == glb_base + 4) return mask_;
        if (address == glb_base + 0xc) return status_;
        auto& script = scripted[address];
        if (script.empty()) return registers_[address];
        const std::uint32_t value = script.front();
        if (script.size() > 1) script.erase(script.begin());
        return value;
    }

    void run(const Layer& layer) {
        sc_core::wait(sc_core::sc_time(static_cast<double>(layer.clocks), sc_core::SC_NS));
        if (layer.address != 0) memory_[layer.address - kBase] = layer.value;
        status_ |= 1u << layer.interrupt_bit;
        --running_;
        line_.notify(sc_core::SC_ZERO_TIME);
    }

    std::vector<std::uint8_t> memory_;
    std::map<std::uint32_t, std::uint32_t> registers_;
    std::uint32_t status_ = 0;
    std::uint32_t mask_ = 0;
    unsigned running_ = 0;
    sc_core::sc_event line_;
};

}  // namespace dla::trace
