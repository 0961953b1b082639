// SPDX-License-Identifier: Apache-2.0
#include "qemu-bridge/systemc_side/qemu_bridge.hpp"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <chrono>
#include <cstring>

namespace dla::bridge {
namespace {

constexpr int kStackBytes = 1 << 20;
constexpr auto kSpin =
    std::chrono::microseconds(30);  // after an access the next one is usually near
constexpr unsigned kQuietSteps = 16;
// What a command may have set off, such as an interrupt, comes out within these.
constexpr std::uint64_t kCommandCycles = 8;

}  // namespace

GuestMemory::GuestMemory(sc_core::sc_module_name name, const std::vector<GuestRam>& ram,
                         std::function<void()> busy)
    : sc_module(name), socket("socket"), ram_(ram), busy_(std::move(busy)) {
    socket.register_b_transport(this, &GuestMemory::b_transport);
    socket.register_transport_dbg(this, &GuestMemory::transport_dbg);
    socket.register_get_direct_mem_ptr(this, &GuestMemory::get_direct_mem_ptr);
}

const GuestRam* GuestMemory::find(std::uint64_t address, std::uint64_t size) const {
    const auto holds = [&](const GuestRam& ram) {
        const std::uint64_t bytes = ram.memory.bytes().size();
        return address >= ram.guest_address && size <= bytes &&
               address - ram.guest_address <= bytes - size;
    };
    const auto found = std::ranges::find_if(ram_, holds);
    return found == ram_.end() ? nullptr : &*found;
}

// Memory is used in place: what comes here are addresses outside it, and a layer may have many.
void GuestMemory::b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& /*delay*/) {
    move(payload);
    busy_();
}

