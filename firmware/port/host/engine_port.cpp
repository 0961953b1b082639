// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only
#include "firmware/port/host/engine_port.hpp"

#include <array>
#include <cstdarg>
#include <cstdio>
#include <cstring>

#include "firmware/engine/dla_port.h"

namespace dla::firmware {
namespace {

// Logging and time have no context argument in the firmware interface, so the port whose engine
// runs is remembered here. Register accesses may switch to another engine and set it again after.
thread_local EnginePort* running_port = nullptr;
// The last sentence logged as an error explains a return code.
thread_local std::string last_error;

class RunningPort {
  public:
    explicit RunningPort(EnginePort& port) : previous_(running_port) { running_port = &port; }
    ~RunningPort() { running_port = previous_; }
    RunningPort(const RunningPort&) = delete;
    RunningPort& operator=(const RunningPort&) = delete;

  private:
    EnginePort* previous_;
};

EnginePort& port_of(void* driver_context) {
    return *static_cast<EnginePort*>(driver_context);
}

void log_formatted(LogLevel level, const char* format, std::va_list arguments) {
    std::array<char, 512> text{};
    const int length = std::vsnprintf(text.data(), text.size(), format, arguments);
    if (length < 0) return;
    std::string_view view(text.data());
    while (!view.empty() && view.back() == '\n')
        view.remove_suffix(1);
    if (level == LogLevel::kError) last_error = view;
    if (running_port != nullptr) running_port->log(level, view);
}

dla_limits limits_of(const HardwareConfig& hardware) {
    const Features& features = hardware.features;
    const auto u8 = [](unsigned value) { return static_cast<std::uint8_t>(value); };
    const auto u16 = [](unsigned value) { return static_cast<std::uint16_t>(value); };
    dla_limits limits{};
    limits.cbuf_banks = u8(hardware.cbuf.banks);
    limits.precisions = u8(1u | (features.int16 ? 2u : 0u) | (features.fp16 ? 4u : 0u));
    limits.batch_max = u8(features.batch_max);
    limits.no_second_memory = !features.second_memory;
    limits.no_winograd = !features.winograd;
    limits.no_sdp_y = !features.sdp_ew;
    limits.no_sdp_lut = !features.sdp_lut;
    limits.pdp_line_buffer = u16(hardware.pdp_line_buffer);
    limits.cbuf_entries_per_bank = u16(hardware.cbuf.entries_per_bank);
    limits.cbuf_entry_bytes = u16(hardware.cbuf.entry_bytes);
    limits.channel_block = u16(hardware.atomic_c);
    limits.kernel_group = u16(hardware.atomic_k);
    return limits;
}

}  // namespace

dla_config engine_config(const HardwareConfig& hardware, dla_descriptor_layout layout) {
    dla_config config{};
    config.atom_size = hardware.memory_atom_bytes;
    config.bdma_enable = hardware.features.bdma;
    config.rubik_enable = hardware.features.rubik;
    config.weight_compress_support = hardware.features.weight_compression;
    config.extension = DLA_CONFIG_EXTENDED;
    config.unit_bases = hardware.address_map == regs::AddressMap::kNvFull ? dla_unit_bases_nv_full
                                                                          : dla_unit_bases_nv_small;
    config.descriptor_layout = static_cast<std::uint8_t>(layout);
    config.limits = limits_of(hardware);
    return config;
}

Engine::Engine(EnginePort& port)
    : port_(port),
      storage_((dla_engine_size() + sizeof(std::max_align_t) - 1) / sizeof(std::max_align_t)) {
    const RunningPort running(port_);
    dla_engine_init(storage_.data(), &port_);
}

Result<void> Engine::checked(std::int32_t code, std::string_view during) const {
    if (code == 0) return {};
    return fail("firmware error " + std::to_string(code) + " in " + std::string(during) + ": " +
                last_error);
}

Result<void> Engine::execute(const dla_config& config) {
    const RunningPort running(port_);
    dla_config copy = config;
    // The engine only asks whether there is a task; its address list is behind the port.
    return checked(dla_execute_task(storage_.data(), &port_, &copy), "execute");
}

void Engine::handle_interrupt() {
    const RunningPort running(port_);
    dla_isr_handler(storage_.data());
}

Result<bool> Engine::process_events() {
    const RunningPort running(port_);
    std::uint32_t complete = 0;
    const auto checked_code =
        checked(dla_process_events(storage_.data(), &complete), "process_events");
    if (!checked_code) return tl::unexpected(checked_code.error());
    return complete != 0;
}

void Engine::clear() {
    const RunningPort running(port_);
    dla_clear_task(storage_.data());
}

std::optional<dla_group_operation> Engine::operation_in_group(dla_op_type type,
                                                              unsigned group) const {
    dla_group_operation operation{};
    if (!dla_operation_in_group(storage_.data(), static_cast<std::uint8_t>(type),
                                static_cast<std::uint8_t>(group), &operation))
        return std::nullopt;
    return operation;
}

}  // namespace dla::firmware

