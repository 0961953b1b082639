// SPDX-License-Identifier: Apache-2.0
#include "vp/about/version.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <commit.hpp>
#include <systemc>

#include "dla_tlm/common/hardware_config.hpp"
#include "vp/program_output.hpp"
#include "vp/text_escape.hpp"

namespace dla::vp {

std::string installed_qemu() {
    const auto output = program_output("qemu-system-aarch64", {"--version"}, ErrorOutput::kHidden);
    if (!output) return {};
    constexpr std::string_view kMark = "version ";
    const std::string line = output->substr(0, output->find('\n'));
    const std::size_t mark = line.find(kMark);
    return mark == std::string::npos ? line : line.substr(mark + kMark.size());
}

Version version() {
    return {.program = DLA_VERSION,
            .commit = DLA_COMMIT,
            .build = DLA_BUILD,
            .configs = builtin_config_names(),
            .systemc = fmt::format("{}.{}.{}", sc_core::sc_version_major, sc_core::sc_version_minor,
                                   sc_core::sc_version_patch),
            .qemu = installed_qemu()};
}

std::string version_text(const Version& version) {
    return fmt::format(
        "dla-vp {}\n"
        "commit          {}\n"
        "build           {}\n"
        "configurations  {}\n"
        "SystemC         {}\n"
        "QEMU            {}\n",
        version.program, version.commit, version.build, fmt::join(version.configs, ", "),
        version.systemc,
        version.qemu.empty() ? "not installed; only boot needs it (dla-vp doctor)" : version.qemu);
}

std::string version_json(const Version& version) {
    std::vector<std::string> configs;
    for (const std::string& name : version.configs)
        configs.push_back(json_text(name));
    return fmt::format(
        "{{\"version\": {}, \"commit\": {}, \"build\": {}, \"configurations\": [{}], "
        "\"systemc\": {}, \"qemu\": {}}}\n",
        json_text(version.program), json_text(version.commit), json_text(version.build),
        fmt::join(configs, ", "), json_text(version.systemc),
        version.qemu.empty() ? "null" : json_text(version.qemu));
}

}  // namespace dla::vp
