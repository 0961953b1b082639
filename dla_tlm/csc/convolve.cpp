// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/csc/convolve.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

#include "dla_tlm/cmac/mac_integer.hpp"
#include "dla_tlm/csc/convolve_saturating.hpp"

namespace dla::csc {
namespace {

constexpr std::size_t kTilePixels = 2 * cmac::kMaxHalf;
constexpr std::size_t kTileLanes = cmac::kMaxVectors * cmac::kDotLanes;
constexpr std::size_t kTileValues = kTilePixels * kTileLanes;
constexpr std::size_t kLineGroupBytes = 256 * 1024;  // input that stays in the second-level cache
constexpr std::size_t kTasksPerWorker = 4;

// Places of one line group: pixels (Winograd: tiles) that the MAC kernels treat, in halves.
struct Halves {
    std::size_t width;  // pixels of a half
    std::size_t per_line;
    std::size_t columns;

    explicit Halves(std::size_t line) : columns(line) {
        per_line = (line + cmac::kMaxHalf - 1) / cmac::kMaxHalf;
        width = (line + per_line - 1) / per_line;
    }
    std::size_t line(std::size_t half) const { return half / per_line; }
    // The last half of a line overlaps its neighbour rather than running over the end.
    std::size_t column(std::size_t half) const {
        return std::min(half % per_line * width, columns - width);
    }
};

// Everything one call works on.
struct Job {
    const ConvOp& op;
    const InputLayer& input;
    const WeightPanel& panel;
    const std::byte* data;  // of the batch item
    unsigned first_line;    // of sums
    cacc::Accumulators& sums;

    // Origin of a pixel or tile of output line (tile line) y.
    const std::byte* origin(std::size_t y, std::size_t x) const {
        const PackedGeometry& g = input.geometry();
        return data + y * op.stride_y * g.line_bytes + x * op.stride_x * g.pixel_bytes;
    }
    std::ptrdiff_t pixel_stride() const {
        return static_cast<std::ptrdiff_t>(op.stride_x * input.geometry().pixel_bytes);
    }
    std::size_t pixel(std::size_t y, std::size_t x) const {
        return (y - first_line) * op.out_width + x;
    }
};

void run_chunk(const Job& job, const KernelBlock& block, std::size_t chunk_index,
               std::size_t half_width, cmac::DotTile& tile) {
    const DotChunk& chunk = job.panel.chunks()[chunk_index];
    tile.segments = job.panel.segments().subspan(chunk.first_segment, chunk.segments);
    tile.weights = job.panel.weights(block, chunk);
    tile.start = job.panel.start(block, chunk_index);
    const cmac::DotKernels& kernels = job.input.kernels();
    const bool bytes = job.input.form() == cmac::DotForm::kBytes;
    (bytes ? kernels.bytes : kernels.words)[half_width][block.vectors](tile);
}

// One tile of sums wider than 32 bits: pixel after pixel, kTileLanes apart.
class WideTile {
  public:
    void clear() { std::fill(values_.begin(), values_.end(), 0); }

    void add(const Job& job, const KernelBlock& block, std::size_t chunk, std::size_t half_width,
             cmac::DotTile& tile) {
        tile.sums = {narrow_.data(), narrow_.data() + half_width * kTileLanes};
        tile.sum_pitch = kTileLanes;
        run_chunk(job, block, chunk, half_width, tile);
        const unsigned shift = job.panel.plane_shift(job.panel.chunks()[chunk].plane);
        const std::size_t count = 2 * half_width * kTileLanes;
        job.input.kernels().widen(narrow_.data(), shift, values_.data(), count);
    }

    const std::int64_t* pixel(std::size_t i) const { return values_.data() + i * kTileLanes; }

