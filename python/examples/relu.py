# SPDX-License-Identifier: Apache-2.0
"""One SDP layer on nv_small, register by register: a bias per channel and ReLU over an int8 cube."""
import numpy as np

import dla_vp

SRC, DST, BIAS = 0x80000000, 0x80100000, 0x80200000


def cube_registers(dla, unit, side, address, width, height):
    """Base and packed strides of a cube."""
    atom = dla.config["memory_atom_bytes"]
    dla.write(f"{unit}.D_{side}_BASE_ADDR_LOW", address)
    dla.write(f"{unit}.D_{side}_LINE_STRIDE", width * atom)
    dla.write(f"{unit}.D_{side}_SURFACE_STRIDE", width * height * atom)


def program(dla, shape):
    channels, height, width = shape
    for unit in ("SDP_RDMA", "SDP"):
        dla.write(f"{unit}.S_POINTER", PRODUCER=0)
        dla.write(f"{unit}.D_DATA_CUBE_WIDTH", WIDTH=width - 1)
        dla.write(f"{unit}.D_DATA_CUBE_HEIGHT", HEIGHT=height - 1)
        dla.write(f"{unit}.D_DATA_CUBE_CHANNEL", CHANNEL=channels - 1)
    cube_registers(dla, "SDP_RDMA", "SRC", SRC, width, height)
    cube_registers(dla, "SDP", "DST", DST, width, height)
    dla.write("SDP_RDMA.D_FEATURE_MODE_CFG", FLYING_MODE=0)
    dla.write("SDP_RDMA.D_SRC_DMA_CFG", SRC_RAM_TYPE=1)
    # The bias: one 16-bit ALU operand per channel.
    dla.write("SDP_RDMA.D_BRDMA_CFG", BRDMA_DISABLE=0, BRDMA_DATA_USE=1, BRDMA_DATA_SIZE=1, BRDMA_RAM_TYPE=1)
    dla.write("SDP_RDMA.D_BS_BASE_ADDR_LOW", BIAS)
    dla.write("SDP_RDMA.D_NRDMA_CFG", NRDMA_DISABLE=1)
    dla.write("SDP_RDMA.D_ERDMA_CFG", ERDMA_DISABLE=1)
    dla.write("SDP.D_DP_BS_CFG", BS_BYPASS=0, BS_ALU_BYPASS=0, BS_ALU_ALGO=2, BS_MUL_BYPASS=1, BS_RELU_BYPASS=0)
    dla.write("SDP.D_DP_BS_ALU_CFG", BS_ALU_SRC=1)
    dla.write("SDP.D_DP_BN_CFG", BN_BYPASS=1)
    dla.write("SDP.D_DP_EW_CFG", EW_BYPASS=1)
    dla.write("SDP.D_DST_DMA_CFG", DST_RAM_TYPE=1)
    dla.write("SDP.D_CVT_SCALE", CVT_SCALE=1)


def main():
    random = np.random.default_rng(1)
    cube = random.integers(-128, 128, (20, 6, 7), np.int8)
    bias = random.integers(-60, 60, 20).astype(np.int16)

    dla = dla_vp.Dla("nv_small")
    dla.store_feature(SRC, cube)
    dla.store_operand(BIAS, alu=bias)
    program(dla, cube.shape)
    dla.write("SDP_RDMA.D_OP_ENABLE", OP_EN=1)
    dla.write("SDP.D_OP_ENABLE", OP_EN=1)
    print("interrupt:", ", ".join(sorted(dla.wait_interrupt())))
    dla.clear_interrupts()

    found = dla.load_feature(DST, cube.shape, "int8")
    expected = np.clip(np.maximum(cube.astype(int) + bias[:, None, None], 0), -128, 127)
    print("equal to NumPy:", np.array_equal(found, expected))
    for operation in dla.operations:
        if operation["unit"] == "SDP":
            print(f"{operation['words']}: {operation['end'] - operation['begin']} cycles, "
                  f"{operation['bound']} bound, {operation['energy_pj']:.0f} pJ")


if __name__ == "__main__":
    main()
