// SPDX-License-Identifier: Apache-2.0
// The first byte chooses what the rest is taken for: a hardware configuration, a memory, a platform
// file, or a value for one of their fields. Any text must give a value or a sentence.
#include <cstddef>
#include <cstdint>
#include <string>

#include "dla_tlm/common/memory_model.hpp"
#include "vp/boot/platform_file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace dla;
    if (size == 0) return 0;
    const std::string text(reinterpret_cast<const char*>(data + 1), size - 1);
    const std::size_t equals = text.find('=');
    auto memory = builtin_memory("lpddr4");
    vp::PlatformFile platform;
    switch (data[0] % 5) {
        case 0:
            (void)parse_config(text, "fuzz.yaml");
            break;
        case 1:
            (void)parse_memory(text, "fuzz.yaml");
            break;
        case 2:
            if (const auto read = vp::PlatformFile::parse(text, "fuzz.yaml")) (void)read->print();
            break;
        case 3:
            (void)platform.set(text);
            break;
        default:
            if (equals != std::string::npos)
                (void)set_memory_field(*memory, text.substr(0, equals), text.substr(equals + 1));
            break;
    }
    return 0;
}