void GuestMemory::move(tlm::tlm_generic_payload& payload) const {
    const GuestRam* ram = find(payload.get_address(), payload.get_data_length());
    if (ram == nullptr || payload.get_byte_enable_ptr() != nullptr) {
        payload.set_response_status(ram == nullptr ? tlm::TLM_ADDRESS_ERROR_RESPONSE
                                                   : tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
        return;
    }
    std::uint8_t* place = ram->memory.bytes().data() + (payload.get_address() - ram->guest_address);
    if (payload.is_write()) {
        std::memcpy(place, payload.get_data_ptr(), payload.get_data_length());
    } else {
        std::memcpy(payload.get_data_ptr(), place, payload.get_data_length());
    }
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

unsigned GuestMemory::transport_dbg(tlm::tlm_generic_payload& payload) {
    move(payload);
    return payload.is_response_ok() ? payload.get_data_length() : 0;
}

bool GuestMemory::get_direct_mem_ptr(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) {
    const GuestRam* ram = find(payload.get_address(), 1);
    if (ram == nullptr) return false;
    dmi.set_dmi_ptr(ram->memory.bytes().data());
    dmi.set_start_address(ram->guest_address);
    dmi.set_end_address(ram->guest_address + ram->memory.bytes().size() - 1);
    dmi.allow_read_write();
    return true;
}

// One DLA: its channel, its CSB and its interrupt.
struct QemuBridge::Port {
    Port(unsigned index, BridgeChannel given)
        : channel(std::move(given)), csb(fmt::format("csb{}", index).c_str()) {}

    BridgeChannel channel;
    tlm_utils::simple_initiator_socket<QemuBridge> csb;
    std::unique_ptr<GuestMemory> memory;
    std::unique_ptr<GuestMemory> second_memory;
    Dla* dla = nullptr;
};

QemuBridge::QemuBridge(sc_core::sc_module_name name, std::vector<BridgeChannel> channels)
    : sc_module(name) {
    for (BridgeChannel& channel : channels) {
        synchronised_ = synchronised_ || channel.synchronised();
        const auto number = static_cast<unsigned>(ports_.size());
        ports_.push_back(std::make_unique<Port>(number, std::move(channel)));
        Port& port = *ports_.back();
        port.memory = std::make_unique<GuestMemory>(fmt::format("guest_memory{}", number).c_str(),
                                                    port.channel.ram(), [this] { give_way(); });
        // The guest has none: every address is an error.
        port.second_memory = std::make_unique<GuestMemory>(
            fmt::format("second_memory{}", number).c_str(), no_ram_, [this] { give_way(); });
    }
    sc_core::sc_spawn_options options;
    options.set_stack_size(kStackBytes);
    sc_core::sc_spawn([this] { run(); }, "run", &options);
}

QemuBridge::~QemuBridge() = default;

void QemuBridge::attach(unsigned index, Dla& dla, sc_core::sc_signal<bool>& irq) {
    Port& port = *ports_[index];
    port.dla = &dla;
    port.csb.bind(dla.csb);
    dla.dbb.bind(port.memory->socket);
    dla.cvsram.bind(port.second_memory->socket);
    dla.irq.bind(irq);
    sc_core::sc_spawn_options options;
    options.spawn_method();
    options.set_sensitivity(&irq.default_event());
    options.dont_initialize();
    sc_core::sc_spawn([&port, &irq] { port.channel.set_irq(irq.read()); },
                      fmt::format("irq{}", index).c_str(), &options);
}

bool QemuBridge::qemu_gone() const {
    return std::ranges::any_of(ports_, [](const auto& port) { return port->channel.closed(); });
}

void QemuBridge::run() {
    unsigned quiet = 0;
    for (;;) {
        bool served = false;
        for (const auto& port : ports_)
            served = serve(*port) || served;
        served = attend_control() || served;
        if (!error_.empty()) break;
        if (served) {
            quiet = 0;
        } else if ((!advance() && !sleep()) || (++quiet % kQuietSteps == 0 && qemu_gone())) {
            break;
        }
    }
    sc_core::sc_stop();
}

bool QemuBridge::attend_control() {
    if (control_ == nullptr) return false;
    const bool did = control_->serve();
    if (control_->take_guest_stop()) ports_.front()->channel.stop_guest();
    if (did && synchronised_)
        for (const auto& port : ports_)
            port->channel.want_tick();
    if (did && !synchronised_ && !frozen())
        sc_core::wait(ports_.front()->dla->clock().period() * static_cast<double>(kCommandCycles));
    return did;
}

bool QemuBridge::serve(Port& port) {
    bool served = false;
    for (;;) {
        auto request = port.channel.take();
        if (!request) {
            error_ = fmt::format("QEMU broke the bridge's protocol: {}", request.error().message);
            return false;
        }
        if (!request->has_value()) return served;
        perform(port, **request);
        served = true;
    }
}

void QemuBridge::perform(Port& port, const dla_bridge_request& request) {
    if (synchronised_ && !frozen()) catch_up(request.time_ns);
    std::uint32_t value = 0;
    if (request.op == DLA_BRIDGE_RESET) {
        port.dla->reset();
        settle();
    } else if (request.op != DLA_BRIDGE_TICK) {
        value = access_register(port, request);
    }
    if (control_ != nullptr && control_->take_guest_stop()) port.channel.stop_guest();
    port.channel.answer(request, value, port.dla->moving() || frozen());
}

// The interrupt wire is up to date before the answer: the access' own cycles pass first.
std::uint32_t QemuBridge::access_register(Port& port, const dla_bridge_request& request) {
    std::uint32_t value = request.value;
    tlm::tlm_generic_payload payload;
    payload.set_command(request.op == DLA_BRIDGE_READ ? tlm::TLM_READ_COMMAND
                                                      : tlm::TLM_WRITE_COMMAND);
    payload.set_address(request.address);
    payload.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
    payload.set_data_length(sizeof(value));
    payload.set_streaming_width(sizeof(value));
    sc_core::sc_time delay;
    port.csb->b_transport(payload, delay);
    if (synchronised_) {
        settle();
    } else {
        answering_ = true;
        sc_core::wait(delay, look_);
        answering_ = false;
    }
    ++accesses_;
    told_ = false;
    return value;
}

// Everything that takes no time happens.
void QemuBridge::settle() {
    do {
        sc_core::wait(sc_core::SC_ZERO_TIME);
    } while (sc_core::sc_pending_activity_at_current_time());
}

void QemuBridge::catch_up(std::uint64_t time_ns) {
    const sc_core::sc_time target(static_cast<double>(time_ns), sc_core::SC_NS);
    if (target > sc_core::sc_time_stamp()) sc_core::wait(target - sc_core::sc_time_stamp());
    settle();
}

// A layer that does very much without model time passing must not keep the guest waiting: in a
// unit's thread, between two pieces of its work.
void QemuBridge::give_way() {
    if (synchronised_) return;
    const auto now = std::chrono::steady_clock::now();
    if (now - last_look_ < StepLength::kAimedAt) return;
    last_look_ = now;
    const bool wanted = answering_ || std::ranges::any_of(ports_, [](const auto& port) {
                            return port->channel.pending();
                        });
    if (!wanted) return;
    look_.notify();
    sc_core::wait(sc_core::SC_ZERO_TIME);
}

// Lets model time pass while a DLA works; false when there is nothing to simulate.
bool QemuBridge::advance() {
    if (synchronised_ || frozen()) return false;
    // A unit that gave way goes on.
    if (sc_core::sc_pending_activity_at_current_time()) {
        sc_core::wait(sc_core::SC_ZERO_TIME);
        return true;
    }
    const auto moving =
        std::ranges::find_if(ports_, [](const auto& p) { return p->dla->moving(); });
    if (moving == ports_.end()) return false;
    const sc_core::sc_time step =
        (*moving)->dla->clock().period() * static_cast<double>(step_.cycles());
    const auto begin = std::chrono::steady_clock::now();
    if (control_ == nullptr)
        sc_core::wait(step, look_);
    else
        sc_core::wait(step, look_ | control_->stopped());
    step_.took(std::chrono::steady_clock::now() - begin);
    return true;
}

// Nothing moves by itself when this is asked.
bool QemuBridge::stands_still(const Port& port) {
    const glb::GlbUnit& glb = port.dla->glb();
    return !port.dla->busy().empty() || (glb.status() & ~glb.mask()) != 0;
}

int QemuBridge::patience() const {
    const bool wanted = standstill_ && !told_ && patience_.count() > 0 &&
                        std::ranges::any_of(ports_, [](const auto& p) { return stands_still(*p); });
    return wanted ? static_cast<int>(patience_.count()) : -1;
}

void QemuBridge::tell_standstill() {
    told_ = true;
    for (unsigned i = 0; i < ports_.size(); ++i) {
        if (stands_still(*ports_[i])) standstill_(i);
    }
}

bool QemuBridge::sleep() {
    const auto pending = [&] {
        return std::ranges::any_of(ports_, [](const auto& p) { return p->channel.pending(); });
    };
    const auto give_up = std::chrono::steady_clock::now() + kSpin;
    while (std::chrono::steady_clock::now() < give_up) {
        if (pending()) return true;
    }
    bool may_sleep = true;
    std::vector<pollfd> fds;
    for (const auto& port : ports_) {
        may_sleep = port->channel.prepare_sleep() && may_sleep;
        fds.push_back({port->channel.doorbell(), POLLIN, 0});
        fds.push_back({port->channel.socket(), POLLRDHUP, 0});
    }
    if (control_ != nullptr) fds.push_back({control_->wake_descriptor(), POLLIN, 0});
    if (may_sleep && poll(fds.data(), fds.size(), patience()) == 0) tell_standstill();
    for (const auto& port : ports_)
        port->channel.end_sleep();
    return pending() || !qemu_gone();
}

}  // namespace dla::bridge
