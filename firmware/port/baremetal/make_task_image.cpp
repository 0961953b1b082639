// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only
// dla-task-image: the DLA task of a loadable as an image for the bare-metal firmware.
//
//   dla-task-image lenet.nvdla --config nv_small --input input.bin --expect output.bin --output
//   task.image
#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstring>

#include "dla_tlm/common/hardware_config.hpp"
#include "firmware/port/baremetal/task_image.h"
#include "firmware/port/host/engine_port.hpp"
#include "runtime/loadable/descriptor_codec.hpp"
#include "runtime/loadable/file_bytes.hpp"
#include "trace-tests/format/data_file.hpp"

namespace {

using dla::runtime::Bytes;

// Memories begin behind the header, on a page of their own each.
constexpr std::uint64_t kDataOffset = 0x10000;
constexpr std::uint64_t kPage = 4096;

struct Options {
    std::string loadable;
    std::string config = "nv_small";
    std::string input;
    std::string expect;
    std::string output;
    std::uint64_t image_address = 0x48000000;
    std::uint64_t dla_base = 0x10200000;
    std::uint32_t interrupt = 208;
};

task_image header_of(const Options& options, const dla::HardwareConfig& hardware,
                     dla_descriptor_layout layout) {
    const dla_config config = dla::firmware::engine_config(hardware, layout);
    task_image header{};
    header.magic = TASK_IMAGE_MAGIC;
    header.version = TASK_IMAGE_VERSION;
    header.dla_base = options.dla_base;
    header.interrupt = options.interrupt;
    header.atom_size = config.atom_size;
    header.address_map =
        config.unit_bases == dla_unit_bases_nv_full ? TASK_IMAGE_NV_FULL : TASK_IMAGE_NV_SMALL;
    header.bdma = config.bdma_enable;
    header.rubik = config.rubik_enable;
    header.weight_compression = config.weight_compress_support;
    header.descriptor_layout = config.descriptor_layout;
    header.limits = config.limits;
    return header;
}

void place(Bytes& image, std::uint64_t offset, const void* bytes, std::size_t size) {
    if (image.size() < offset + size) image.resize(offset + size);
    std::memcpy(image.data() + offset, bytes, size);
}

// What a memory of the loadable holds at the start, zeros to its end.
dla::Result<Bytes> contents_of(const Options& options, const dla::runtime::Loadable& loadable,
                               std::size_t index) {
    const auto& memory = loadable.memories[index];
    Bytes contents = dla::runtime::initial_contents(loadable, index);
    if (memory.has(dla::runtime::kMemoryInput) && !options.input.empty()) {
        auto input = dla::runtime::read_file(options.input);
        if (!input) return input;
        contents = std::move(*input);
    }
    contents.resize(memory.size);
    return contents;
}

dla::Result<Bytes> make_image(const Options& options) {
    const auto loadable = dla::runtime::read_loadable_file(options.loadable);
    if (!loadable) return dla::fail(loadable.error().message);
    const auto hardware = dla::builtin_config(options.config);
    if (!hardware) return dla::fail(hardware.error().message);
    std::size_t task = 0;
    while (task < loadable->tasks.size() &&
           loadable->tasks[task].interface == dla::runtime::Interface::kEmulator)
        ++task;
    if (task == loadable->tasks.size()) return dla::fail(options.loadable + ": no DLA task");
    const auto generation = dla::runtime::generation_of(*loadable, task);
    if (!generation) return dla::fail(generation.error().message);
    task_image header =
        header_of(options, *hardware,
                  *generation == dla::runtime::Generation::kA ? DLA_LAYOUT_A : DLA_LAYOUT_B);
    Bytes image;
    std::vector<std::uint64_t> offsets;
    std::uint64_t next = kDataOffset;
    for (std::size_t m = 0; m < loadable->memories.size(); ++m) {
        offsets.push_back(next);
        const auto& memory = loadable->memories[m];
        const auto contents = contents_of(options, *loadable, m);
        if (!contents) return contents;
        place(image, next, contents->data(), contents->size());
        next += (memory.size + kPage - 1) / kPage * kPage;
        if (memory.has(dla::runtime::kMemoryOutput) && !options.expect.empty()) {
            const auto expected = dla::runtime::read_file(options.expect);
            if (!expected) return expected;
            header.check_address = options.image_address + offsets.back();
            header.check_bytes = static_cast<std::uint32_t>(expected->size());
            header.check_crc = dla::trace::crc32(*expected);
        }
    }
    const auto& list = loadable->tasks[task].address_list;
    header.num_addresses = static_cast<std::uint32_t>(list.size());
    std::uint64_t at = sizeof(header);
    for (const std::uint16_t id : list) {
        const auto& address = loadable->addresses[id];
        const task_image_address entry{
            options.image_address + offsets[address.mem_id] + address.offset,
            loadable->memories[address.mem_id].size - address.offset};
        place(image, at, &entry, sizeof(entry));
        at += sizeof(entry);
    }
    if (at > kDataOffset) return dla::fail("the task has too many addresses for the image");
    place(image, 0, &header, sizeof(header));
    return image;
}

}  // namespace

int main(int argc, char** argv) {
    Options options;
    CLI::App app{"The DLA task of a loadable as an image for the bare-metal firmware"};
    app.add_option("loadable", options.loadable)->required()->check(CLI::ExistingFile);
    app.add_option("--config", options.config, "hardware configuration");
    app.add_option("--input", options.input, "bytes of the input memory")->check(CLI::ExistingFile);
    app.add_option("--expect", options.expect, "bytes the output memory must hold afterwards")
        ->check(CLI::ExistingFile);
    app.add_option("--output", options.output, "image file")->required();
    app.add_option("--at", options.image_address, "where the image is loaded");
    app.add_option("--dla", options.dla_base, "register window");
    app.add_option("--interrupt", options.interrupt, "number at the interrupt controller");
    CLI11_PARSE(app, argc, argv);
    const auto image = make_image(options);
    if (!image) {
        std::fprintf(stderr, "dla-task-image: %s\n", image.error().message.c_str());
        return 2;
    }
    if (const auto written = dla::runtime::write_file(options.output, *image); !written) {
        std::fprintf(stderr, "dla-task-image: %s\n", written.error().message.c_str());
        return 2;
    }
    return 0;
}
