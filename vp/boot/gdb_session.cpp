// SPDX-License-Identifier: Apache-2.0
#include "vp/boot/gdb_session.hpp"

#include <fmt/format.h>

#include <fstream>
#include <utility>

#include "vp/monitor/socket_path.hpp"
#include "vp/source_paths.hpp"
#include "vp/text_escape.hpp"

namespace dla::vp {
namespace {

namespace fs = std::filesystem;

// A Python literal; paths are the only text that goes into it.
std::string literal(const std::string& text) {
    return text.empty() ? "None" : json_text(text);
}

}  // namespace

std::string stub_of(const GdbOptions& options, const fs::path& folder) {
    return options.port != 0 ? fmt::format("127.0.0.1:{}", options.port)
                             : (folder / "gdb").string();
}

std::vector<std::string> stub_arguments(const GdbOptions& options, const fs::path& folder) {
    if (!options.enabled) return {};
    std::vector<std::string> arguments;
    const std::string stub = stub_of(options, folder);
    if (options.port != 0)
        arguments = {"-gdb", "tcp:" + stub};
    else
        arguments = {"-chardev", fmt::format("socket,id=gdb,path={},server=on,wait=off", stub),
                     "-gdb", "chardev:gdb"};
    if (options.wait) arguments.emplace_back("-S");
    return arguments;
}

fs::path gdb_script_path(const std::string& monitor) {
    return monitor::socket_path(monitor).string() + ".gdb";
}

Result<GdbScript> GdbScript::write(const std::string& monitor, const std::string& stub,
                                   const GuestSymbols& symbols) {
    const fs::path path = gdb_script_path(monitor);
    std::string folders;
    for (const std::string& folder : symbols.module_folders)
        folders += literal(folder) + ", ";
    std::ofstream file(path);
    file << "# GDB on the guest of this run; used by `dla-vp gdb`.\n"
         << "source " << script_path("gdb/dla.py").string() << "\n"
         << fmt::format("python attach_guest({}, {}, {}, [{}], {})\n",
                        literal(fs::absolute(monitor::socket_path(monitor)).string()),
                        literal(stub), literal(symbols.program), folders, literal(symbols.driver));
    file.close();
    if (!file) return fail(fmt::format("{}: cannot be written", path.string()));
    return GdbScript(path);
}

GdbScript::GdbScript(GdbScript&& other) noexcept : path_(std::exchange(other.path_, {})) {}

GdbScript::~GdbScript() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove(path_, ignored);
}

}  // namespace dla::vp
