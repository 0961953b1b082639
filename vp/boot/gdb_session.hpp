// SPDX-License-Identifier: Apache-2.0
// GDB on the guest: QEMU's stub, and a script that knows where stub, monitor and symbols are.
//
//   GdbOptions options{.enabled = true, .wait = true};
//   arguments += stub_arguments(options, folder);
//   auto script = GdbScript::write(monitor_socket, stub_of(options, folder), symbols);
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "dla_tlm/common/result.hpp"

namespace dla::vp {

struct GdbOptions {
    bool enabled = false;
    bool wait = false;  // the guest stands still until GDB lets it go
    int port = 0;       // of 127.0.0.1; 0: a socket in the run's private folder
};

// What GDB needs to know about the program in the guest.
struct GuestSymbols {
    std::string program{};                      // ELF of kernel or firmware; may be empty
    std::vector<std::string> module_folders{};  // with the kernel modules' files
    std::string driver{};                       // module file with debug information, or empty
};

// How GDB calls QEMU's stub.
std::string stub_of(const GdbOptions& options, const std::filesystem::path& folder);
std::vector<std::string> stub_arguments(const GdbOptions& options,
                                        const std::filesystem::path& folder);

// Where the script of a run with this monitor lies.
std::filesystem::path gdb_script_path(const std::string& monitor);

// The script, for as long as the run lives.
class GdbScript {
  public:
    static Result<GdbScript> write(const std::string& monitor, const std::string& stub,
                                   const GuestSymbols& symbols);
    GdbScript(GdbScript&& other) noexcept;
    GdbScript& operator=(GdbScript&&) = delete;
    ~GdbScript();

  private:
    explicit GdbScript(std::filesystem::path path) : path_(std::move(path)) {}
    std::filesystem::path path_;
};

}  // namespace dla::vp
