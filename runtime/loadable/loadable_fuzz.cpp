// SPDX-License-Identifier: Apache-2.0
// Any bytes at all: the reader refuses or delivers something that can be decoded and written.
#include <cstdlib>

#include "runtime/loadable/descriptor_codec.hpp"
#include "runtime/loadable/widen.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace dla::runtime;
    const auto loadable = read_loadable({data, size});
    if (!loadable) return 0;
    const auto wide = widened(*loadable);
    if (wide && !why_not(*wide).empty()) std::abort();
    if (!read_loadable(write_loadable(*loadable))) std::abort();
    return 0;
}
