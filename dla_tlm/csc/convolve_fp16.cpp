// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/csc/convolve_fp16.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "dla_tlm/cacc/cacc_fp16_block.hpp"

namespace dla::csc {
namespace {

using cacc::Fp48Group;

constexpr unsigned kLanes = cmac::kFp16Lanes;
constexpr std::size_t kBlockPixels = 64;  // at most, that share the prepared weights
constexpr std::size_t kTileOutputs = 4;
constexpr std::size_t kElementBytes = sizeof(std::uint16_t);

using Atom = std::array<std::uint16_t, kLanes>;

// One MAC operation: where its weights and data are. Rows of `row_lanes` elements, line_step bytes
// apart, make up its lanes; more than one only with row extension.
struct MacOperation {
    std::size_t weight;  // element in the group's stream
    std::size_t data;    // bytes behind the pixel's origin
    unsigned lanes;
    unsigned rows;
    unsigned row_lanes;
};

struct Job {
    const ConvOp& op;
    const InputLayer& input;
    const std::uint16_t* weights;
    unsigned kernels;
    const std::byte* data;
    LineRange lines;
    std::span<std::int32_t> values;
};

const std::uint16_t* elements(const std::byte* bytes) {
    return reinterpret_cast<const std::uint16_t*>(bytes);
}

// Direct convolution: channel block, kernel row, kernel column.
std::vector<MacOperation> direct_operations(const Job& job) {
    const ConvOp& op = job.op;
    const PackedGeometry& geometry = job.input.geometry();
    const bool image = op.mode == ConvMode::kImage;
    const std::size_t block_step = image ? kLanes * kElementBytes : geometry.block_bytes;
    std::vector<MacOperation> operations;
    std::size_t weight = 0;
    for (unsigned c = 0; c < op.weight_channels; c += kLanes) {
        const unsigned lanes = std::min(kLanes, op.weight_channels - c);
        for (unsigned r = 0; r < op.kernel_height; ++r) {
            for (unsigned s = 0; s < op.kernel_width; ++s) {
                const std::size_t data = c / kLanes * block_step +
                                         std::size_t{r} * op.dilation_y * geometry.line_bytes +
                                         std::size_t{s} * op.dilation_x * geometry.pixel_bytes;
                operations.push_back({weight, data, lanes, 1, lanes});
                weight += std::size_t{job.kernels} * lanes;
            }
        }
    }
    return operations;
}

// Image with row extension: blocks of kernel rows.
std::vector<MacOperation> extended_operations(const Job& job) {
    const ConvOp& op = job.op;
    std::vector<MacOperation> operations;
    std::size_t weight = 0;
    for (unsigned r = 0; r < op.kernel_height; r += op.row_extension) {
        const unsigned rows = std::min(op.row_extension, op.kernel_height - r);
        const unsigned lanes = rows * op.weight_channels;
        operations.push_back(
            {weight, r * job.input.geometry().line_bytes, lanes, rows, op.weight_channels});
        weight += std::size_t{job.kernels} * lanes;
    }
    return operations;
}

// A run of output pixels in raster order.
class DirectBlock {
  public:
    DirectBlock(const Job& job, std::size_t first, std::size_t count)
        : job_(job), first_(first), atoms_(count), sums_(count) {
        for (std::size_t i = 0; i < count; ++i)
            origins_.push_back(origin(first + i));
    }

    void run(const MacOperation& operation) {
        for (std::size_t i = 0; i < origins_.size(); ++i)
            atoms_[i] = operation.rows == 1 ? elements(origins_[i] + operation.data)
                                            : gathered(operation, i);
        cacc::fp16_accumulate(
            {job_.weights + operation.weight, job_.kernels, operation.lanes, atoms_}, sums_);
    }

    void deliver() const {
        const unsigned lanes = job_.op.lanes_per_surface();
        std::array<std::uint32_t, cacc::kFp16GroupKernels> bits{};
        for (std::size_t i = 0; i < sums_.size(); ++i) {
            cacc::to_fp32(sums_[i], std::span(bits).first(job_.kernels));
            std::memcpy(&job_.values[(first_ + i) * lanes], bits.data(), lanes * sizeof(bits[0]));
        }
    }

  private:
    const std::byte* origin(std::size_t pixel) const {
        const PackedGeometry& geometry = job_.input.geometry();
        const std::size_t y = job_.lines.first + pixel / job_.op.out_width;
        const std::size_t x = pixel % job_.op.out_width;
        return job_.data + y * job_.op.stride_y * geometry.line_bytes +
               x * job_.op.stride_x * geometry.pixel_bytes;
    }

    const std::uint16_t* gathered(const MacOperation& operation, std::size_t i) {
        gathered_.resize(origins_.size());
        const std::byte* row = origins_[i] + operation.data;
        for (unsigned r = 0; r < operation.rows; ++r) {
            std::memcpy(&gathered_[i][r * operation.row_lanes], row,
                        operation.row_lanes * kElementBytes);
            row += job_.input.geometry().line_bytes;
        }
        return gathered_[i].data();
    }