  private:
    alignas(64) std::array<std::int32_t, kTileValues> narrow_;
    alignas(64) std::array<std::int64_t, kTileValues> values_;
};

// Direct and image convolution of output lines [lines.first, lines.end).
void convolve_direct(const Job& job, LineRange lines, const KernelBlock& block) {
    const Halves halves(job.op.out_width);
    const std::size_t count = (lines.end - lines.first) * halves.per_line;
    WideTile wide;
    cmac::DotTile tile{};
    tile.pixel_stride = job.pixel_stride();
    for (std::size_t i = 0; i < count; i += 2) {
        std::array<std::size_t, 2> pixel;
        for (std::size_t side = 0; side < 2; ++side) {
            const std::size_t half = std::min(i + side, count - 1);
            const std::size_t y = lines.first + halves.line(half);
            tile.data[side] = job.origin(y, halves.column(half));
            pixel[side] = job.pixel(y, halves.column(half));
        }
        if (!job.sums.wide()) {
            tile.sums = {job.sums.narrow(pixel[0]) + block.first,
                         job.sums.narrow(pixel[1]) + block.first};
            tile.sum_pitch = static_cast<std::ptrdiff_t>(job.sums.pitch());
            run_chunk(job, block, 0, halves.width, tile);
            continue;
        }
        wide.clear();
        for (std::size_t chunk = 0; chunk < job.panel.chunks().size(); ++chunk)
            wide.add(job, block, chunk, halves.width, tile);
        const std::size_t bytes = block.vectors * cmac::kDotLanes * sizeof(std::int64_t);
        for (std::size_t p = 0; p < 2 * halves.width; ++p)
            std::memcpy(job.sums.wide(pixel[p / halves.width] + p % halves.width) + block.first,
                        wide.pixel(p), bytes);
    }
}

// 2x2 outputs of one Winograd tile. products: position after position, `step` values apart.
template <class Value>
void add_outputs(const Value* products, std::size_t step, std::size_t lanes,
                 const std::array<Value*, 4>& outputs) {
    for (std::size_t lane = 0; lane < lanes; ++lane) {
        std::array<Value, 16> p;
        for (std::size_t i = 0; i < 16; ++i)
            p[i] = products[i * step + lane];
        const std::array<Value, 4> sums = cmac::post_addition(p);
        for (std::size_t i = 0; i < 4; ++i)
            outputs[i][lane] = sums[i];
    }
}

// Products of all 16 positions of a run of tiles, then the output transform.
class WinogradTiles {
  public:
    void run(const Job& job, const KernelBlock& block, std::size_t half_width,
             cmac::DotTile& tile) {
        const std::span<const DotChunk> chunks = job.panel.chunks();
        if (!job.sums.wide()) {
            for (std::size_t chunk = 0; chunk < chunks.size(); ++chunk) {
                std::int32_t* sums = narrow_.data() + chunks[chunk].position * kTileValues;
                tile.sums = {sums, sums + half_width * kTileLanes};
                tile.sum_pitch = kTileLanes;
                run_chunk(job, block, chunk, half_width, tile);
            }
            return;
        }
        for (WideTile& position : wide_)
            position.clear();
        for (std::size_t chunk = 0; chunk < chunks.size(); ++chunk)
            wide_[chunks[chunk].position].add(job, block, chunk, half_width, tile);
    }

    void store(const Job& job, const KernelBlock& block, std::size_t tile_index, std::size_t y,
               std::size_t x) const {
        const std::size_t lanes = block.vectors * cmac::kDotLanes;
        if (job.sums.wide()) {
            std::array<std::int64_t*, 4> out;
            for (std::size_t i = 0; i < 4; ++i)
                out[i] = job.sums.wide(job.pixel(y + i / 2, x + i % 2)) + block.first;
            add_outputs(wide_[0].pixel(tile_index), sizeof(WideTile) / sizeof(std::int64_t), lanes,
                        out);
        } else {
            std::array<std::uint32_t*, 4> out;
            for (std::size_t i = 0; i < 4; ++i)
                out[i] = reinterpret_cast<std::uint32_t*>(
                    job.sums.narrow(job.pixel(y + i / 2, x + i % 2)) + block.first);
            // Unsigned: the terms may wrap, their sum does not.
            add_outputs(
                reinterpret_cast<const std::uint32_t*>(narrow_.data()) + tile_index * kTileLanes,
                kTileValues, lanes, out);
        }
    }

