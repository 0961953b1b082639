// SPDX-License-Identifier: Apache-2.0
#include "qemu-bridge/systemc_side/bridge_channel.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/futex.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <climits>
#include <cstring>
#include <utility>

namespace dla::bridge {
namespace {

constexpr std::size_t kControlDescriptors = 3;
constexpr auto kHelloPatience = std::chrono::seconds(30);

std::string system_error(const std::string& what) {
    return fmt::format("{}: {}", what, std::strerror(errno));
}

std::atomic_ref<std::uint32_t> atomic(std::uint32_t& word) {
    return std::atomic_ref<std::uint32_t>(word);
}

// A peer could shrink the file under a mapping and kill us with SIGBUS; sealed files cannot shrink.
bool cannot_shrink(int fd) {
    const int seals = fcntl(fd, F_GET_SEALS);
    return seals >= 0 && (seals & F_SEAL_SHRINK) != 0;
}

Result<Mapping> map_shared(int fd, std::uint64_t offset, std::uint64_t size, const char* what) {
    struct stat status {};
    if (fstat(fd, &status) != 0) return fail(system_error(what));
    const auto file_bytes = static_cast<std::uint64_t>(status.st_size);
    if (size == 0 || offset > file_bytes || size > file_bytes - offset) {
        return fail(fmt::format("{}: {} bytes at {} announced, the file has {}", what, size, offset,
                                file_bytes));
    }
    if (!cannot_shrink(fd))
        return fail(fmt::format("{}: the memory file is not sealed against shrinking", what));
    void* start =
        mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, static_cast<off_t>(offset));
    if (start == MAP_FAILED) return fail(system_error(what));
    return Mapping(start, size);
}

struct Greeting {
    dla_bridge_hello hello;
    std::vector<Descriptor> descriptors;
};

void collect_descriptors(msghdr& message, std::vector<Descriptor>& descriptors) {
    for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr;
         part = CMSG_NXTHDR(&message, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
        const std::size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (std::size_t i = 0; i < count; ++i) {
            int fd = -1;
            std::memcpy(&fd, CMSG_DATA(part) + i * sizeof(int), sizeof(fd));
            descriptors.emplace_back(fd);
        }
    }
}

// Whether the socket has something to read before patience ends; signals do not shorten the wait.
bool wait_readable(int socket, std::chrono::milliseconds patience) {
    const auto end = std::chrono::steady_clock::now() + patience;
    pollfd waiting{socket, POLLIN, 0};
    for (;;) {
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
        const int ready = poll(
            &waiting, 1, static_cast<int>(std::max(left, std::chrono::milliseconds(0)).count()));
        if (ready >= 0 || errno != EINTR) return ready > 0;
    }
}

Result<Greeting> receive_greeting(int socket) {
    Greeting greeting{};
    if (!wait_readable(socket, kHelloPatience))
        return fail(fmt::format("no hello from QEMU within {} s", kHelloPatience.count()));
    alignas(cmsghdr)
        std::array<char, CMSG_SPACE(sizeof(int) * (kControlDescriptors + DLA_BRIDGE_MAX_RAM))>
            control{};
    iovec data{&greeting.hello, sizeof(greeting.hello)};
    msghdr message{};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (got < 0) return fail(system_error("no hello from QEMU"));
    collect_descriptors(message, greeting.descriptors);
    if (got != sizeof(greeting.hello) || (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) {
        return fail(fmt::format("the hello has {} bytes and {} descriptors, {} bytes are expected",
                                got, greeting.descriptors.size(), sizeof(greeting.hello)));
    }
    return greeting;
}

Result<void> check_hello(const Greeting& greeting) {
    const dla_bridge_hello& hello = greeting.hello;
    if (hello.magic != DLA_BRIDGE_MAGIC) return fail("the peer is not the QEMU-side device");
    if (hello.version != DLA_BRIDGE_VERSION) {
        return fail(fmt::format(
            "the QEMU-side device speaks version {} of the bridge, the platform version {}",
            hello.version, DLA_BRIDGE_VERSION));
    }
    if (hello.ring_bytes != sizeof(dla_bridge_ring)) {
        return fail(fmt::format("ring_bytes is {}, expected {}", hello.ring_bytes,
                                sizeof(dla_bridge_ring)));
    }
    if (hello.index >= DLA_BRIDGE_MAX_DLAS) {
        return fail(
            fmt::format("index is {}, legal is 0 to {}", hello.index, DLA_BRIDGE_MAX_DLAS - 1));
    }
    if (hello.ram_count == 0 || hello.ram_count > DLA_BRIDGE_MAX_RAM) {
        return fail(
            fmt::format("ram_count is {}, legal is 1 to {}", hello.ram_count, DLA_BRIDGE_MAX_RAM));
    }
    if (greeting.descriptors.size() != kControlDescriptors + hello.ram_count) {
        return fail(fmt::format("{} file descriptors came with the hello, expected {}",
                                greeting.descriptors.size(),
                                kControlDescriptors + hello.ram_count));
    }
    for (unsigned i = 0; i < hello.ram_count; ++i) {
        if (hello.ram[i].guest_address + hello.ram[i].size < hello.ram[i].guest_address) {
            return fail(fmt::format("ram[{}] wraps around the address space", i));
        }
    }
    return {};
}

void send_welcome(int socket, const std::string& refusal) {
    dla_bridge_welcome welcome{};
    welcome.magic = DLA_BRIDGE_MAGIC;
    welcome.version = DLA_BRIDGE_VERSION;
    welcome.status = refusal.empty() ? DLA_BRIDGE_ACCEPTED : DLA_BRIDGE_REFUSED;
    refusal.copy(welcome.reason, sizeof(welcome.reason) - 1);
    (void)send(socket, &welcome, sizeof(welcome), MSG_NOSIGNAL);
}

}  // namespace

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
    if (this != &other) {
        if (fd_ >= 0) close(fd_);
        fd_ = other.release();
    }
    return *this;
}

