// SPDX-License-Identifier: Apache-2.0
// QEMU as a child process of the platform, with a private folder for the socket and the guest's
// orders.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "dla_tlm/common/result.hpp"

namespace dla::vp {

// A folder only this user can enter; gone with the object. Those of runs that were killed go when
// the next one is made. Throws std::system_error when none can be made.
class PrivateFolder {
  public:
    PrivateFolder();
    ~PrivateFolder();
    PrivateFolder(const PrivateFolder&) = delete;
    PrivateFolder& operator=(const PrivateFolder&) = delete;
    const std::filesystem::path& path() const { return path_; }

  private:
    std::filesystem::path path_;
    int lock_ = -1;  // held while the folder is in use
};

struct QemuCommand {
    std::string program;
    std::string preload;  // shared object; empty: the program has the device itself
    std::vector<std::string> arguments;
    bool reads_input = true;  // false: its standard input is empty
};

class QemuProcess {
  public:
    static Result<QemuProcess> start(const QemuCommand& command);
    QemuProcess(QemuProcess&& other) noexcept;
    QemuProcess& operator=(QemuProcess&&) = delete;
    // Ends QEMU if it still runs.
    ~QemuProcess();

    bool running();
    // Waits for the end; the exit code, or 128 + signal.
    int wait();

  private:
    explicit QemuProcess(pid_t pid) : pid_(pid) {}
    pid_t pid_;
    std::optional<int> status_;
};

}  // namespace dla::vp
