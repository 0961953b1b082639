// SPDX-License-Identifier: Apache-2.0
#include "vp/about/host_facts.hpp"

#include <hwy/targets.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "vp/about/version.hpp"
#include "vp/program_output.hpp"
#include "vp/source_paths.hpp"

namespace dla::vp {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMib = 1024 * 1024;

void read_package_list(HostFacts& facts) {
    const std::string path = script_path("packages").string();
    std::ifstream file(path);
    std::ostringstream text;
    if (!file || !(text << file.rdbuf())) {
        facts.package_list_error = path + ": cannot be read";
        return;
    }
    auto sections = parse_package_list(text.str(), path);
    if (sections)
        facts.sections = std::move(*sections);
    else
        facts.package_list_error = sections.error().message;
}

std::optional<std::set<std::string>> installed_packages() {
    const auto output =
        program_output("dpkg-query", {"-W", "-f", "${db:Status-Status} ${Package}\n"});
    if (!output) return std::nullopt;
    std::set<std::string> installed;
    std::istringstream stream(*output);
    for (std::string status, name; stream >> status >> name;)
        if (status == "installed") installed.insert(name);
    return installed;
}

// Of the steps the datapaths are compiled for, the best that this CPU has.
std::string vector_unit() {
    struct Step {
        std::int64_t targets;
        const char* name;
    };
    constexpr std::array kSteps{Step{HWY_AVX3 | HWY_AVX3_DL, "AVX-512"}, Step{HWY_AVX2, "AVX2"},
                                Step{HWY_SSE4 | HWY_SSSE3, "SSE4"}, Step{HWY_NEON, "NEON"}};
    const std::int64_t supported = hwy::SupportedTargets();
    for (const Step& step : kSteps)
        if ((supported & step.targets) != 0) return step.name;
    return "none";
}

// Absent without /proc, as in a bare chroot.
std::optional<std::uint64_t> available_memory_mib() {
    std::ifstream file("/proc/meminfo");
    std::string key;
    std::uint64_t kib = 0;
    while (file >> key >> kib) {
        if (key == "MemAvailable:") return kib / 1024;
        file.ignore(256, '\n');
    }
    return std::nullopt;
}

bool has_memory_files() {
    const int descriptor = memfd_create("dla-vp-doctor", MFD_CLOEXEC);
    if (descriptor >= 0) close(descriptor);
    return descriptor >= 0;
}

// Free space of a folder that can be written to. It need not exist yet.
std::optional<std::uint64_t> free_mib(fs::path folder) {
    std::error_code error;
    while (!folder.empty() && !fs::exists(folder, error) && folder != folder.parent_path())
        folder = folder.parent_path();
    if (access(folder.c_str(), W_OK | X_OK) != 0) return std::nullopt;
    const fs::space_info space = fs::space(folder, error);
    if (error) return std::nullopt;
    return space.available / kMib;
}

std::string cache_folder() {
    const char* cache = std::getenv("XDG_CACHE_HOME");
    const char* home = std::getenv("HOME");
    const fs::path base = cache != nullptr && *cache != '\0'
                              ? fs::path(cache)
                              : fs::path(home != nullptr ? home : "/") / ".cache";
    return (base / "dla-vp").string();
}

std::string cached(const std::string& script) {
    return program_output(script_path(script).string(), {"--cached"}, ErrorOutput::kHidden)
        .value_or("");
}

}  // namespace

HostFacts gather_host_facts() {
    HostFacts facts;
    facts.root = root_path().string();
    facts.source_tree = fs::exists(root_path() / "CMakeLists.txt");
    read_package_list(facts);
    facts.installed = installed_packages();
    facts.qemu = installed_qemu();
    facts.qemu_device = cached("qemu-device");
    facts.guest = cached("guest");
    facts.cores = std::thread::hardware_concurrency();
    facts.vector_unit = vector_unit();
    facts.memory_available_mib = available_memory_mib();
    facts.shared_memory_mib = free_mib("/dev/shm");
    facts.memory_files = has_memory_files();
    facts.cache = cache_folder();
    facts.cache_mib = free_mib(facts.cache);
    return facts;
}

}  // namespace dla::vp
