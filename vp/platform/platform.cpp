// SPDX-License-Identifier: Apache-2.0
#include "vp/platform/platform.hpp"

namespace dla::vp {

Platform::Platform(sc_core::sc_module_name name, const HardwareConfig& config,
                   const TimingMode& timing, const PlatformMap& map)
    : sc_module(name),
      dla_("dla", config, timing),
      main_memory_("main_memory", map.main_memory),
      second_memory_("second_memory", map.second_memory),
      irq_("irq") {
    dla_.dbb.bind(main_memory_.socket);
    dla_.cvsram.bind(second_memory_.socket);
    dla_.irq.bind(irq_);
}

Memory* Platform::memory_at(std::uint64_t address, std::uint64_t size) {
    if (main_memory_.region().contains(address, size)) return &main_memory_;
    if (second_memory_.region().contains(address, size)) return &second_memory_;
    return nullptr;
}

}  // namespace dla::vp
