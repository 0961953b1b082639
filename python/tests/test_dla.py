# SPDX-License-Identifier: Apache-2.0
"""The DLA object: registers by name, memory, time, mistakes."""
import gc
import unittest

import numpy as np

import dla_vp


class Registers(unittest.TestCase):
    def test_fields_are_read_and_written_by_name(self):
        dla = dla_vp.Dla("nv_small")
        dla.write("SDP.D_DP_BS_CFG", BS_BYPASS=1, BS_ALU_ALGO=2)
        self.assertEqual(dla.fields("SDP.D_DP_BS_CFG")["BS_ALU_ALGO"], 2)
        self.assertEqual(dla.read("SDP.D_DP_BS_CFG"), dla.read(dla.register("SDP.D_DP_BS_CFG").address))

    def test_every_configuration_opens(self):
        for name in dla_vp.configurations():
            with self.subTest(name):
                dla = dla_vp.Dla(name)
                self.assertEqual(dla.config["name"], name)
                dla.write("CACC.D_CLIP_CFG", 5)
                self.assertEqual(dla.read("CACC.D_CLIP_CFG"), 5)

    def test_wrong_names_and_values_are_refused_with_what_is_legal(self):
        dla = dla_vp.Dla("nv_small")
        with self.assertRaisesRegex(dla_vp.Error, "no register 'SDP.D_DP_BS'; near are SDP.D_DP_BS_CFG"):
            dla.read("SDP.D_DP_BS")
        with self.assertRaisesRegex(dla_vp.Error, "no field 'RELU'; there are BS_BYPASS"):
            dla.write("SDP.D_DP_BS_CFG", RELU=1)
        with self.assertRaisesRegex(dla_vp.Error, r"WIDTH = 8192; it holds 0 to 8191"):
            dla.write("SDP.D_DATA_CUBE_WIDTH", WIDTH=8192)
        with self.assertRaisesRegex(dla_vp.Error, "'nv_tiny' is not a configuration; there are nv_full"):
            dla_vp.Dla("nv_tiny")
        with self.assertRaisesRegex(dla_vp.Error, "no register 'BDMA.STATUS'"):
            dla.read("BDMA.STATUS")


class MemoryAndTime(unittest.TestCase):
    def test_objects_share_nothing_and_go_in_any_order(self):
        first, second = dla_vp.Dla("nv_small"), dla_vp.Dla("nv_full")
        first.memory(0x80000000, 4)[:] = [1, 2, 3, 4]
        self.assertEqual(second.memory(0x80000000, 4).tolist(), [0, 0, 0, 0])
        second.advance(1000)
        first.advance(10)
        self.assertGreater(second.cycle, first.cycle)
        view = first.memory(0x80000000, 4)
        del first
        gc.collect()
        self.assertEqual(view.tolist(), [1, 2, 3, 4])
        second.write("SDP.S_POINTER", PRODUCER=1)
        self.assertEqual(second.fields("SDP.S_POINTER")["PRODUCER"], 1)

    def test_bytes_outside_memory_are_refused(self):
        words = "16 bytes at 0x1000 are not all memory; memory is 0x80000000 to 0xffffffff"
        with self.assertRaisesRegex(dla_vp.Error, words):
            dla_vp.Dla("nv_small").memory(0x1000, 16)
        with self.assertRaisesRegex(dla_vp.Error, " and 0x50000000 to 0x5fffffff"):
            dla_vp.Dla("nv_full").memory(0x1000, 16)

    def test_cubes_with_strides_leave_the_gaps_alone(self):
        dla = dla_vp.Dla("nv_small")
        dla.memory(0x80000000, 256)[:] = 0xa5
        cube = np.arange(2 * 8 * 3, dtype=np.int8).reshape(8, 2, 3)
        dla.store_feature(0x80000000, cube, line_stride=64)
        self.assertTrue((dla.memory(0x80000018, 40) == 0xa5).all())
        np.testing.assert_array_equal(dla.load_feature(0x80000000, cube.shape, "int8", line_stride=64), cube)

    def test_an_interrupt_that_cannot_come_is_explained(self):
        dla = dla_vp.Dla("nv_small")
        with self.assertRaisesRegex(dla_vp.Error, "no interrupt by cycle"):
            dla.wait_interrupt()
        dla.write("SDP.D_FEATURE_MODE_CFG", FLYING_MODE=1)
        dla.write("SDP.D_OP_ENABLE", OP_EN=1)
        with self.assertRaisesRegex(dla_vp.Error, "SDP group 0 waits for"):
            dla.wait_interrupt()

    def test_a_reset_is_the_power_on_state(self):
        dla = dla_vp.Dla("nv_small")
        dla.write("CACC.D_CLIP_CFG", 5)
        dla.reset()
        self.assertEqual(dla.read("CACC.D_CLIP_CFG"), 0)

    def test_a_dma_outside_memory_is_among_the_errors(self):
        dla = dla_vp.Dla("nv_small")
        dla.write("SDP_RDMA.D_FEATURE_MODE_CFG")
        dla.write("SDP_RDMA.D_SRC_DMA_CFG", SRC_RAM_TYPE=1)
        dla.write("SDP_RDMA.D_SRC_BASE_ADDR_LOW", 0x10000000)
        for name in ("SRC_LINE", "SRC_SURFACE"):
            dla.write(f"SDP_RDMA.D_{name}_STRIDE", 8)
        dla.write("SDP.D_DST_DMA_CFG", DST_RAM_TYPE=1)
        dla.write("SDP.D_DST_BASE_ADDR_LOW", 0x80000000)
        for name in ("DST_LINE", "DST_SURFACE"):
            dla.write(f"SDP.D_{name}_STRIDE", 8)
        for unit in ("SDP_RDMA", "SDP"):
            dla.write(f"{unit}.D_OP_ENABLE", OP_EN=1)
        dla.advance(100000)
        self.assertTrue(any("D_SRC_BASE_ADDR" in error["message"] for error in dla.errors), dla.errors)

    def test_repeats_of_an_error_are_counted(self):
        dla = dla_vp.Dla("nv_small")
        for _ in range(3):
            dla.write(0x7ffc, 1)
        self.assertEqual([error["times"] for error in dla.errors], [3], dla.errors)


if __name__ == "__main__":
    unittest.main()
