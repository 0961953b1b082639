// SPDX-License-Identifier: Apache-2.0
#include "qemu-bridge/test/fake_qemu.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <stdexcept>

namespace dla::bridge {
namespace {

std::atomic_ref<std::uint32_t> atomic(std::uint32_t& word) {
    return std::atomic_ref<std::uint32_t>(word);
}

Descriptor memory_file(const char* name, std::uint64_t bytes) {
    Descriptor file(memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (ftruncate(file.get(), static_cast<off_t>(bytes)) != 0)
        throw std::runtime_error("ftruncate");
    return file;
}

Mapping map(const Descriptor& file, std::uint64_t bytes) {
    return {mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0), bytes};
}

}  // namespace

FakeQemu::FakeQemu()
    : ring_file_(memory_file("ring", sizeof(dla_bridge_ring))),
      doorbell_(eventfd(0, EFD_NONBLOCK)),
      irq_event_(eventfd(0, EFD_NONBLOCK)),
      ram_file_(memory_file("ram", kRamBytes)),
      ring_(map(ring_file_, sizeof(dla_bridge_ring))),
      ram_(map(ram_file_, kRamBytes)) {
    hello.magic = DLA_BRIDGE_MAGIC;
    hello.version = DLA_BRIDGE_VERSION;
    hello.ring_bytes = sizeof(dla_bridge_ring);
    hello.ram_count = 1;
    hello.ram[0] = {kRamBase, kRamBytes, 0};
}

dla_bridge_ring& FakeQemu::ring() const {
    return *reinterpret_cast<dla_bridge_ring*>(ring_.bytes().data());
}

void FakeQemu::connect(const std::string& path) {
    fcntl(ring_file_.get(), F_ADD_SEALS, F_SEAL_SHRINK);
    if (sealed_ram) fcntl(ram_file_.get(), F_ADD_SEALS, F_SEAL_SHRINK);
    socket_ = Descriptor(socket(AF_UNIX, SOCK_SEQPACKET, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof(address.sun_path) - 1);
    if (::connect(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
        throw std::runtime_error("connect");
    }
    const int all[4] = {ring_file_.get(), doorbell_.get(), irq_event_.get(), ram_file_.get()};
    const std::size_t bytes = descriptors * sizeof(int);
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(all))] = {};
    iovec data{&hello, sizeof(hello)};
    msghdr message{};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = CMSG_SPACE(bytes);
    cmsghdr* rights = CMSG_FIRSTHDR(&message);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(bytes);
    std::memcpy(CMSG_DATA(rights), all, bytes);
    if (sendmsg(socket_.get(), &message, 0) < 0) throw std::runtime_error("sendmsg");
}

dla_bridge_welcome FakeQemu::welcome() {
    dla_bridge_welcome answer{};
    (void)!recv(socket_.get(), &answer, sizeof(answer), 0);
    return answer;
}

void FakeQemu::push(const dla_bridge_request& request) {
    dla_bridge_ring& shared = ring();
    shared.slots[shared.head % DLA_BRIDGE_SLOTS] = request;
    atomic(shared.head).store(shared.head + 1, std::memory_order_seq_cst);
    if (atomic(shared.model_sleeps).load(std::memory_order_seq_cst) != 0)
        eventfd_write(doorbell_.get(), 1);
}

std::uint32_t FakeQemu::transact(std::uint32_t op, std::uint32_t address, std::uint32_t value,
                                 std::uint64_t time_ns) {
    push({op, ++sequence_, address, value, time_ns});
    if (op == DLA_BRIDGE_POSTED_WRITE) return 0;
    while (atomic(ring().answered).load(std::memory_order_acquire) != sequence_) {
        pollfd fd{socket_.get(), POLLRDHUP, 0};
        if (poll(&fd, 1, 0) > 0) throw std::runtime_error("the platform has gone");
        sched_yield();
    }
    return ring().answer;
}

bool FakeQemu::irq() const {
    return atomic(ring().irq_level).load(std::memory_order_acquire) != 0;
}

bool FakeQemu::wait_irq(int milliseconds) const {
    pollfd fd{irq_event_.get(), POLLIN, 0};
    while (!irq()) {
        eventfd_t count = 0;
        if (poll(&fd, 1, milliseconds) <= 0) return false;
        eventfd_read(irq_event_.get(), &count);
    }
    return true;
}

}  // namespace dla::bridge