  private:
    alignas(64) std::array<std::int32_t, 16 * kTileValues> narrow_;
    std::array<WideTile, 16> wide_;
};

// Lines are multiples of four, so halves come in pairs.
void convolve_winograd(const Job& job, LineRange lines, const KernelBlock& block) {
    const Halves halves(job.op.out_width / 2);
    const std::size_t count = (lines.end - lines.first) / 2 * halves.per_line;
    const auto tiles = std::make_unique<WinogradTiles>();
    cmac::DotTile tile{};
    tile.pixel_stride = job.pixel_stride();
    for (std::size_t i = 0; i < count; i += 2) {
        for (std::size_t side = 0; side < 2; ++side)
            tile.data[side] =
                job.origin(lines.first / 2 + halves.line(i + side), halves.column(i + side));
        tiles->run(job, block, halves.width, tile);
        for (std::size_t t = 0; t < 2 * halves.width; ++t) {
            const std::size_t half = i + t / halves.width;
            tiles->store(job, block, t, lines.first + 2 * halves.line(half),
                         2 * (halves.column(half) + t % halves.width));
        }
    }
}

// Output lines of one task.
unsigned lines_per_task(const ConvOp& op, const InputLayer& input, LineRange lines,
                        std::size_t blocks, unsigned workers) {
    const unsigned unit = op.lines_per_slice();
    const std::size_t line_bytes =
        input.geometry().line_bytes * (op.mode == ConvMode::kWinograd ? unit / 2 : op.stride_y);
    std::size_t most = std::max<std::size_t>(1, kLineGroupBytes / line_bytes);
    if (workers > 1) {
        const std::size_t groups = (workers * kTasksPerWorker + blocks - 1) / blocks;
        const std::size_t all = (lines.end - lines.first) / unit;
        most = std::min(most, std::max<std::size_t>(1, all / groups));
    }
    return static_cast<unsigned>(most) * unit;
}

}  // namespace

void convolve(const ConvOp& op, const InputLayer& input, const WeightPanel& panel, unsigned batch,
              LineRange lines, cacc::Accumulators& sums, WorkerPool* pool) {
    resize_for(op, panel, lines, sums);
    convolve_into(op, input, panel, batch, lines, {sums, lines.first}, pool);
}

void resize_for(const ConvOp& op, const WeightPanel& panel, LineRange lines,
                cacc::Accumulators& sums) {
    sums.resize(std::size_t{lines.end - lines.first} * op.out_width, panel.kernels(),
                panel.mode() != SumMode::kNarrow);
}

void convolve_into(const ConvOp& op, const InputLayer& input, const WeightPanel& panel,
                   unsigned batch, LineRange lines, const SumLines& sums, WorkerPool* pool) {
    if (panel.mode() == SumMode::kSaturating) {
        convolve_saturating(op, input, panel, batch, lines, sums, pool);
        return;
    }
    const Job job{op, input, panel, input.batch(batch), sums.first_line, sums.sums};
    const std::span<const KernelBlock> blocks = panel.blocks();
    const unsigned workers = pool != nullptr ? pool->workers() : 1;
    const unsigned step = lines_per_task(op, input, lines, blocks.size(), workers);
    const std::size_t groups = (lines.end - lines.first + step - 1) / step;
    const auto run = [&](std::size_t task, unsigned) {
        const unsigned first = lines.first + static_cast<unsigned>(task / blocks.size()) * step;
        const LineRange part{first, std::min(first + step, lines.end)};
        const KernelBlock& block = blocks[task % blocks.size()];
        if (op.mode == ConvMode::kWinograd)
            convolve_winograd(job, part, block);
        else
            convolve_direct(job, part, block);
    };
    const std::size_t tasks = groups * blocks.size();
    if (pool != nullptr)
        pool->parallel_for(tasks, run, WorkerPool::in_parts(tasks, workers));
    else
        for (std::size_t task = 0; task < tasks; ++task)
            run(task, 0);
}

}  // namespace dla::csc
