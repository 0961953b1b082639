// SPDX-License-Identifier: Apache-2.0
// A hostile QEMU: an obedient hello with any words of it changed, any number of descriptors, then
// anything in the shared ring. The platform refuses or goes on; it never waits and never steps
// outside.
//
// Input: a byte of descriptors, then edits of 6 bytes: where (16 bits; the upper half of the range
// is the ring) and which word goes there (32 bits).
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <span>
#include <string>

#include "qemu-bridge/test/fake_qemu.hpp"

namespace {

using namespace dla::bridge;

constexpr std::size_t kEditBytes = 6;
constexpr std::uint16_t kRing = 0x8000;

struct Edit {
    std::uint16_t where;
    std::uint32_t word;
};

Edit edit_at(std::span<const std::uint8_t> bytes) {
    Edit edit{};
    std::memcpy(&edit.where, bytes.data(), sizeof(edit.where));
    std::memcpy(&edit.word, bytes.data() + sizeof(edit.where), sizeof(edit.word));
    return edit;
}

template <class Object>
void apply(Object& object, std::size_t word, std::uint32_t value) {
    static_assert(sizeof(Object) % sizeof(value) == 0);
    const std::size_t offset = word * sizeof(value) % sizeof(Object);
    std::memcpy(reinterpret_cast<std::uint8_t*>(&object) + offset, &value, sizeof(value));
}

struct Place {
    Place() {
        if (mkdtemp(folder) == nullptr) std::abort();
    }
    ~Place() { rmdir(folder); }
    char folder[32] = "/tmp/bridge-fuzz-XXXXXX";
};

// Requests until the peer is found out or there are none; each is answered.
void serve(BridgeChannel& channel) {
    for (unsigned i = 0; i <= 2 * DLA_BRIDGE_SLOTS; ++i) {
        const auto request = channel.take();
        if (!request || !*request) return;
        channel.answer(**request, i, i % 3 == 0);
        channel.set_irq(i % 2 != 0);
    }
    std::abort();  // more requests than the ring has had
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    static const Place place;
    const std::string path = std::string(place.folder) + "/socket";
    auto listener = BridgeListener::open(path);
    if (!listener) std::abort();
    FakeQemu qemu;
    qemu.descriptors = data[0] % 5;
    qemu.sealed_ram = data[0] < 0xc0;
    const std::span<const std::uint8_t> edits(data + 1, size - 1);
    for (std::size_t at = 0; at + kEditBytes <= edits.size(); at += kEditBytes) {
        const Edit edit = edit_at(edits.subspan(at));
        if (edit.where >= kRing) {
            apply(qemu.ring(), edit.where - kRing, edit.word);
        } else {
            apply(qemu.hello, edit.where, edit.word);
        }
    }
    qemu.connect(path);
    auto channel = listener->accept(std::chrono::milliseconds(1000));
    if (channel) serve(*channel);
    return 0;
}
