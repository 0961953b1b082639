// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only
// Convolutions against CBUF: what does not fit or was not left there is refused, the rest runs.
#include <fmt/format.h>

#include <functional>
#include <random>
#include <string>
#include <vector>

#include "firmware/testing/network_builder.hpp"
#include "firmware/testing/stub_dla.hpp"
#include "runtime/builder/geometry.hpp"
#include "testing/catch.hpp"

namespace dla::firmware::testing {
namespace {

constexpr std::size_t kRoom = std::size_t{1} << 17;  // bytes of every memory

// A network of convolutions, one after another.
class Chain {
  public:
    explicit Chain(const std::string& config)
        : hardware(*builtin_config(config)), network(hardware) {}

    dla_conv_op_desc& add() {
        last_ = network.add(DLA_OP_CONV);
        return network.operation(last_).conv;
    }
    dla_conv_surface_desc& surface() { return network.surface(last_).conv; }

    // Empty when the task runs to its end.
    std::string refusal() {
        StubDla dla(hardware.address_map);
        network.fill(dla);
        for (int i = NetworkBuilder::kInput; i < NetworkBuilder::kFirstOutput + network.size(); ++i)
            dla.memories[static_cast<std::size_t>(i)].bytes.resize(kRoom);
        Engine engine(dla);
        const auto started = engine.execute(engine_config(hardware, DLA_LAYOUT_B));
        if (!started) return started.error().message;
        for (int step = 0; step < 100; ++step) {
            dla.finish_lowest();
            engine.handle_interrupt();
            const auto done = engine.process_events();
            if (!done) return done.error().message;
            if (*done) return {};
        }
        return "does not end";
    }

    HardwareConfig hardware;
    NetworkBuilder network;