using dla::firmware::LogLevel;
using dla::firmware::port_of;
using dla::firmware::running_port;

extern "C" {

uint32_t dla_reg_read(void* driver_context, uint32_t addr) {
    const uint32_t value = port_of(driver_context).read_register(addr);
    running_port = &port_of(driver_context);
    return value;
}

void dla_reg_write(void* driver_context, uint32_t addr, uint32_t reg) {
    port_of(driver_context).write_register(addr, reg);
    running_port = &port_of(driver_context);
}

int32_t dla_get_dma_address(void* driver_context, void* /*task_data*/, int16_t index, void* dst_ptr,
                            uint32_t destination) {
    std::uint64_t value = 0;
    if (!port_of(driver_context).bus_address(index, value)) return -DLA_ERROR_INVALID_INPUT;
    if (destination == DLA_DESTINATION_PROCESSOR) value = static_cast<std::uint16_t>(index);
    std::memcpy(dst_ptr, &value, sizeof(value));
    return 0;
}

int32_t dla_data_read(void* driver_context, void* /*task_data*/, uint64_t src, void* dst,
                      uint32_t size, uint64_t offset) {
    const bool ok =
        port_of(driver_context).read_memory(static_cast<std::int16_t>(src), offset, dst, size);
    return ok ? 0 : -DLA_ERROR_INVALID_INPUT;
}

int32_t dla_data_write(void* driver_context, void* /*task_data*/, void* src, uint64_t dst,
                       uint32_t size, uint64_t offset) {
    const bool ok =
        port_of(driver_context).write_memory(static_cast<std::int16_t>(dst), offset, src, size);
    return ok ? 0 : -DLA_ERROR_INVALID_INPUT;
}

int64_t dla_get_time_us(void) {
    return running_port == nullptr ? 0 : running_port->time_us();
}

void* dla_memset(void* src, int ch, uint64_t len) {
    return std::memset(src, ch, len);
}

void* dla_memcpy(void* dest, const void* src, uint64_t len) {
    return std::memcpy(dest, src, len);
}

void dla_debug(const char* fmt, ...) {
    (void)fmt;  // formatting every interrupt costs more than handling it
}

void dla_info(const char* fmt, ...) {
    std::va_list arguments;
    va_start(arguments, fmt);
    dla::firmware::log_formatted(LogLevel::kInfo, fmt, arguments);
    va_end(arguments);
}

void dla_warn(const char* fmt, ...) {
    std::va_list arguments;
    va_start(arguments, fmt);
    dla::firmware::log_formatted(LogLevel::kWarning, fmt, arguments);
    va_end(arguments);
}

void dla_error(const char* fmt, ...) {
    std::va_list arguments;
    va_start(arguments, fmt);
    dla::firmware::log_formatted(LogLevel::kError, fmt, arguments);
    va_end(arguments);
}
}
