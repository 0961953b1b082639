// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/mcif/memory_interface.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "dla_regs/mcif_regs.hpp"

namespace dla::mcif {

namespace {

namespace r = dla::regs::mcif;

}  // namespace

MemoryInterface::MemoryInterface(sc_core::sc_module_name name, const char* unit_name,
                                 MemoryTiming& memory, const UnitContext& context)
    : Unit(name, unit_name, r::kRegisters, context), memory_out("memory_out"), memory_(memory) {
    memory_out.register_invalidate_direct_mem_ptr(this, &MemoryInterface::invalidate);
}

void MemoryInterface::visit_state(StateVisitor& state) {
    Unit::visit_state(state);
    for (std::size_t client = 0; client < traffic_.size(); ++client) {
        const char* name = name_of(static_cast<MemoryClient>(client));
        state.value(fmt::format("{} read", name), traffic_[client].read_bytes);
        state.value(fmt::format("{} written", name), traffic_[client].written_bytes);
    }
    limit_open_transactions();
}

void MemoryInterface::on_reset() {
    traffic_ = {};
    limit_open_transactions();
}

// Layers that begin from now on keep to the new limit.
void MemoryInterface::on_write(std::uint32_t offset, std::uint32_t /*value*/) {
    if (offset == r::CfgOutstandingCnt::kRegister.offset) limit_open_transactions();
}

void MemoryInterface::limit_open_transactions() {
    memory_.core_reads = registers().get(0, r::CfgOutstandingCnt::kRdOsCnt) + 1;
    memory_.core_writes = registers().get(0, r::CfgOutstandingCnt::kWrOsCnt) + 1;
}

unsigned MemoryInterface::weight(MemoryClient client, bool write) const {
    constexpr std::array<Field, kMemoryClients> kReads{
        r::CfgRdWeight0::kRdWeightBdma,    r::CfgRdWeight0::kRdWeightSdp,
        r::CfgRdWeight0::kRdWeightPdp,     r::CfgRdWeight0::kRdWeightCdp,
        r::CfgRdWeight2::kRdWeightRbk,     r::CfgRdWeight1::kRdWeightSdpB,
        r::CfgRdWeight1::kRdWeightSdpN,    r::CfgRdWeight1::kRdWeightSdpE,
        r::CfgRdWeight1::kRdWeightCdmaDat, r::CfgRdWeight2::kRdWeightCdmaWt};
    constexpr std::array kWrites{r::CfgWrWeight0::kWrWeightBdma, r::CfgWrWeight0::kWrWeightSdp,
                                 r::CfgWrWeight0::kWrWeightPdp, r::CfgWrWeight0::kWrWeightCdp,
                                 r::CfgWrWeight1::kWrWeightRbk};
    const auto index = static_cast<std::size_t>(client);
    if (write && index >= kWrites.size()) return 0;  // only reads
    return registers().get(0, write ? kWrites[index] : kReads[index]);
}

std::uint64_t MemoryInterface::on_bus(std::uint64_t address) const {
    // The HIGH registers exist on 32-bit ports too and are ignored there.
    const unsigned bits = config().address_bits;
    return bits >= 64 ? address : address & ((std::uint64_t{1} << bits) - 1);
}

void MemoryInterface::invalidate(sc_dt::uint64 begin, sc_dt::uint64 end) {
    std::erase_if(regions_, [&](const tlm::tlm_dmi& region) {
        return region.get_start_address() <= end && begin <= region.get_end_address();
    });
}

std::uint8_t* MemoryInterface::direct(std::uint64_t address, std::size_t size, bool for_write) {
    const auto covers = [&](const tlm::tlm_dmi& region) {
        return address >= region.get_start_address() && size > 0 &&
               address <= region.get_end_address() &&
               size - 1 <= region.get_end_address() - address &&
               (for_write ? region.is_write_allowed() : region.is_read_allowed());
    };
    auto region = std::ranges::find_if(regions_, covers);
    if (region == regions_.end()) {
        if (memory_out.size() == 0) return nullptr;
        dmi_request_.set_command(for_write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
        dmi_request_.set_address(address);
        tlm::tlm_dmi granted;
        if (!memory_out->get_direct_mem_ptr(dmi_request_, granted) || !covers(granted))
            return nullptr;
        region = regions_.insert(regions_.end(), granted);
    }
    return region->get_dmi_ptr() + (address - region->get_start_address());
}

void MemoryInterface::record(const MemoryAccess& access, std::span<const std::uint8_t> bytes,
                             bool write) {
    MemoryTraffic& traffic = traffic_[static_cast<std::size_t>(access.client)];
    (write ? traffic.written_bytes : traffic.read_bytes) += bytes.size();
    if (!events().active()) return;
    events().memory({clock().now(), name_of(access.client), access.ram == Ram::kSecondary,
                     on_bus(access.address), bytes.size(), write, bytes.data()});
}

void MemoryInterface::report_fault(const MemoryAccess& access, std::uint64_t address,
                                   std::size_t size, bool write) {
    const auto told = std::ranges::find_if(told_faults_, [&](const ToldFault& fault) {
        return fault.client == access.client && fault.address_register == access.address_register;
    });
    if (told != told_faults_.end()) {
        ++*told->transactions;
        return;
    }
    const std::string message = fmt::format(
        "{} of {} bytes by {} at 0x{:x} ({}) is answered with an error by the {} memory; {}",
        write ? "write" : "read", size, name_of(access.client), address, access.address_register,
        access.ram == Ram::kPrimary ? "main" : "second",
        write ? "the data are lost" : "the data read as zero");
    std::uint64_t& transactions =
        events().guest_error({clock().now(), unit_name(), message},
                             fmt::format("{}.{}", name_of(access.client), access.address_register));
    told_faults_.push_back({access.client, access.address_register, &transactions});
}

void MemoryInterface::transport(const MemoryAccess& access, std::uint64_t address,
                                std::uint8_t* bytes, std::size_t size, bool write) {
    constexpr std::size_t kMostBytes = 256;  // the longest burst of any configuration
    tlm::tlm_generic_payload payload;
    payload.set_command(write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
    for (std::size_t done = 0; done < size;) {
        const std::size_t step = std::min(size - done, kMostBytes - (address + done) % kMostBytes);
        payload.set_address(address + done);
        payload.set_data_ptr(bytes + done);
        payload.set_data_length(static_cast<unsigned>(step));
        payload.set_streaming_width(static_cast<unsigned>(step));
        sc_core::sc_time delay;
        payload.set_dmi_allowed(false);
        payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
        if (memory_out.size() != 0) memory_out->b_transport(payload, delay);
        if (payload.is_response_error()) {
            if (!write) std::memset(bytes + done, 0, step);
            report_fault(access, address + done, step, write);
        }
        done += step;
    }
}

void MemoryInterface::read(const MemoryAccess& access, std::span<std::uint8_t> bytes) {
    if (bytes.empty()) return;
    const std::uint64_t address = on_bus(access.address);
    if (const std::uint8_t* place = direct(address, bytes.size(), false)) {
        std::memcpy(bytes.data(), place, bytes.size());
    } else {
        transport(access, address, bytes.data(), bytes.size(), false);
    }
    record(access, bytes, false);
}

void MemoryInterface::write(const MemoryAccess& access, std::span<const std::uint8_t> bytes) {
    if (bytes.empty()) return;
    record(access, bytes, true);
    const std::uint64_t address = on_bus(access.address);
    if (std::uint8_t* place = direct(address, bytes.size(), true)) {
        std::memcpy(place, bytes.data(), bytes.size());
    } else {
        // TLM data are not const, but no target changes what is written to it.
        transport(access, address, const_cast<std::uint8_t*>(bytes.data()), bytes.size(), true);
    }
}

std::span<const std::uint8_t> MemoryInterface::view(const MemoryAccess& access, std::size_t size) {
    if (size == 0) return {};
    const std::uint8_t* place = direct(on_bus(access.address), size, false);
    if (place == nullptr) return {};
    record(access, {place, size}, false);
    return {place, size};
}

std::span<std::uint8_t> MemoryInterface::place(const MemoryAccess& access, std::size_t size) {
    if (size == 0 || events().active()) return {};
    std::uint8_t* place = direct(on_bus(access.address), size, true);
    if (place == nullptr) return {};
    record(access, {place, size}, true);
    return {place, size};
}

MemoryRouter::MemoryRouter(const HardwareConfig& config, const TimingMode& timing, Clock& clock)
    : arbiter_(config, timing, clock, [this](MemoryClient client, Ram ram, bool write) {
          const MemoryInterface* port = interface(ram);
          return port == nullptr ? 1 : port->weight(client, write);
      }) {}

void MemoryRouter::read(const MemoryAccess& access, std::span<std::uint8_t> bytes) {
    if (MemoryInterface* port = interface(access.ram)) port->read(access, bytes);
}

void MemoryRouter::write(const MemoryAccess& access, std::span<const std::uint8_t> bytes) {
    if (MemoryInterface* port = interface(access.ram)) port->write(access, bytes);
}

std::span<const std::uint8_t> MemoryRouter::view(const MemoryAccess& access, std::size_t size) {
    MemoryInterface* port = interface(access.ram);
    return port == nullptr ? std::span<const std::uint8_t>{} : port->view(access, size);
}

std::span<std::uint8_t> MemoryRouter::place(const MemoryAccess& access, std::size_t size) {
    MemoryInterface* port = interface(access.ram);
    return port == nullptr ? std::span<std::uint8_t>{} : port->place(access, size);
}

MemoryTraffic MemoryRouter::traffic(MemoryClient client, Ram ram) const {
    const MemoryInterface* port = interface(ram);
    return port == nullptr ? MemoryTraffic{} : port->traffic(client);
}

}  // namespace dla::mcif
