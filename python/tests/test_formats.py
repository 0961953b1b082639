# SPDX-License-Identifier: Apache-2.0
"""Layouts: places worked out by hand from the formulas, and everything that is packed unpacks."""
import unittest

import numpy as np

from dla_vp import Error, formats

RANDOM = np.random.default_rng(7)


def random_array(shape, precision):
    if precision == "fp16":
        return RANDOM.standard_normal(shape).astype(np.float16)
    limits = np.iinfo(formats.dtype_of(precision))
    return RANDOM.integers(limits.min, limits.max + 1, shape).astype(formats.dtype_of(precision))


class FeatureCubes(unittest.TestCase):
    def test_an_element_lies_where_the_formula_says(self):
        cube = np.zeros((10, 2, 3), np.int8)
        cube[9, 1, 2] = 77
        memory = formats.pack_feature(cube, atom_bytes=8)
        self.assertEqual(np.flatnonzero(memory).tolist(), [89])
        cube = np.zeros((10, 2, 3), np.int16)
        cube[9, 1, 2] = 77
        self.assertEqual(np.flatnonzero(formats.pack_feature(cube, atom_bytes=32)).tolist(), [178])

    def test_strides_leave_gaps_and_unpack_again(self):
        for precision in formats.DTYPES:
            array = random_array((37, 4, 5), precision)
            memory = formats.pack_feature(array, 32, line_stride=192, surface_stride=1024)
            found = formats.unpack_feature(memory, array.shape, precision, 32, 192, 1024)
            np.testing.assert_array_equal(found.view(np.uint8), array.view(np.uint8))
            self.assertFalse(memory[160:192].any())

    def test_strides_that_overlap_lines_are_refused(self):
        with self.assertRaisesRegex(Error, "line_stride 16 is below the line's 24 bytes"):
            formats.pack_feature(np.zeros((8, 2, 3), np.int8), 8, line_stride=16)

    def test_other_element_types_are_refused(self):
        with self.assertRaisesRegex(Error, "int8, int16 and fp16"):
            formats.pack_feature(np.zeros((8, 2, 3)), 8)


