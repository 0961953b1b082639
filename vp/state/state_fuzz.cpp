// SPDX-License-Identifier: Apache-2.0
// Any bytes as a state file: the first byte chooses whether the rest is the file, or its payload
// behind a header with the right length and checksum.
// DLA_STATE_SEED=FILE writes the payload of a state to begin with.
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "trace-tests/format/data_file.hpp"
#include "vp/state/state_file.hpp"

namespace {

using namespace dla;

constexpr std::size_t kHeaderBytes = 24;

// In memory, with a path to open it by.
struct MemoryFile {
    MemoryFile() : descriptor(memfd_create("state", MFD_CLOEXEC)) {}
    ~MemoryFile() { close(descriptor); }
    std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor); }
    void write(const void* bytes, std::size_t size) const {
        if (::write(descriptor, bytes, size) != static_cast<ssize_t>(size)) std::abort();
    }
    int descriptor;
};

std::vector<std::uint8_t> header_of(const std::uint8_t* payload, std::size_t size) {
    std::vector<std::uint8_t> header(kHeaderBytes);
    const std::uint32_t crc = trace::crc32({payload, size});
    const std::uint64_t length = size;
    std::memcpy(header.data(), "DLASTATE", 8);
    std::memcpy(header.data() + 8, &vp::kStateVersion, 4);
    std::memcpy(header.data() + 12, &crc, 4);
    std::memcpy(header.data() + 16, &length, 8);
    return header;
}

void write_seed(const char* path) {
    const vp::SavedState state{
        .subject = "trace fuzz",
        .time = 1000,
        .sections = {{"PDP", {{"D_OP_ENABLE", {0, 1}, {}}}}, {"CDMA", {{"bank 0", {}, {1, 2, 3}}}}},
        .regions = {{false, 0x80000000, {4, 5, 6}}}};
    if (!vp::write_state(path, state)) std::abort();
    std::ifstream file(path, std::ios::binary);
    const std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
    std::ofstream seed(path, std::ios::binary | std::ios::trunc);
    seed.put(1).write(bytes.data() + kHeaderBytes,
                      static_cast<std::streamsize>(bytes.size() - kHeaderBytes));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (const char* seed = std::getenv("DLA_STATE_SEED")) {
        write_seed(seed);
        unsetenv("DLA_STATE_SEED");
    }
    if (size == 0) return 0;
    const MemoryFile file;
    if (data[0] % 2 != 0) {
        const auto header = header_of(data + 1, size - 1);
        file.write(header.data(), header.size());
    }
    file.write(data + 1, size - 1);
    (void)vp::read_state(file.path());
    return 0;
}
