// SPDX-License-Identifier: Apache-2.0
#include "vp/boot/platform_file.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <yaml-cpp/yaml.h>

#include <charconv>
#include <fstream>
#include <sstream>
#include <variant>

namespace dla::vp {
namespace {

// Of QEMU's virt machine: the 32-bit PCI window's end and the last shared peripheral interrupt.
constexpr unsigned kWindowBytes = 0x4'0000;
constexpr unsigned kLastWindow = 0x3ee8'0000;
constexpr unsigned kLastInterrupt = 255;

struct UnsignedKey {
    unsigned PlatformFile::*member;
    unsigned low;
    unsigned high;
    unsigned multiple = 1;  // more than 1: an address
};
using Member = std::variant<UnsignedKey, bool PlatformFile::*, std::string PlatformFile::*,
                            std::vector<std::string> PlatformFile::*>;

struct Key {
    const char* name;
    Member member;
};

const std::vector<Key>& keys() {
    static const std::vector<Key> kKeys{
        {"dlas", &PlatformFile::dlas},
        {"cpu", &PlatformFile::cpu},
        {"cpus", UnsignedKey{&PlatformFile::cpus, 1, 8}},
        {"memory_mib", UnsignedKey{&PlatformFile::memory_mib, 256, 3072}},
        {"window", UnsignedKey{&PlatformFile::window, 0x0f00'0000, kLastWindow, kWindowBytes}},
        {"interrupt", UnsignedKey{&PlatformFile::interrupt, 176, kLastInterrupt}},
        {"dma_memory", UnsignedKey{&PlatformFile::dma_memory, 0x8000'0000, 0xc000'0000, 0x20'0000}},
        {"quantum_us", UnsignedKey{&PlatformFile::quantum_us, 0, 1'000'000}},
        {"posted_writes", &PlatformFile::posted_writes},
        {"spin", UnsignedKey{&PlatformFile::spin, 0, 10'000'000}},
        {"qemu", &PlatformFile::qemu},
        {"kernel", &PlatformFile::kernel},
        {"initramfs", &PlatformFile::initramfs},
        {"append", &PlatformFile::append},
        {"driver", &PlatformFile::driver},
        {"qemu_arguments", &PlatformFile::qemu_arguments},
    };
    return kKeys;
}

std::vector<std::string> split(const std::string& text) {
    std::vector<std::string> items;
    std::istringstream stream(text);
    for (std::string item; std::getline(stream, item, ',');)
        items.push_back(item);
    return items;
}

// where: file and place, for the message.
struct Assign {
    PlatformFile& platform;
    const std::string& name;
    const std::string& text;
    const std::string& where;

    Result<void> operator()(const UnsignedKey& key) const {
        const bool hexadecimal = text.starts_with("0x");
        const char* begin = text.data() + (hexadecimal ? 2 : 0);
        const char* end = text.data() + text.size();
        unsigned value = 0;
        const auto [stop, status] = std::from_chars(begin, end, value, hexadecimal ? 16 : 10);
        if (status != std::errc{} || stop != end || value < key.low || value > key.high ||
            value % key.multiple != 0) {
            return fail(fmt::format("{}: {} is '{}', legal is {}", where, name, text, legal(key)));
        }
        platform.*key.member = value;
        return {};
    }
    static std::string legal(const UnsignedKey& key) {
        if (key.multiple == 1)
            return fmt::format("a whole number from {} to {}", key.low, key.high);
        return fmt::format("a multiple of {:#x} from {:#x} to {:#x}", key.multiple, key.low,
                           key.high);
    }
    Result<void> operator()(bool PlatformFile::*member) const {
        if (text != "true" && text != "false") {
            return fail(fmt::format("{}: {} is '{}', legal is true or false", where, name, text));
        }
        platform.*member = text == "true";
        return {};
    }
    Result<void> operator()(std::string PlatformFile::*member) const {
        platform.*member = text;
        return {};
    }
    Result<void> operator()(std::vector<std::string> PlatformFile::*member) const {
        platform.*member = split(text);
        return {};
    }
};

Result<void> assign(PlatformFile& platform, const std::string& name, const std::string& text,
                    const std::string& where) {
    std::vector<std::string> names;
    for (const Key& key : keys()) {
        if (name == key.name) return std::visit(Assign{platform, name, text, where}, key.member);
        names.emplace_back(key.name);
    }
    return fail(
        fmt::format("{}: '{}' is not a key; keys are {}", where, name, fmt::join(names, ", ")));
}

Result<void> check(const PlatformFile& platform, const std::string& where) {
    constexpr std::size_t kMostDlas = 4;
    if (platform.dlas.empty() || platform.dlas.size() > kMostDlas) {
        return fail(fmt::format("{}: dlas has {} entries, legal is 1 to {}", where,
                                platform.dlas.size(), kMostDlas));
    }
    const auto more = static_cast<unsigned>(platform.dlas.size()) - 1;
    if (platform.window + more * kWindowBytes > kLastWindow ||
        platform.interrupt + more > kLastInterrupt) {
        return fail(fmt::format(
            "{}: the windows of {} DLAs reach from {:#x} to {:#x} and their interrupts from {} to "
            "{}, the last legal window is {:#x} and the last legal interrupt {}",
            where, platform.dlas.size(), platform.window, platform.window + more * kWindowBytes,
            platform.interrupt, platform.interrupt + more, kLastWindow, kLastInterrupt));
    }
    return {};
}

Result<void> read_entry(PlatformFile& platform, const YAML::Node& key, const YAML::Node& value,
                        const std::string& where) {
    const std::string place =
        fmt::format("{}:{}:{}", where, key.Mark().line + 1, key.Mark().column + 1);
    if (!key.IsScalar()) return fail(fmt::format("{}: a key must be a word", place));
    if (value.IsSequence() && (key.Scalar() == "dlas" || key.Scalar() == "qemu_arguments")) {
        std::vector<std::string> items;
        for (const YAML::Node& item : value) {
            if (!item.IsScalar())
                return fail(fmt::format("{}: {} must be a list of words", place, key.Scalar()));
            items.push_back(item.Scalar());
        }
        (key.Scalar() == "dlas" ? platform.dlas : platform.qemu_arguments) = items;
        return {};
    }
    if (!value.IsScalar())
        return fail(fmt::format("{}: {} must be a single value", place, key.Scalar()));
    return assign(platform, key.Scalar(), value.Scalar(), place);
}

}  // namespace

Result<PlatformFile> PlatformFile::parse(const std::string& yaml, const std::string& where) {
    PlatformFile platform;
    try {
        const YAML::Node root = YAML::Load(yaml);
        if (!root.IsMap())
            return fail(fmt::format("{}:1:1: a platform file is a mapping of keys", where));
        for (const auto& entry : root) {
            auto read = read_entry(platform, entry.first, entry.second, where);
            if (!read) return fail(read.error().message);
        }
    } catch (const YAML::Exception& error) {
        return fail(fmt::format("{}:{}:{}: not YAML: {}", where, error.mark.line + 1,
                                error.mark.column + 1, error.msg));
    }
    if (auto legal = check(platform, where); !legal) return fail(legal.error().message);
    return platform;
}

Result<PlatformFile> PlatformFile::load(const std::string& path) {
    std::ifstream file(path);
    std::ostringstream text;
    if (!file || !(text << file.rdbuf()))
        return fail(fmt::format("{}: cannot be read as a platform file", path));
    return parse(text.str(), path);
}

Result<void> PlatformFile::set(const std::string& assignment) {
    const std::size_t equals = assignment.find('=');
    if (equals == std::string::npos) {
        return fail(fmt::format("--set {}: legal is KEY=VALUE", assignment));
    }
    const std::string where = "--set " + assignment;
    auto done = assign(*this, assignment.substr(0, equals), assignment.substr(equals + 1), where);
    return done ? check(*this, where) : done;
}

std::string PlatformFile::print() const {
    std::string text;
    for (const Key& key : keys()) {
        const auto value = std::visit(
            [this](const auto& member) -> std::string {
                using M = std::decay_t<decltype(member)>;
                if constexpr (std::is_same_v<M, UnsignedKey>) {
                    const unsigned number = this->*member.member;
                    return member.multiple == 1 ? fmt::format("{}", number)
                                                : fmt::format("{:#x}", number);
                } else if constexpr (std::is_same_v<M, std::string PlatformFile::*>) {
                    return fmt::format("{:?}", this->*member);
                } else {
                    return fmt::format("{}", this->*member);
                }
            },
            key.member);
        text += fmt::format("{}: {}\n", key.name, value);
    }
    return text;
}

}  // namespace dla::vp