Descriptor::~Descriptor() {
    if (fd_ >= 0) close(fd_);
}

int Descriptor::release() {
    return std::exchange(fd_, -1);
}

Mapping::Mapping(Mapping&& other) noexcept
    : start_(std::exchange(other.start_, nullptr)), size_(std::exchange(other.size_, 0)) {}

Mapping& Mapping::operator=(Mapping&& other) noexcept {
    std::swap(start_, other.start_);
    std::swap(size_, other.size_);
    return *this;
}

Mapping::~Mapping() {
    if (start_ != nullptr) munmap(start_, size_);
}

dla_bridge_ring& BridgeChannel::ring() const {
    return *reinterpret_cast<dla_bridge_ring*>(ring_.bytes().data());
}

bool BridgeChannel::pending() const {
    return atomic(ring().head).load(std::memory_order_acquire) != taken_;
}

Result<std::optional<dla_bridge_request>> BridgeChannel::take() {
    const std::uint32_t head = atomic(ring().head).load(std::memory_order_acquire);
    if (head == taken_) return std::optional<dla_bridge_request>{};
    if (head - taken_ > DLA_BRIDGE_SLOTS) {
        return fail(fmt::format("ring head {} is {} requests ahead of the tail, at most {} fit",
                                head, head - taken_, DLA_BRIDGE_SLOTS));
    }
    const dla_bridge_request request =
        ring().slots[taken_ % DLA_BRIDGE_SLOTS];  // a copy: it may change
    atomic(ring().tail).store(++taken_, std::memory_order_release);
    if (request.op < DLA_BRIDGE_READ || request.op > DLA_BRIDGE_TICK) {
        return fail(fmt::format("op is {}, legal is {} to {}", request.op, DLA_BRIDGE_READ + 0,
                                DLA_BRIDGE_TICK + 0));
    }
    if (request.sequence != expected_sequence_) {
        return fail(
            fmt::format("sequence is {}, expected {}", request.sequence, expected_sequence_));
    }
    if (request.address >= DLA_BRIDGE_WINDOW || request.address % 4 != 0) {
        return fail(fmt::format("address is 0x{:x}, legal is a multiple of 4 below 0x{:x}",
                                request.address, DLA_BRIDGE_WINDOW));
    }
    ++expected_sequence_;
    return std::optional<dla_bridge_request>{request};
}

