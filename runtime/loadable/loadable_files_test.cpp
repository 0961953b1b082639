// SPDX-License-Identifier: Apache-2.0
// Loadables made by others: every one is read, none of its damaged variants does harm.
#include <map>
#include <random>

#include "runtime/loadable/descriptor_codec.hpp"
#include "runtime/loadable/test_files.hpp"
#include "runtime/loadable/widen.hpp"
#include "testing/catch.hpp"

using namespace dla::runtime;

TEST_CASE("every public loadable is read and its tasks are decoded") {
    for (const std::string& path : all_loadables()) {
        INFO(path);
        const auto loadable = read_loadable_file(path);
        REQUIRE((loadable ? "" : loadable.error().message) == "");
        for (std::size_t i = 0; i < loadable->tasks.size(); ++i) {
            const bool dla = loadable->tasks[i].interface == Interface::kDla;
            const bool decoded = dla ? decode_dla_task(*loadable, i).has_value()
                                     : decode_emulator_task(*loadable, i).has_value();
            CHECK(decoded);
        }
    }
}

TEST_CASE("regression loadables are generation A, compiled ones generation B") {
    for (const std::string& path : all_loadables()) {
        INFO(path);
        const auto loadable = read_loadable_file(path);
        REQUIRE(loadable.has_value());
        const auto expected = path.ends_with("_fbuf") ? Generation::kA : Generation::kB;
        for (std::size_t i = 0; i < loadable->tasks.size(); ++i) {
            CHECK(generation_of(*loadable, i).value() == expected);
        }
    }
}

TEST_CASE("a public loadable written again reads back as the same loadable") {
    for (const std::string& path : all_loadables()) {
        INFO(path);
        const auto loadable = read_loadable_file(path);
        REQUIRE(loadable.has_value());
        const Bytes once = write_loadable(*loadable);
        const auto again = read_loadable(once);
        REQUIRE(again.has_value());
        CHECK(write_loadable(*again) == once);
    }
}

TEST_CASE("descriptor blobs of compiled loadables survive decoding and encoding byte for byte") {
    for (const std::string& path : all_loadables()) {
        if (path.ends_with("_fbuf")) continue;
        const auto loadable = read_loadable_file(path);
        REQUIRE(loadable.has_value());
        for (std::size_t i = 0; i < loadable->tasks.size(); ++i) {
            if (loadable->tasks[i].interface != Interface::kDla) continue;
            INFO(path << " task " << i);
            const auto task = decode_dla_task(*loadable, i);
            REQUIRE(task.has_value());
            const DlaTaskBlobs blobs = encode(*task);
            LoadableMemory memory(*loadable, i);
            const auto stored = [&](std::int16_t index, std::size_t size) {
                const auto bytes = memory(static_cast<std::size_t>(index)).first(size);
                return Bytes(bytes.begin(), bytes.end());
            };
            CHECK(stored(0, 40) == blobs.network);
            CHECK(stored(task->network.operation_desc_index, blobs.operations.size()) ==
                  blobs.operations);
            CHECK(stored(task->network.surface_desc_index, blobs.surfaces.size()) ==
                  blobs.surfaces);
            CHECK(stored(task->network.dependency_graph_index, blobs.dependencies.size()) ==
                  blobs.dependencies);
        }
    }
}

TEST_CASE("a truncated loadable is refused with a sentence") {
    for (const std::string& path : all_loadables()) {
        const Bytes bytes = file_bytes(path);
        INFO(path);
        const std::size_t step = std::max<std::size_t>(97, bytes.size() / 2000 / 97 * 97);
        for (std::size_t length = 0; length < bytes.size(); length += step) {
            const Bytes part(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(length));
            const auto loadable = read_loadable(part);
            INFO("length " << length);
            REQUIRE_FALSE(loadable.has_value());
            CHECK(loadable.error().message.size() > 10);
        }
    }
}

TEST_CASE("flipped bits never do harm") {
    std::mt19937 random(1);
    for (const std::string& path : all_loadables()) {
        const Bytes bytes = file_bytes(path);
        if (bytes.size() > 100000) continue;
        INFO(path);
        for (unsigned round = 0; round < 60; ++round) {
            Bytes damaged = bytes;
            for (unsigned flips = 0; flips <= round % 4; ++flips) {
                // Tables lie at both ends of the file, blob data in between.
                const std::size_t near_end = random() % std::min<std::size_t>(bytes.size(), 3000);
                const std::size_t at = random() % 2 ? near_end : bytes.size() - 1 - near_end;
                damaged[at] = static_cast<std::uint8_t>(damaged[at] ^ (1u << random() % 8));
            }
            const auto loadable = read_loadable(damaged);
            if (loadable)
                (void)widened(*loadable);
            else
                CHECK(loadable.error().message.size() > 10);
        }
    }
}
