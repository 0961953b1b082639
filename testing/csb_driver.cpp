// SPDX-License-Identifier: Apache-2.0
#include "testing/csb_driver.hpp"

#include "dla_tlm/csb_master/csb_access.hpp"
#include "testing/catch.hpp"

namespace dla::testing {
namespace {

// Drivers whose body has not returned yet; the last one stops the simulation.
int& running_drivers() {
    static int count = 0;
    return count;
}

}  // namespace

CsbDriver::CsbDriver(sc_core::sc_module_name name) : sc_module(name), csb("csb"), irq("irq") {
    ++running_drivers();
    sc_core::sc_spawn_options options;
    options.set_stack_size(1 << 20);
    sc_core::sc_spawn([this] { run(); }, "run", &options);
}

CsbDriver::~CsbDriver() = default;

void CsbDriver::bind(vp::Platform& platform) {
    csb.bind(platform.dla().csb);
    irq.bind(platform.irq());
    clock_ = &platform.dla().clock();
}

void CsbDriver::run() {
    if (body_) body_();
    if (--running_drivers() == 0) sc_core::sc_stop();
}

void CsbDriver::transport(tlm::tlm_command command, std::uint32_t address, std::uint32_t& value,
                          tlm::tlm_response_status* status) {
    const csb::Answer answer = csb::access(csb, command, address, value);
    sc_core::wait(answer.delay);
    if (status != nullptr) *status = answer.status;
}

void CsbDriver::write(std::uint32_t address, std::uint32_t value) {
    transport(tlm::TLM_WRITE_COMMAND, address, value);
}

std::uint32_t CsbDriver::read(std::uint32_t address) {
    std::uint32_t value = 0;
    transport(tlm::TLM_READ_COMMAND, address, value);
    return value;
}

tlm::tlm_response_status CsbDriver::status(std::uint32_t address) {
    std::uint32_t value = 0;
    tlm::tlm_response_status status = tlm::TLM_INCOMPLETE_RESPONSE;
    transport(tlm::TLM_READ_COMMAND, address, value, &status);
    return status;
}

void CsbDriver::wait_cycles(std::uint64_t cycles) {
    sc_core::wait(clock_->period() * static_cast<double>(cycles));
}

void CsbDriver::wait_interrupt(std::uint64_t most_cycles) {
    if (irq.read()) return;
    sc_core::wait(clock_->period() * static_cast<double>(most_cycles), irq.posedge_event());
    REQUIRE(irq.read());
}

namespace {

// Registers whose write starts something or that hardware changes by itself.
bool is_plain_storage(const regs::RegisterPlace& place) {
    const std::string_view name = place.info->name;
    const std::string_view unit = place.unit->name;
    if (unit == "GLB" || name.starts_with("S_LUT_ACCESS") || name == "D_OP_ENABLE") return false;
    if (name == "S_STATUS" || name == "S_POINTER") return false;
    return unit != "BDMA" ||
           (!name.starts_with("CFG_LAUNCH") && name != "CFG_OP" && name != "STATUS");
}

void walk_register(CsbDriver& driver, const regs::RegisterPlace& place, const RegisterInfo& info) {
    INFO(place.unit->name << '.' << info.name);
    // The end of the flush comes by itself, on small configurations during the walk.
    if (std::string_view(info.name) == "S_CBUF_FLUSH_STATUS") return;
    CHECK(driver.read(place.address) == (info.reset & info.read_mask));
    if (!is_plain_storage(place)) return;
    const std::uint32_t kept = info.reset & ~info.write_mask;
    for (const std::uint32_t value : {0xffffffffu, 0u, 0xa5c3960fu}) {
        driver.write(place.address, value);
        CHECK(driver.read(place.address) == ((kept | (value & info.write_mask)) & info.read_mask));
    }
}

}  // namespace

void walk_registers(CsbDriver& driver, vp::Platform& platform) {
    const HardwareConfig& config = platform.dla().config();
    INFO(config.name);
    int walked = 0;
    for (const regs::CatalogueUnit& unit : regs::catalogue()) {
        const std::int64_t base = unit.base[static_cast<std::size_t>(config.address_map)];
        if (base < 0) continue;
        const bool present = config.has_unit(unit.name);
        for (unsigned group = 0; group < 2; ++group) {
            const bool has_groups = unit.registers->first_grouped_offset >= 0;
            if (has_groups) driver.write(static_cast<std::uint32_t>(base) + 4, group);
            for (const RegisterInfo& info : unit.table(config.address_map)) {
                if (group == 1 && !info.grouped) continue;
                const auto address = static_cast<std::uint32_t>(base) + info.offset;
                if (present && info.offset != 4) {
                    walk_register(driver, *regs::find_register(config.address_map, address), info);
                } else if (!present) {
                    driver.write(address, 0xffffffff);
                    CHECK(driver.read(address) == 0);
                }
                ++walked;
            }
        }
    }
    CHECK(walked > 600);
}

}  // namespace dla::testing