void BridgeChannel::answer(const dla_bridge_request& request, std::uint32_t value, bool moving) {
    if (request.op == DLA_BRIDGE_POSTED_WRITE) return;
    dla_bridge_ring& shared = ring();
    atomic(shared.answer).store(value, std::memory_order_relaxed);
    atomic(shared.moving).store(moving ? 1 : 0, std::memory_order_relaxed);
    atomic(shared.answered).store(request.sequence, std::memory_order_seq_cst);
    if (atomic(shared.qemu_sleeps).load(std::memory_order_seq_cst) != 0) {
        syscall(SYS_futex, &shared.answered, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
    }
}

void BridgeChannel::want_tick() {
    atomic(ring().moving).store(1, std::memory_order_release);
    (void)eventfd_write(irq_event_.get(), 1);
}

void BridgeChannel::set_irq(bool level) {
    atomic(ring().irq_level).store(level ? 1 : 0, std::memory_order_release);
    (void)eventfd_write(irq_event_.get(), 1);
}

void BridgeChannel::stop_guest() {
    atomic(ring().guest_stop).store(1, std::memory_order_release);
    (void)eventfd_write(irq_event_.get(), 1);
}

bool BridgeChannel::prepare_sleep() {
    atomic(ring().model_sleeps).store(1, std::memory_order_seq_cst);
    return !pending();
}

void BridgeChannel::end_sleep() {
    atomic(ring().model_sleeps).store(0, std::memory_order_relaxed);
    eventfd_t rung = 0;
    (void)eventfd_read(doorbell_.get(), &rung);
}

bool BridgeChannel::closed() const {
    pollfd fd{socket_.get(), POLLRDHUP, 0};
    return poll(&fd, 1, 0) > 0 && (fd.revents & (POLLHUP | POLLERR | POLLRDHUP)) != 0;
}

Result<BridgeListener> BridgeListener::open(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof(address.sun_path)) {
        return fail(fmt::format("socket path '{}' has {} characters, at most {} are legal", path,
                                path.size(), sizeof(address.sun_path) - 1));
    }
    path.copy(address.sun_path, path.size());
    Descriptor socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
    if (!socket) return fail(system_error("cannot create a socket"));
    unlink(path.c_str());
    const mode_t before = umask(0077);  // private to this user from the first moment
    const int bound = bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address));
    umask(before);
    if (bound != 0 || listen(socket.get(), DLA_BRIDGE_MAX_DLAS) != 0) {
        return fail(system_error(fmt::format("cannot listen at {}", path)));
    }
    return BridgeListener(std::move(socket), path);
}

BridgeListener::~BridgeListener() {
    if (socket_) unlink(path_.c_str());
}

namespace {

Result<void> check_eventfd(int fd, const char* what) {
    // Only an eventfd counts; anything else could block us.
    const int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || (flags & O_NONBLOCK) == 0)
        return fail(fmt::format("{} is not a non-blocking eventfd", what));
    return {};
}

}  // namespace

Result<BridgeChannel> BridgeListener::accept(std::chrono::milliseconds patience) {
    if (!wait_readable(socket_.get(), patience)) {
        return fail(fmt::format("QEMU has not connected within {} ms", patience.count()));
    }
    Descriptor peer(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!peer) return fail(system_error("cannot accept QEMU's connection"));
    const auto shake_hands = [&]() -> Result<BridgeChannel> {
        Result<Greeting> greeting = receive_greeting(peer.get());
        if (!greeting) return fail(greeting.error().message);
        if (auto fits = check_hello(*greeting); !fits) return fail(fits.error().message);
        const dla_bridge_hello& hello = greeting->hello;
        BridgeChannel channel;
        auto ring = map_shared(greeting->descriptors[0].get(), 0, sizeof(dla_bridge_ring), "ring");
        if (!ring) return fail(ring.error().message);
        channel.ring_ = std::move(*ring);
        for (std::size_t i = 1; i < kControlDescriptors; ++i) {
            auto fits =
                check_eventfd(greeting->descriptors[i].get(), i == 1 ? "doorbell" : "interrupt");
            if (!fits) return fail(fits.error().message);
        }
        channel.doorbell_ = std::move(greeting->descriptors[1]);
        channel.irq_event_ = std::move(greeting->descriptors[2]);
        for (unsigned i = 0; i < hello.ram_count; ++i) {
            auto memory = map_shared(greeting->descriptors[kControlDescriptors + i].get(),
                                     hello.ram[i].file_offset, hello.ram[i].size, "guest RAM");
            if (!memory) return fail(memory.error().message);
            channel.ram_.push_back({hello.ram[i].guest_address, std::move(*memory)});
        }
        channel.index_ = hello.index;
        channel.synchronised_ = hello.synchronised != 0;
        return channel;
    };
    Result<BridgeChannel> channel = shake_hands();
    send_welcome(peer.get(), channel ? std::string() : channel.error().message);
    if (channel) channel->socket_ = std::move(peer);
    return channel;
}

}  // namespace dla::bridge
