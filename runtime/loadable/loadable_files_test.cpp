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

namespace {

std::vector<std::string> samples() {
    return files_below("loadables", ".nvdla");
}

// Whether a sentence says which table or field is wrong, or that the file ends too early to have
// any.
bool names_its_place(const std::string& sentence) {
    for (const char* place :
         {"version", "task_list", "memory_list", "address_list", "event_list", "blobs",
          "tensor_desc_list", "reloc_list", "submit_list", "root", "network."}) {
        if (sentence.find(place) != std::string::npos) return true;
    }
    return sentence.find("a loadable has at least 8") != std::string::npos;
}

}  // namespace

TEST_CASE("a sample cut short at any length is refused, and the sentence names table and field") {
    for (const std::string& path : samples()) {
        const Bytes bytes = file_bytes(path);
        INFO(path);
        for (std::size_t length = 0; length < bytes.size(); ++length) {
            const auto loadable = read_loadable({bytes.data(), length});
            // Only the padding behind the last table may be missing.
            if (loadable && write_loadable(*loadable) == bytes) continue;
            if (loadable || !names_its_place(loadable.error().message)) {
                INFO("length " << length << ": " << (loadable ? "read" : loadable.error().message));
                REQUIRE(false);
            }
        }
    }
}

// Steps are coprime to 8, so that every bit of a byte has its turn; blob data, whose damage only
// descriptors show, take longer ones.
TEST_CASE("a sample with one bit flipped is refused with table and field, or still is a loadable") {
    std::size_t refused = 0;
    for (const std::string& path : samples()) {
        Bytes bytes = file_bytes(path);
        if (bytes.size() > 20000) continue;
        INFO(path);
        const std::size_t tables = 1500;
        for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
            const std::size_t at = bit / 8;
            const bool in_tables = at < tables || at + tables > bytes.size();
            if (bit % (in_tables ? 7 : 61) != 0) continue;
            bytes[at] = static_cast<std::uint8_t>(bytes[at] ^ 1u << bit % 8);
            const auto loadable = read_loadable(bytes);
            refused += loadable ? 0 : 1;
            if (!loadable && !names_its_place(loadable.error().message)) {
                INFO("bit " << bit << ": " << loadable.error().message);
                REQUIRE(false);
            }
            if (loadable && !read_loadable(write_loadable(*loadable))) {
                INFO("bit " << bit);
                REQUIRE(false);
            }
            bytes[at] = static_cast<std::uint8_t>(bytes[at] ^ 1u << bit % 8);
        }
    }
    CHECK(refused > 5000);
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