class Weights(unittest.TestCase):
    def test_an_element_lies_where_the_formula_says(self):
        kernels = np.zeros((10, 10, 3, 3), np.int8)
        kernels[9, 9, 0, 1] = 5
        stream = formats.pack_weights(kernels, kernels_per_group=8, channel_block=8)
        self.assertEqual(stream.size, 1024)
        self.assertEqual(np.flatnonzero(stream).tolist(), [871])

    def test_streams_unpack_again(self):
        for precision in formats.DTYPES:
            kernels = random_array((19, 70, 2, 3), precision)
            stream = formats.pack_weights(kernels, 16, 64)
            found = formats.unpack_weights(stream, kernels.shape, precision, 16, 64)
            np.testing.assert_array_equal(found.view(np.uint8), kernels.view(np.uint8))

    def test_rows_of_an_image_kernel_lie_in_blocks(self):
        kernels = random_array((3, 3, 5, 2), "int8")
        stream = formats.pack_image_weights(kernels, 8, 64, rows_per_block=2)
        for k, c, r, s in np.ndindex(kernels.shape):
            block, rows = r // 2, min(2, 5 - r // 2 * 2)
            index = 3 * 6 * block * 2 + k * rows * 6 + r % 2 * 6 + s * 3 + c
            self.assertEqual(stream.view(np.int8)[index], kernels[k, c, r, s])

    def test_a_winograd_kernel_convolves_as_the_plain_one(self):
        kernel = RANDOM.integers(-20, 20, (1, 16, 3, 3)).astype(np.int16)
        stored = formats.winograd_kernels(kernel, scale=4.0).astype(float) / 4.0
        tile = RANDOM.integers(-20, 20, (16, 4, 4)).astype(float)
        back = np.array([[1, 0, -1, 0], [0, 1, 1, 0], [0, -1, 1, 0], [0, 1, 0, -1]], float)
        out = np.array([[1, 1, 1, 0], [0, 1, -1, -1]], float)
        found = (out @ (stored[0] * (back @ tile @ back.T)).sum(0) @ out.T)
        for y, x in np.ndindex(2, 2):
            self.assertAlmostEqual(found[y, x], float((tile[:, y:y + 3, x:x + 3] * kernel[0]).sum()))

    def test_winograd_streams_hold_four_channels_side_by_side(self):
        kernels = random_array((5, 16, 4, 4), "int16")
        stream = formats.pack_winograd_weights(kernels, kernels_per_group=16).view("<i2")
        for k, c, y, x in [(0, 0, 0, 0), (4, 15, 3, 2), (2, 6, 1, 3)]:
            self.assertEqual(stream[5 * 64 * (c // 4) + k * 64 + (y * 4 + x) * 4 + c % 4], kernels[k, c, y, x])

    def test_compression_keeps_what_is_not_zero(self):
        stream = np.array([5, 0, 0, 7, 0, 1, 0, 0], np.int8).view(np.uint8)
        compressed, mask, sizes = formats.compress_weights(stream, "int8", [8])
        self.assertEqual(mask[0], 0x29)
        self.assertEqual(compressed[:4].tolist(), [5, 7, 1, 0])
        self.assertEqual(sizes.view("<u4").tolist(), [3])
        np.testing.assert_array_equal(formats.decompress_weights(compressed, mask, "int8", 8), stream.view(np.int8))

    def test_compression_counts_each_group(self):
        kernels = random_array((40, 9, 1, 1), "int16") * (RANDOM.random((40, 9, 1, 1)) < 0.3)
        stream = formats.pack_weights(kernels.astype(np.int16), 16, 64)
        counts = [16 * 9, 16 * 9, 8 * 9]
        compressed, mask, sizes = formats.compress_weights(stream, "int16", counts)
        found = formats.decompress_weights(compressed, mask, "int16", sum(counts))
        np.testing.assert_array_equal(found.view(np.uint8), stream[:2 * sum(counts)])
        self.assertEqual(sizes.view("<u4").sum(), 2 * np.count_nonzero(found))


class Pictures(unittest.TestCase):
    def test_components_lie_as_the_format_names_them(self):
        picture = np.array([[[1, 2, 3, 4]]], np.uint8)
        memory = {name: formats.pack_image(picture, name)[0].tolist()
                  for name in ("A8B8G8R8", "A8R8G8B8", "B8G8R8A8", "R8G8B8A8")}
        # Names go from the most significant byte down.
        self.assertEqual(memory, {"A8B8G8R8": [1, 2, 3, 4], "A8R8G8B8": [3, 2, 1, 4],
                                  "B8G8R8A8": [4, 1, 2, 3], "R8G8B8A8": [4, 3, 2, 1]})

    def test_semi_planar_formats_have_two_planes(self):
        picture = np.array([[[1, 2, 3]]], np.uint8)
        self.assertEqual([plane.tolist() for plane in formats.pack_image(picture, "Y8_U8V8_N444")], [[1], [3, 2]])
        self.assertEqual([plane.tolist() for plane in formats.pack_image(picture, "Y8_V8U8_N444")], [[1], [2, 3]])

    def test_every_format_unpacks_again(self):
        for name, entry in formats.PIXEL_FORMATS.items():
            with self.subTest(name):
                picture = RANDOM.integers(0, 256 ** entry["element_bytes"], (3, 5, entry["channels"]))
                if entry["floating"]:
                    picture = RANDOM.standard_normal(picture.shape).astype(np.float16)
                if entry["ten_bit"]:
                    picture &= np.array([0xffc0, 0xffc0, 0xffc0, 0xc000])
                planes = formats.pack_image(picture, name, line_stride=96, line_stride_uv=96, x_offset=2)
                found = formats.unpack_image(planes, (3, 5), name, line_stride=96, line_stride_uv=96, x_offset=2)
                np.testing.assert_array_equal(found, picture)

    def test_unknown_formats_and_wrong_shapes_are_refused(self):
        with self.assertRaisesRegex(Error, "'RGB' is no pixel format; there are R8"):
            formats.pack_image(np.zeros((2, 2, 4)), "RGB")
        with self.assertRaisesRegex(Error, "height, width, 4"):
            formats.pack_image(np.zeros((2, 2, 3)), "A8B8G8R8")


class Operands(unittest.TestCase):
    def test_alu_and_multiplier_values_alternate(self):
        memory = formats.pack_operand(np.arange(3, dtype=np.int16), np.arange(10, 13, dtype=np.int16), 8)
        self.assertEqual(memory.view("<i2").tolist(), [0, 10, 1, 11, 2, 12] + [0] * 10)

    def test_operands_unpack_again(self):
        for shape in ((21,), (21, 3, 4)):
            alu, mul = random_array(shape, "int16"), random_array(shape, "int16")
            memory = formats.pack_operand(alu, mul, 8)
            for found, packed in zip(formats.unpack_operand(memory, shape, "int16", 2, 8), (alu, mul)):
                np.testing.assert_array_equal(found, packed)


if __name__ == "__main__":
    unittest.main()
