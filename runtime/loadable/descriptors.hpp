// SPDX-License-Identifier: Apache-2.0
// What the DLA firmware and the CPU emulator read, as plain structs: one Operation per hardware
// layer, with the fields of its operation and surface entries. spec: firmware-interface.md sections
// 3 to 5, loadable.md section 4. Numbers are as stored (sizes real, pool_width minus one, ...).
//
//   auto task = decode_dla_task(loadable, 0);
//   for (const Operation& op : task->operations) std::visit(..., op.body);
//   DlaTaskBlobs blobs = encode(*task);               // always generation B
#pragma once

#include <array>
#include <cstdint>
#include <variant>
#include <vector>

namespace dla::runtime {

// Layout generation: A has 28-byte cubes without an offset field (firmware interface 0.10, 0.11).
enum class Generation { kA, kB };

constexpr std::size_t cube_bytes(Generation generation) {
    return generation == Generation::kA ? 28 : 32;
}

inline constexpr std::size_t kNetworkBytes = 40;
inline constexpr std::size_t kDependencyBytes = 36;
inline constexpr std::size_t kOperationBytes = 116;
inline constexpr std::size_t kSurfaceBytes = 644;
inline constexpr std::size_t kLutBytes = 700;

enum class OpType : std::uint8_t {
    kBdma = 0,
    kConv = 1,
    kSdp = 2,
    kPdp = 3,
    kCdp = 4,
    kRubik = 5,
};
inline constexpr std::size_t kOpTypes = 6;
const char* name_of(OpType type);

enum class DependencyEvent : std::uint8_t {
    kNone = 0,
    kCompleted = 1,
    kProgrammed = 2,
    kEnabled = 3,
    kWeightDone = 4,
    kDataDone = 5,
};

inline constexpr std::uint8_t kSdpMul = 1, kSdpAdd = 2, kSdpBoth = 3;        // SdpUnit::type
inline constexpr std::uint8_t kPerLayer = 0, kPerKernel = 1, kPerPoint = 2;  // SdpUnit::mode
inline constexpr std::uint8_t kAluMax = 0, kAluMin = 1, kAluSum = 2, kAluEql = 3;
inline constexpr std::uint8_t kActNone = 0, kActRelu = 1, kActLut = 2, kActPrelu = 3;
inline constexpr std::uint8_t kPoolAverage = 0, kPoolMax = 1, kPoolMin = 2;
inline constexpr std::uint8_t kRubikContract = 0, kRubikSplit = 1, kRubikMerge = 2;
inline constexpr std::uint8_t kCodeInt8 = 0, kCodeInt16 = 1, kCodeFp16 = 2;
inline constexpr std::uint16_t kInDram = 0, kInSram = 1, kOnTheFly = 2;  // DataCube::type

struct DataCube {
    std::uint16_t type = kInDram;
    std::int16_t address = -1;  // index in the task's address list
    std::uint32_t offset = 0;   // bytes added to that address, generation B only
    std::uint32_t size = 0;
    std::uint16_t width = 0;
    std::uint16_t height = 0;
    std::uint16_t channel = 0;
    std::uint32_t line_stride = 0;
    std::uint32_t surf_stride = 0;
    std::uint32_t plane_stride = 0;
};

struct Converter {
    std::int16_t scale = 0;
    std::uint8_t truncate = 0;
    std::uint8_t enable = 0;
    std::int32_t offset = 0;
};

struct Consumer {
    std::int16_t index = -1;
    DependencyEvent event = DependencyEvent::kNone;
};

struct CommonOp {
    std::int16_t index = 0;
    std::int8_t roi_index = 0;
    OpType type = OpType::kConv;
    std::uint8_t dependency_count = 0;
    std::array<Consumer, kOpTypes> consumers{};  // slot = type of the consumer
    Consumer fused_parent{};
};

struct BdmaTransfer {
    std::int16_t source_address = -1;
    std::int16_t destination_address = -1;
    std::uint32_t line_size = 0;
    std::uint32_t line_repeat = 0;
    std::uint32_t source_line = 0;
    std::uint32_t destination_line = 0;
    std::uint32_t surface_repeat = 0;
    std::uint32_t source_surface = 0;
    std::uint32_t destination_surface = 0;
};

struct Bdma {
    static constexpr OpType kType = OpType::kBdma;
    static constexpr std::size_t kMaxTransfers = 20;
    std::uint16_t num_transfers = 0;
    std::uint8_t source_type = 0;
    std::uint8_t destination_type = 0;
    std::uint16_t surface_transfers = 0;  // the surface entry's copy of num_transfers
    std::array<BdmaTransfer, kMaxTransfers> transfers{};
};

struct Conv {
    static constexpr OpType kType = OpType::kConv;
    std::uint8_t conv_mode = 0;  // 1: Winograd
    std::uint8_t data_reuse = 0;
    std::uint8_t weight_reuse = 0;
    std::uint8_t skip_data_rls = 0;
    std::uint8_t skip_weight_rls = 0;
    std::uint16_t entry_per_slice = 0;
    std::uint8_t data_format = 36;
    std::uint8_t pixel_mapping = 0;
    std::uint16_t fetch_grain = 1;
    std::uint8_t batch = 1;
    std::uint8_t weight_format = 0;  // 1: compressed
    std::uint8_t data_bank = 0;
    std::uint8_t weight_bank = 0;
    std::uint32_t batch_stride = 0;
    std::uint8_t post_extension = 0;
    std::uint8_t pixel_override = 0;  // 1: signed pixels
    std::uint16_t release = 0;
    std::uint16_t input_width_csc = 0;
    std::uint16_t input_height_csc = 0;
    std::uint16_t input_channel_csc = 0;
    std::uint16_t kernel_width_csc = 0;
    std::uint16_t kernel_height_csc = 0;
    std::uint16_t kernel_channel_csc = 0;
    std::uint16_t input_width_cmac = 0;  // output size of the convolution
    std::uint16_t input_height_cmac = 0;
    std::uint32_t bytes_per_kernel = 0;
    std::int16_t mean_ry = 0;
    std::int16_t mean_gu = 0;
    std::int16_t mean_bv = 0;
    std::int16_t mean_ax = 0;
    std::uint8_t mean_format = 0;
    std::uint8_t conv_stride_x = 1;
    std::uint8_t conv_stride_y = 1;
    std::uint8_t pad_x_left = 0;
    std::uint8_t pad_x_right = 0;
    std::uint8_t pad_y_top = 0;
    std::uint8_t pad_y_bottom = 0;
    std::uint8_t dilation_x = 1;
    std::uint8_t dilation_y = 1;
    std::uint8_t pra_truncate = 0;
    std::uint8_t in_precision = 0;
    std::uint8_t out_precision = 0;
    std::int16_t pad_val = 0;
    Converter in_cvt{};
    Converter out_cvt{};
    DataCube weight{}, wmb{}, wgs{}, src{}, dst{};
    std::int64_t offset_u = 0;
    std::uint32_t in_line_uv_stride = 0;
};

struct SdpUnit {
    std::uint8_t enable = 0;
    std::uint8_t alu_type = 0;
    std::uint8_t type = 0;
    std::uint8_t mode = 0;
    std::uint8_t act = 0;
    std::uint8_t shift_value = 0;
    std::uint8_t truncate = 0;
    std::uint8_t precision = 0;
    std::int32_t alu_operand = 0;
    std::int32_t mul_operand = 0;
    Converter alu_cvt{};
    Converter mul_cvt{};
};

struct Sdp {
    static constexpr OpType kType = OpType::kSdp;
    std::uint8_t src_precision = 0;
    std::uint8_t dst_precision = 0;
    std::int16_t lut_index = -1;
    Converter out_cvt{};
    std::uint8_t conv_mode = 0;
    std::uint8_t batch_num = 1;
    std::uint32_t batch_stride = 0;
    SdpUnit x1{}, x2{}, y{};
    DataCube src{}, x1_data{}, x2_data{}, y_data{}, dst{};
};

struct Pdp {
    static constexpr OpType kType = OpType::kPdp;
    std::uint16_t partial_in_width_first = 0;
    std::uint16_t partial_in_width_mid = 0;
    std::uint16_t partial_in_width_last = 0;
    std::uint16_t partial_width_first = 0;
    std::uint16_t partial_width_mid = 0;
    std::uint16_t partial_width_last = 0;
    std::uint8_t split_num = 1;
    std::uint8_t pool_mode = 0;
    std::uint8_t pool_width = 0;  // kernel width minus one
    std::uint8_t pool_height = 0;
    std::uint8_t stride_x = 1;
    std::uint8_t stride_y = 1;
    std::uint8_t pad_left = 0;
    std::uint8_t pad_right = 0;
    std::uint8_t pad_top = 0;
    std::uint8_t pad_bottom = 0;
    std::uint8_t precision = 0;
    std::array<std::int32_t, 7> padding_value{};
    DataCube src{}, dst{};
};

struct Cdp {
    static constexpr OpType kType = OpType::kCdp;
    std::uint8_t in_precision = 0;
    std::uint8_t out_precision = 0;
    std::int16_t lut_index = -1;
    Converter in_cvt{};
    Converter out_cvt{};
    std::uint8_t local_size = 3;
    std::uint8_t bypass_sqsum = 0;
    std::uint8_t bypass_out_mul = 0;
    DataCube src{}, dst{};
};

struct Rubik {
    static constexpr OpType kType = OpType::kRubik;
    std::uint8_t mode = 0;
    std::uint8_t precision = 0;
    std::uint8_t stride_x = 1;
    std::uint8_t stride_y = 1;
    DataCube src{}, dst{};
};

using OpBody = std::variant<Bdma, Conv, Sdp, Pdp, Cdp, Rubik>;

struct Operation {
    CommonOp common{};
    OpBody body{};
};

// Slope beyond a table's end: {scale, shift} for integers, fp16 bits in `scale` otherwise.
struct LutSlope {
    std::int16_t scale = 0;
    std::int8_t shift = 0;
};

struct Lut {
    std::array<std::int16_t, 65> le{};
    std::array<std::int16_t, 257> lo{};
    std::int8_t le_select = 0;  // exponent offset (exponential) or fraction bits (linear)
    std::int8_t lo_select = 0;
    std::uint64_t le_start = 0;
    std::uint64_t le_end = 0;
    std::uint64_t lo_start = 0;
    std::uint64_t lo_end = 0;
    LutSlope le_underflow{}, le_overflow{}, lo_underflow{}, lo_overflow{};
    std::uint8_t hybrid_priority = 0;
    std::uint8_t underflow_priority = 0;
    std::uint8_t overflow_priority = 0;
    std::uint8_t method = 0;  // 0 exponential, 1 linear
};

struct Network {
    std::int16_t operation_desc_index = -1;
    std::int16_t surface_desc_index = -1;
    std::int16_t dependency_graph_index = -1;
    std::int16_t lut_data_index = -1;
    std::int16_t roi_array_index = -1;
    std::int16_t surface_index = -1;
    std::int16_t stat_list_index = -1;
    std::array<std::int16_t, kOpTypes> op_head{-1, -1, -1, -1, -1, -1};
    std::uint16_t num_rois = 1;
    std::uint16_t num_operations = 0;
    std::uint16_t num_luts = 0;
    std::uint16_t num_addresses = 0;
    std::int16_t input_layer = 0;
    std::uint8_t dynamic_roi = 0;
};

struct DlaTask {
    Generation generation = Generation::kB;
    Network network{};
    std::vector<Operation> operations{};  // num_rois * num_operations, ROI by ROI
    std::vector<Lut> luts{};
};

enum class EmulatorOpType : std::uint8_t { kPower = 0, kSoftmax = 1 };
enum class EmulatorFormat : std::uint16_t {
    kInt8 = 0,    // atoms of 32 bytes
    kInt8x8 = 1,  // atoms of 8 bytes
    kInt16 = 2,
    kFp16 = 3,
    kUint8 = 4,
    kUint16 = 5,
};

struct EmulatorBuffer {
    std::int16_t address = -1;
    std::uint32_t offset = 0;
    std::uint32_t size = 0;
    EmulatorFormat format = EmulatorFormat::kInt8;
    std::uint16_t width = 0;
    std::uint16_t height = 0;
    std::uint16_t channel = 0;
    std::uint32_t line_stride = 0;
    std::uint32_t surf_stride = 0;
};

struct EmulatorOp {
    EmulatorOpType type = EmulatorOpType::kPower;
    float input_scale = 1;
    float output_scale = 1;
    float power = 1;
    float scale = 1;
    float shift = 0;
    std::uint8_t axis = 0;
    EmulatorBuffer src{}, dst{};
};

struct EmulatorTask {
    Generation generation = Generation::kB;
    std::vector<EmulatorOp> operations{};
};

}  // namespace dla::runtime