    const Job& job_;
    std::size_t first_;
    std::vector<const std::byte*> origins_;
    std::vector<const std::uint16_t*> atoms_;
    std::vector<Atom> gathered_;
    std::vector<Fp48Group> sums_;
};

// A run of 2x2 output tiles in raster order of tiles.
class WinogradBlock {
  public:
    WinogradBlock(const Job& job, std::size_t first, std::size_t count)
        : job_(job), first_(first), tiles_(count), sums_(count * kTileOutputs) {
        for (const Atom& tile : tiles_)
            atoms_.push_back(tile.data());
    }

    // Four channels from c on.
    void run(unsigned c) {
        for (std::size_t i = 0; i < tiles_.size(); ++i)
            load(first_ + i, c, tiles_[i]);
        const std::size_t weight = std::size_t{c / 4} * kLanes * job_.kernels;
        cacc::fp16_accumulate_winograd({job_.weights + weight, job_.kernels, kLanes, atoms_},
                                       sums_);
    }

    void deliver() const {
        const std::size_t lanes = job_.op.lanes_per_surface();
        std::array<std::uint32_t, cacc::kFp16GroupKernels> bits{};
        for (std::size_t i = 0; i < sums_.size(); ++i) {
            const std::size_t tile = first_ + i / kTileOutputs;
            const std::size_t y = 2 * (tile / columns()) + i % kTileOutputs / 2;
            const std::size_t x = 2 * (tile % columns()) + i % 2;
            cacc::to_fp32(sums_[i], std::span(bits).first(job_.kernels));
            std::memcpy(&job_.values[(y * job_.op.out_width + x) * lanes], bits.data(),
                        lanes * sizeof(bits[0]));
        }
    }

  private:
    std::size_t columns() const { return job_.op.out_width / 2; }

    void load(std::size_t tile, unsigned c, Atom& atom) const {
        const PackedGeometry& geometry = job_.input.geometry();
        const std::byte* from =
            job_.data + (job_.lines.first / 2 + tile / columns()) * geometry.line_bytes +
            tile % columns() * geometry.pixel_bytes +
            c / InputLayer::kBlock * geometry.block_bytes + c % InputLayer::kBlock * kElementBytes;
        for (unsigned position = 0; position < 16; ++position)
            std::memcpy(&atom[4 * position], from + position * geometry.position_bytes,
                        4 * kElementBytes);
    }

    const Job& job_;
    std::size_t first_;
    std::vector<Atom> tiles_;
    std::vector<const std::uint16_t*> atoms_;
    std::vector<Fp48Group> sums_;
};

void convolve_direct(const Job& job, const std::vector<MacOperation>& operations, std::size_t first,
                     std::size_t count) {
    DirectBlock block(job, first, count);
    for (const MacOperation& operation : operations)
        block.run(operation);
    block.deliver();
}

void convolve_tiles(const Job& job, std::size_t first, std::size_t count) {
    WinogradBlock block(job, first, count);
    for (unsigned c = 0; c < job.op.weight_channels; c += 4)
        block.run(c);
    block.deliver();
}

// Blocks of about one size, as many for each worker. places: not 0.
struct Blocks {
    Blocks(std::size_t places, std::size_t most, std::size_t workers) {
        const std::size_t needed = divided_up(places, most);
        size = divided_up(places, divided_up(needed, workers) * workers);
        count = divided_up(places, size);
    }
    static std::size_t divided_up(std::size_t a, std::size_t b) { return (a + b - 1) / b; }

    std::size_t size;
    std::size_t count;
};

}  // namespace

void convolve_fp16(const ConvOp& op, const InputLayer& input, const Fp16Group& group,
                   LineRange lines, std::span<std::int32_t> values, WorkerPool* pool) {
    const Job job{op,
                  input,
                  elements(group.stream.data()),
                  op.group_kernels(group.group),
                  input.batch(group.batch),
                  lines,
                  values};
    const bool winograd = op.mode == ConvMode::kWinograd;
    const std::size_t pixels = std::size_t{lines.end - lines.first} * op.out_width;
    const std::size_t places = winograd ? pixels / kTileOutputs : pixels;
    const Blocks blocks(places, winograd ? kBlockPixels / kTileOutputs : kBlockPixels,
                        pool != nullptr ? pool->workers() : 1);
    std::vector<MacOperation> operations;
    if (!winograd)
        operations = op.row_extension > 1 ? extended_operations(job) : direct_operations(job);
    const auto run = [&](std::size_t task, unsigned) {
        const std::size_t first = task * blocks.size;
        const std::size_t count = std::min(blocks.size, places - first);
        if (winograd)
            convolve_tiles(job, first, count);
        else
            convolve_direct(job, operations, first, count);
    };
    if (pool != nullptr) {
        pool->parallel_for(blocks.count, run, WorkerPool::in_parts(blocks.count, pool->workers()));
        return;
    }
    for (std::size_t task = 0; task < blocks.count; ++task)
        run(task, 0);
}

}  // namespace dla::csc
