// SPDX-License-Identifier: Apache-2.0
#include "vp/boot/guest_archive.hpp"

#include <fmt/format.h>

#include <fstream>
#include <iterator>

namespace dla::vp {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kAlignment = 4;
constexpr unsigned kFolder = 0040000;
constexpr unsigned kFile = 0100000;
constexpr unsigned kLink = 0120000;

void pad(std::ostream& out) {
    const auto over = static_cast<std::size_t>(out.tellp()) % kAlignment;
    for (std::size_t i = over; i != 0 && i < kAlignment; ++i)
        out.put('\0');
}

// One member: header of hexadecimal numbers, name, data; both padded.
void put(std::ostream& out, unsigned inode, const std::string& name, unsigned mode,
         const std::string& data) {
    const unsigned links = (mode & kFolder) != 0 && (mode & kFile) == 0 ? 2 : 1;
    out << fmt::format("070701{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}", inode, mode, 0, 0, links,
                       0, data.size());
    out << fmt::format("{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}", 0, 0, 0, 0, name.size() + 1, 0);
    out << name << '\0';
    pad(out);
    out << data;
    pad(out);
}

Result<std::string> content_of(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    std::string content{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    if (!in.is_open() || in.bad()) return fail(file.string() + ": cannot be read");
    return content;
}

Result<void> put_source(std::ostream& out, unsigned inode, const std::string& name,
                        const fs::path& source) {
    std::error_code error;
    const fs::file_status status = source.empty()
                                       ? fs::file_status(fs::file_type::directory, fs::perms(0755))
                                       : fs::symlink_status(source, error);
    const auto permissions = static_cast<unsigned>(status.permissions()) & 07777U;
    if (status.type() == fs::file_type::directory) {
        put(out, inode, name, kFolder | permissions, "");
    } else if (status.type() == fs::file_type::symlink) {
        put(out, inode, name, kLink | 0777U, fs::read_symlink(source, error).string());
    } else {
        const auto content = content_of(source);
        if (!content) return tl::unexpected(content.error());
        put(out, inode, name, kFile | permissions, *content);
    }
    if (error) return fail(fmt::format("{}: {}", source.string(), error.message()));
    return {};
}

}  // namespace

void GuestArchive::add_parents(const fs::path& name) {
    const fs::path parent = name.parent_path();
    if (parent.empty() || sources_.contains(parent.string())) return;
    add_parents(parent);
    sources_.emplace(parent.string(), fs::path());
}

Result<void> GuestArchive::add(const fs::path& source, const std::string& name) {
    std::error_code error;
    if (fs::is_regular_file(fs::symlink_status(source, error))) {
        bytes_ += fs::file_size(source, error);
        if (bytes_ > most_bytes_) {
            return fail(fmt::format(
                "{}: with this file {} bytes are to be copied into the guest's memory, legal is 0 "
                "to {} (a quarter of it); share a smaller folder, or run without quantum_us",
                source.string(), bytes_, most_bytes_));
        }
    }
    if (error) return fail(fmt::format("{}: {}", source.string(), error.message()));
    add_parents(name);
    sources_[name] = source;
    return {};
}

Result<void> GuestArchive::add_file(const fs::path& file, const std::string& name) {
    if (!fs::is_regular_file(file)) return fail(file.string() + ": is not a file");
    return add(file, name);
}

Result<void> GuestArchive::add_folder(const fs::path& folder, const std::string& name) {
    if (auto added = add(folder, name); !added) return added;
    std::error_code error;
    for (fs::recursive_directory_iterator i(folder, error), end; !error && i != end;
         i.increment(error)) {
        if (!i->is_symlink() && !i->is_directory() && !i->is_regular_file()) continue;
        const fs::path below = i->path().lexically_relative(folder);
        if (auto added = add(i->path(), (fs::path(name) / below).string()); !added) return added;
    }
    if (error) return fail(fmt::format("{}: {}", folder.string(), error.message()));
    return {};
}

Result<void> GuestArchive::write(const std::string& path, const std::string& initramfs) const {
    std::ofstream out(path, std::ios::binary);
    unsigned inode = 0;
    for (const auto& [name, source] : sources_)
        if (auto done = put_source(out, ++inode, name, source); !done) return done;
    put(out, 0, "TRAILER!!!", 0, "");
    if (!initramfs.empty()) {
        const auto rest = content_of(initramfs);
        if (!rest) return tl::unexpected(rest.error());
        out << *rest;
    }
    out.close();
    if (!out) return fail(path + ": cannot be written");
    return {};
}

}  // namespace dla::vp