  private:
    int last_ = 0;
};

// Of a convolution with 1x1 kernels.
void set_input(Chain& chain, dla_conv_op_desc& conv, unsigned width, unsigned height,
               unsigned channels) {
    const auto u16 = [](unsigned value) { return static_cast<std::uint16_t>(value); };
    dla_conv_surface_desc& surface = chain.surface();
    conv.input_width_csc = conv.input_width_cmac = surface.src.width = surface.dst.width =
        u16(width);
    conv.input_height_csc = conv.input_height_cmac = surface.src.height = surface.dst.height =
        u16(height);
    conv.input_channel_csc = conv.kernel_channel_csc = surface.src.channel = u16(channels);
    conv.release = u16(height);
    conv.bytes_per_kernel = channels * (conv.out_precision == DLA_PRECISION_INT8 ? 1 : 2);
    surface.weight.size = (8 * conv.bytes_per_kernel + 127) / 128 * 128;
    for (dla_data_cube* cube : {&surface.src, &surface.dst}) {
        cube->line_stride = width * chain.hardware.memory_atom_bytes;
        cube->surf_stride = height * cube->line_stride;
    }
}

// The convolution reads this many lines and finds the rest in CBUF.
void fetch_only(Chain& chain, dla_conv_op_desc& conv, unsigned lines) {
    conv.data_reuse = 1;
    chain.surface().src.height = static_cast<std::uint16_t>(lines);
}

bool says(const std::string& text, const std::string& words) {
    INFO(text);
    CHECK(text.find("firmware error -3") == 0);
    return text.find(words) != std::string::npos;
}

}  // namespace

TEST_CASE("entries per slice of feature data are exactly those of a line, on every configuration") {
    std::mt19937 random(7);
    const auto below = [&](unsigned limit) { return 1 + static_cast<unsigned>(random() % limit); };
    for (const std::string& name : builtin_config_names()) {
        for (int i = 0; i < 60; ++i) {
            Chain chain(name);
            dla_conv_op_desc& conv = chain.add();
            const bool wide = chain.hardware.features.int16 && i % 2 == 1;
            const auto precision = wide ? Precision::kInt16 : Precision::kInt8;
            conv.in_precision = conv.out_precision = static_cast<std::uint8_t>(precision);
            const unsigned width = below(30), channels = below(150);
            set_input(chain, conv, width, 1, channels);
            // One pixel has a rule of its own for its result.
            if (width == 1) continue;
            const unsigned entries =
                runtime::feature_entries(chain.hardware, width, channels, precision);
            conv.data_bank = conv.weight_bank =
                static_cast<std::uint8_t>(chain.hardware.cbuf.banks / 2);
            INFO(name << ": " << width << "x1x" << channels << ", " << entries << " entries");
            conv.entry_per_slice = static_cast<std::uint16_t>(entries);
            CHECK(chain.refusal() == "");
            conv.entry_per_slice = static_cast<std::uint16_t>(entries + 1);
            CHECK(says(chain.refusal(), fmt::format("entry_per_slice is {}, a line takes {}",
                                                    entries + 1, entries)));
            if (entries == 1) continue;
            conv.entry_per_slice = static_cast<std::uint16_t>(entries - 1);
            CHECK(says(chain.refusal(), fmt::format("entry_per_slice is {}, a line takes {}",
                                                    entries - 1, entries)));
        }
    }
}

namespace {

// A 4x4 picture of four int8 channels under 3x3 kernels with padding.
dla_conv_op_desc& add_picture(Chain& chain) {
    dla_conv_op_desc& conv = chain.add();
    set_input(chain, conv, 4, 4, 4);
    conv.data_format = 12;
    conv.pad_x_left = conv.pad_x_right = conv.pad_y_top = conv.pad_y_bottom = 1;
    conv.kernel_height_csc = 3;
    conv.kernel_channel_csc = 12;
    conv.bytes_per_kernel = 36;
    conv.in_cvt = {.scale = 1, .truncate = 0, .enable = 1, .offset = 0};
    chain.surface().weight.size = 384;
    chain.surface().src.line_stride = 32;
    conv.entry_per_slice =
        static_cast<std::uint16_t>(runtime::image_entries(chain.hardware, 6, 4, Precision::kInt8));
    return conv;
}

}  // namespace

TEST_CASE("a line of a picture takes its padding along, and may have more entries") {
    for (const char* name : {"nv_full", "nv_small", "nv_small_256", "nv_large"}) {
        Chain chain(name);
        dla_conv_op_desc& conv = add_picture(chain);
        INFO(name << ": " << conv.entry_per_slice);
        CHECK(chain.refusal() == "");
        ++conv.entry_per_slice;
        CHECK(chain.refusal() == "");
        conv.entry_per_slice = static_cast<std::uint16_t>(conv.entry_per_slice - 2);
        if (conv.entry_per_slice == 0) continue;
        CHECK(says(chain.refusal(), "entry_per_slice is 2, a line takes 3"));
    }
}

TEST_CASE("rows taken together must fit into the lanes of a MAC operation") {
    Chain chain("nv_full");
    dla_conv_op_desc& conv = add_picture(chain);
    conv.post_extension = 2;
    CHECK(chain.refusal() == "");
    conv.kernel_channel_csc = 20;  // five columns
    conv.bytes_per_kernel = 60;
    conv.pad_x_right = 3;
    chain.surface().weight.size = 512;
    CHECK(says(chain.refusal(),
               "post_extension is 2, legal for kernel rows and steps of 16, not 20 and 4"));
    conv.post_extension = 1;
    CHECK(chain.refusal() == "");
    Chain features("nv_full");
    features.add().post_extension = 1;
    CHECK(says(features.refusal(), "post_extension is 1, legal 0 without a picture"));
}

TEST_CASE("the whole input must fit into the data banks") {
    Chain chain("nv_small");
    dla_conv_op_desc& conv = chain.add();
    set_input(chain, conv, 16, 64, 8);
    conv.entry_per_slice = 16;
    conv.data_bank = 2;  // of 512 entries each
    CHECK(chain.refusal() == "");
    conv.data_bank = 1;
    CHECK(says(chain.refusal(), "data_bank is 1 with 512 entries, but 64 lines of 16 need 1024"));
    Chain batches("nv_full");
    dla_conv_op_desc& batch = batches.add();
    set_input(batches, batch, 4, 16, 8);
    batch.batch = 16;
    CHECK(batches.refusal() == "");
    batch.batch = 17;
    CHECK(says(batches.refusal(), "data_bank is 1 with 256 entries, but 272 lines of 1 need 272"));
}

TEST_CASE("a kernel group, or everything that is kept, must fit into the weight banks") {
    Chain chain("nv_small");
    dla_conv_op_desc& conv = chain.add();
    set_input(chain, conv, 4, 4, 512);
    conv.entry_per_slice = 256;
    conv.data_bank = 2;
    CHECK(chain.refusal() == "");  // 8 kernels of 512 bytes
    set_input(chain, conv, 4, 4, 520);
    conv.entry_per_slice = 260;
    conv.data_bank = 3;
    CHECK(says(chain.refusal(),
               "weight_bank is 1 with 4096 bytes, but a group of 8 kernels needs 4160"));
    // 16 kernels are two groups: one is enough, but not if the weights stay.
    set_input(chain, conv, 4, 4, 512);
    conv.entry_per_slice = 256;
    chain.surface().dst.channel = 16;
    chain.surface().weight.size = 8192;
    CHECK(chain.refusal() == "");
    conv.skip_weight_rls = 1;
    CHECK(says(chain.refusal(),
               "weight_bank is 1 with 4096 bytes, but skip_weight_rls keeps all 8192"));
    conv.weight_bank = 2;
    CHECK(chain.refusal() == "");
}

TEST_CASE("a mask has a bit per weight and fits into a bank, a word counts every group") {
    Chain chain("nv_full");
    dla_conv_op_desc& conv = chain.add();
    set_input(chain, conv, 4, 4, 1024);
    conv.entry_per_slice = 32;
    conv.weight_format = DLA_WEIGHT_COMPRESSED;
    dla_conv_surface_desc& surface = chain.surface();
    surface.dst.channel = 40;  // two groups
    surface.dst.surf_stride = surface.src.surf_stride;
    surface.wmb = surface.wgs = surface.weight;
    surface.wmb.size = 5120;
    surface.wgs.size = 8;
    CHECK(chain.refusal() == "");
    surface.wmb.size = 5119;
    CHECK(says(chain.refusal(), "wmb size is 5119, legal 5120 (a bit for each weight) to 32768"));
    surface.wmb.size = 32896;
    CHECK(says(chain.refusal(), "wmb size is 32896"));
    surface.wmb.size = 5120;
    surface.wgs.size = 7;
    CHECK(says(chain.refusal(), "wgs size is 7, a word for each of 2 kernel groups needs 8"));
}

TEST_CASE("weights and masks are whole entries") {
    Chain chain("nv_full");
    chain.add();
    chain.surface().weight.size = 192;
    CHECK(says(chain.refusal(), "weight size is 192, legal multiples of the 128-byte CBUF entry"));
    chain.surface().weight.size = 256;
    CHECK(chain.refusal() == "");
}

TEST_CASE("no more lines are released than there are") {
    Chain chain("nv_full");
    dla_conv_op_desc& conv = chain.add();
    conv.release = 5;
    CHECK(says(chain.refusal(), "release is 5, but the input has 4 lines"));
    conv.skip_data_rls = 1;  // nothing is released
    CHECK(chain.refusal() == "");
}

TEST_CASE("Winograd releases whole slices of four lines") {
    Chain chain("nv_full");
    dla_conv_op_desc& conv = chain.add();
    set_input(chain, conv, 8, 8, 32);
    conv.conv_mode = DLA_CONV_WINOGRAD;
    conv.kernel_width_csc = conv.kernel_height_csc = 4;
    conv.bytes_per_kernel = 512;
    chain.surface().weight.size = 4096;
    chain.surface().dst.width = chain.surface().dst.height = conv.input_width_cmac =
        conv.input_height_cmac = 4;
    conv.entry_per_slice = 2;
    CHECK(chain.refusal() == "");
    conv.release = 4;
    CHECK(chain.refusal() == "");
    conv.release = 6;
    CHECK(says(chain.refusal(), "release is 6, legal multiples of 4 under Winograd"));
    conv.release = 8;
    conv.entry_per_slice = 3;
    CHECK(says(chain.refusal(), "entry_per_slice is 3, a line takes 2"));
}

TEST_CASE("an image in strips finds the lines that overlap in CBUF") {
    Chain chain("nv_full");
    dla_conv_op_desc& first = chain.add();
    first.release = 2;
    dla_conv_op_desc* second = &chain.add();
    fetch_only(chain, *second, 2);
    second->release = 3;
    dla_conv_op_desc& third = chain.add();
    fetch_only(chain, third, 3);
    CHECK(chain.refusal() == "");

    chain.network.operation(0).conv.release = 3;
    CHECK(says(chain.refusal(),
               "CONV operation 1, ROI 0: input_height_csc is 4, but operation 0 "
               "left 1 lines and 2 are fetched"));
    chain.network.operation(0).conv.release = 1;  // three and two would be five
    CHECK(says(chain.refusal(), "operation 0 left 3 lines and 2 are fetched"));
    chain.network.operation(0).conv.release = 2;
    chain.network.operation(1).conv.release = 4;
    CHECK(says(chain.refusal(),
               "CONV operation 2, ROI 0: input_height_csc is 4, but operation 1 "
               "left 0 lines and 3 are fetched"));
}

TEST_CASE("data that were not released are used again, whole or in part") {
    Chain chain("nv_full");
    chain.add().skip_data_rls = 1;
    dla_conv_op_desc& part = chain.add();
    set_input(chain, part, 4, 3, 8);
    part.data_reuse = 1;
    part.entry_per_slice = 1;
    CHECK(chain.refusal() == "");
    set_input(chain, chain.network.operation(1).conv, 4, 5, 8);
    CHECK(says(chain.refusal(), "input_height_csc is 5, but operation 0 left 4 lines and 0 are"));
}

TEST_CASE("weights are used again only if they stayed") {
    Chain chain("nv_full");
    chain.add().skip_weight_rls = 1;
    chain.add().weight_reuse = 1;
    CHECK(chain.refusal() == "");
    chain.network.surface(1).conv.weight.size = 256;
    CHECK(says(chain.refusal(), "weight_reuse wants 256 bytes of weights, operation 0 left 128"));
    chain.network.surface(1).conv.weight.size = 128;
    chain.network.operation(0).conv.skip_weight_rls = 0;
    CHECK(says(chain.refusal(), "weight_reuse wants 128 bytes of weights, operation 0 left 0"));
}

TEST_CASE("reuse needs a convolution before it with the same mode, format and banks") {
    const auto chain_with = [](const std::function<void(dla_conv_op_desc&)>& spoil) {
        Chain chain("nv_full");
        chain.add().skip_data_rls = 1;
        dla_conv_op_desc& second = chain.add();
        second.data_reuse = 1;
        spoil(chain.network.operation(0).conv);
        return chain.refusal();
    };
    const char* const lost = "CBUF is emptied between them";
    CHECK(chain_with([](dla_conv_op_desc&) {}) == "");
    CHECK(says(chain_with([](dla_conv_op_desc& conv) { conv.data_bank = 2; }), lost));
    CHECK(says(chain_with([](dla_conv_op_desc& conv) { conv.weight_bank = 2; }), lost));
    CHECK(says(chain_with([](dla_conv_op_desc& conv) { conv.batch = 2; }),
               "data_reuse finds lines of 1 entries and batch 2, not 1 and 1"));
    Chain pictures("nv_full");
    add_picture(pictures).skip_data_rls = 1;
    pictures.add().data_reuse = 1;
    CHECK(says(pictures.refusal(), lost));
    Chain alone("nv_full");
    alone.add().weight_reuse = 1;
    CHECK(
        says(alone.refusal(), "weight_reuse is 1, but no convolution of the task comes before it"));
}

TEST_CASE("a task finds nothing of the task before it") {
    Chain chain("nv_full");
    chain.add().skip_data_rls = 1;
    StubDla dla(chain.hardware.address_map);
    chain.network.fill(dla);
    Engine engine(dla);
    const dla_config config = engine_config(chain.hardware, DLA_LAYOUT_B);
    REQUIRE(engine.execute(config));
    dla.finish_lowest();
    engine.handle_interrupt();
    REQUIRE(engine.process_events().value());
    engine.clear();
    chain.network.operation(0).conv.data_reuse = 1;
    chain.network.fill(dla);
    const auto again = engine.execute(config);
    REQUIRE_FALSE(again);
    CHECK(says(again.error().message, "data_reuse is 1, but no convolution of the task comes"));
}

}  // namespace dla::firmware::testing
