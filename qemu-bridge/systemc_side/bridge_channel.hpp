// SPDX-License-Identifier: Apache-2.0
// The platform's end of the bridge, without SystemC: listens for QEMU, checks what it says, takes
// register accesses from the shared ring and answers them. Nothing the peer writes is trusted.
//
//   Result<BridgeListener> listener = BridgeListener::open(path);
//   Result<BridgeChannel> channel = listener->accept(10s);       // one per DLA of the machine
//   while (auto request = channel->take()) { ...; channel->answer(*request, value); }
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dla_tlm/common/result.hpp"
#include "qemu-bridge/protocol/bridge_protocol.h"

namespace dla::bridge {

// Owns a file descriptor.
class Descriptor {
  public:
    Descriptor() = default;
    explicit Descriptor(int fd) : fd_(fd) {}
    Descriptor(Descriptor&& other) noexcept : fd_(other.release()) {}
    Descriptor& operator=(Descriptor&& other) noexcept;
    ~Descriptor();
    int get() const { return fd_; }
    explicit operator bool() const { return fd_ >= 0; }
    int release();

  private:
    int fd_ = -1;
};

// Owns a shared mapping.
class Mapping {
  public:
    Mapping() = default;
    Mapping(void* start, std::size_t size) : start_(start), size_(size) {}
    Mapping(Mapping&& other) noexcept;
    Mapping& operator=(Mapping&& other) noexcept;
    ~Mapping();
    std::span<std::uint8_t> bytes() const { return {static_cast<std::uint8_t*>(start_), size_}; }

  private:
    void* start_ = nullptr;
    std::size_t size_ = 0;
};

struct GuestRam {
    std::uint64_t guest_address;
    Mapping memory;
};

class BridgeChannel {
  public:
    unsigned index() const { return index_; }
    bool synchronised() const { return synchronised_; }
    const std::vector<GuestRam>& ram() const { return ram_; }
    int socket() const { return socket_.get(); }
    int doorbell() const { return doorbell_.get(); }

    // The next request, or nothing. An error: the peer broke the protocol.
    Result<std::optional<dla_bridge_request>> take();
    bool pending() const;
    // Posted writes need no answer. moving: the DLA has something to do that takes time.
    void answer(const dla_bridge_request& request, std::uint32_t value, bool moving);
    // Asks for a tick in synchronised mode, outside of an answer.
    void want_tick();
    void set_irq(bool level);
    // Stops the guest for its debugger: behind the access being answered next, or at once.
    void stop_guest();

    // Around a wait for doorbell or socket; prepare_sleep() is false when a request has come
    // meanwhile.
    bool prepare_sleep();
    void end_sleep();
    // Whether QEMU has closed the connection.
    bool closed() const;

  private:
    friend class BridgeListener;
    BridgeChannel() = default;
    dla_bridge_ring& ring() const;

    Descriptor socket_;
    Descriptor doorbell_;
    Descriptor irq_event_;
    Mapping ring_;
    std::vector<GuestRam> ram_;
    unsigned index_ = 0;
    bool synchronised_ = false;
    std::uint32_t taken_ = 0;
    std::uint32_t expected_sequence_ = 1;
};

class BridgeListener {
  public:
    // path: a socket that only this user can reach; its folder must exist.
    static Result<BridgeListener> open(const std::string& path);
    BridgeListener(BridgeListener&&) = default;
    BridgeListener& operator=(BridgeListener&&) = default;
    ~BridgeListener();

    // Waits for one connection and shakes hands; refuses a peer that does not fit, with the reason.
    Result<BridgeChannel> accept(std::chrono::milliseconds patience);

  private:
    BridgeListener(Descriptor socket, std::string path)
        : socket_(std::move(socket)), path_(std::move(path)) {}

    Descriptor socket_;
    std::string path_;
};

}  // namespace dla::bridge
