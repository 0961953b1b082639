// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only
// Boots the bare-metal firmware in QEMU. There is no DLA on a stock board, so it must say so.
#include <sys/wait.h>

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>

#include "firmware/port/baremetal/task_image.h"
#include "testing/catch.hpp"

namespace {

struct Board {
    const char* cpu;
    const char* machine;
    std::uint64_t image_address;
    std::uint64_t nothing;  // an address without a device
};

const Board kBoards[] = {
    {"aarch64", "-M virt -cpu cortex-a57 -semihosting-config enable=on,target=native", 0x48000000,
     0x10200000},
    {"riscv64", "-M virt -bios none", 0x88000000, 0x10200000},
};

struct Outcome {
    int code;
    std::string output;
};

bool available(const Board& board) {
    const std::string elf = std::string(DLA_BINARY_FOLDER) + "/firmware_" + board.cpu + ".elf";
    const std::string find = std::string("command -v qemu-system-") + board.cpu + " >/dev/null";
    const bool found = std::filesystem::exists(elf) && std::system(find.c_str()) == 0;
    if (!found) std::cout << "skipped: no cross compiler or no QEMU for " << board.cpu << "\n";
    return found;
}

Outcome boot(const Board& board, const task_image* image) {
    std::string command = std::string("timeout 60 qemu-system-") + board.cpu + " " + board.machine +
                          " -m 512 -nic none -nographic -monitor none -serial stdio -kernel " +
                          DLA_BINARY_FOLDER + "/firmware_" + board.cpu + ".elf";
    if (image != nullptr) {
        const std::string file = std::string(DLA_BINARY_FOLDER) + "/task_" + board.cpu + ".image";
        std::ofstream(file, std::ios::binary)
            .write(reinterpret_cast<const char*>(image), sizeof(*image));
        command += " -device loader,force-raw=on,file=" + file +
                   ",addr=" + std::to_string(board.image_address);
    }
    command += " 2>&1 </dev/null";
    Outcome outcome{-1, {}};
    std::FILE* pipe = popen(command.c_str(), "r");
    REQUIRE(pipe != nullptr);
    char text[256];
    while (std::fgets(text, sizeof(text), pipe) != nullptr)
        outcome.output += text;
    const int status = pclose(pipe);
    outcome.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return outcome;
}

}  // namespace

TEST_CASE("bare-metal firmware without a task image says so and leaves with code 2") {
    for (const Board& board : kBoards) {
        if (!available(board)) continue;
        const Outcome outcome = boot(board, nullptr);
        INFO(outcome.output);
        CHECK(outcome.code == BAREMETAL_NO_TASK);
        CHECK(outcome.output.find("no task image: magic 0x0") != std::string::npos);
    }
}

TEST_CASE("bare-metal firmware without a DLA says so and leaves with code 3") {
    for (const Board& board : kBoards) {
        if (!available(board)) continue;
        task_image image{};
        image.magic = TASK_IMAGE_MAGIC;
        image.version = TASK_IMAGE_VERSION;
        image.atom_size = 32;
        image.dla_base = board.nothing;
        image.interrupt = 208;
        const Outcome outcome = boot(board, &image);
        INFO(outcome.output);
        CHECK(outcome.code == BAREMETAL_NO_DLA);
        CHECK(outcome.output.find("no DLA answers at 0x10200000") != std::string::npos);
    }
}
