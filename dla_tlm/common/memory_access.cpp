// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/common/memory_access.hpp"

#include <array>

namespace dla {

const char* name_of(MemoryClient client) {
    constexpr std::array<const char*, kMemoryClients> kNames{
        "BDMA", "SDP", "PDP", "CDP", "RUBIK", "SDP_B", "SDP_N", "SDP_E", "CDMA_DAT", "CDMA_WT"};
    return kNames[static_cast<std::size_t>(client)];
}

std::string ClientSet::words() const {
    std::string text;
    for (std::size_t i = 0; i < kMemoryClients; ++i) {
        const auto client = static_cast<MemoryClient>(i);
        if (has(client)) text += std::string(text.empty() ? "" : ", ") + name_of(client);
    }
    return text;
}

}  // namespace dla
