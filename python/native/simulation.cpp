// SPDX-License-Identifier: Apache-2.0
#include "python/native/simulation.hpp"

#include <fmt/format.h>

#include "dla_tlm/csb_master/csb_access.hpp"

namespace dla::python {

// Works in a process, where time can pass, for callers that are outside the simulation.
class Simulation::Initiator : public sc_core::sc_module {
  public:
    tlm_utils::simple_initiator_socket<Initiator> csb;
    sc_core::sc_in<bool> irq;

    explicit Initiator(sc_core::sc_module_name name) : sc_module(name), csb("csb"), irq("irq") {
        sc_core::sc_spawn_options options;
        options.set_stack_size(1 << 20);
        sc_core::sc_spawn([this] { serve(); }, "serve", &options);
    }

    void perform(const std::function<void()>& body) {
        body_ = &body;
        wanted_.notify(sc_core::SC_ZERO_TIME);
        while (body_ != nullptr)
            sc_core::sc_start();
    }

  private:
    void serve() {
        while (true) {
            if (body_ == nullptr) sc_core::wait(wanted_);
            (*body_)();
            body_ = nullptr;
            sc_core::sc_pause();
            sc_core::wait(sc_core::SC_ZERO_TIME);
        }
    }

    const std::function<void()>* body_ = nullptr;
    sc_core::sc_event wanted_;
};

Simulation::Simulation(const HardwareConfig& config, const TimingMode& timing) : config_(config) {
    const vp::Kernel::Use use(kernel_);
    platform_ = std::make_unique<vp::Platform>("platform", config_, timing);
    initiator_ = std::make_unique<Initiator>("python");
    initiator_->csb.bind(platform_->dla().csb);
    initiator_->irq(platform_->irq());
    platform_->dla().events().attach(log_);
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
}

Simulation::~Simulation() {
    const vp::Kernel::Use use(kernel_);
    vp::Kernel::end_threads();
    initiator_.reset();
    platform_.reset();
}

void Simulation::perform(const std::function<void()>& body) {
    const vp::Kernel::Use use(kernel_);
    initiator_->perform(body);
}

bool Simulation::transport(tlm::tlm_command command, std::uint32_t address, std::uint32_t& value) {
    bool answered = false;
    perform([&] {
        const csb::Answer answer = csb::access(initiator_->csb, command, address, value);
        sc_core::wait(answer.delay);
        answered = answer.ok();
    });
    return answered;
}

std::optional<std::uint32_t> Simulation::read(std::uint32_t address) {
    std::uint32_t value = 0;
    if (!transport(tlm::TLM_READ_COMMAND, address, value)) return std::nullopt;
    return value;
}

bool Simulation::write(std::uint32_t address, std::uint32_t value) {
    return transport(tlm::TLM_WRITE_COMMAND, address, value);
}

bool Simulation::wait_interrupt(std::uint64_t most_cycles) {
    // Between looks at whether anything still moves.
    constexpr std::uint64_t kLookCycles = 65536;
    perform([&] {
        const Clock& clock = platform_->dla().clock();
        std::uint64_t left = most_cycles;
        while (!initiator_->irq.read() && left > 0) {
            const std::uint64_t step = std::min(left, kLookCycles);
            const bool moved = platform_->dla().moving();
            sc_core::wait(clock.period() * static_cast<double>(step),
                          initiator_->irq.posedge_event());
            left -= step;
            if (!moved && !platform_->dla().moving()) break;
        }
    });
    return interrupt();
}

void Simulation::advance(std::uint64_t cycles) {
    perform(
        [&] { sc_core::wait(platform_->dla().clock().period() * static_cast<double>(cycles)); });
}

void Simulation::reset() {
    perform([&] { platform_->dla().reset(); });
}

bool Simulation::interrupt() const {
    return platform_->irq().read();
}

std::uint64_t Simulation::cycle() {
    const vp::Kernel::Use use(kernel_);
    return platform_->dla().clock().now();
}

std::vector<std::string> Simulation::waits() {
    std::vector<std::string> words;
    for (const WaitBoard::Entry& entry : platform_->dla().waits().entries())
        words.push_back(
            fmt::format("{} group {} waits for {}", entry.unit, entry.group, entry.reason));
    return words;
}

std::string Simulation::memory_words() const {
    const auto words = [](const vp::Memory& memory) {
        const vp::MemoryRegion& region = memory.region();
        return fmt::format("{:#x} to {:#x}", region.base, region.base + region.bytes - 1);
    };
    const std::string main = words(platform_->main_memory());
    return config_.features.second_memory ? main + " and " + words(platform_->second_memory())
                                          : main;
}

std::span<std::uint8_t> Simulation::memory(std::uint64_t address, std::uint64_t size) {
    vp::Memory* memory = platform_->memory_at(address, size);
    return memory ? memory->bytes(address, size) : std::span<std::uint8_t>{};
}

}  // namespace dla::python
