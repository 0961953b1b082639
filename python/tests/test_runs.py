# SPDX-License-Identifier: Apache-2.0
"""Whole runs, and the examples as a user starts them."""
import pathlib
import struct
import subprocess
import sys
import tempfile
import unittest

import numpy as np

import dla_vp

ROOT = pathlib.Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "loadables" / "edges_int8_nv_small"
LOADABLE, PICTURE = SAMPLE / "edges_int8_nv_small.nvdla", SAMPLE / "image.pgm"


def example(name, *arguments):
    run = subprocess.run([sys.executable, ROOT / "python" / "examples" / name, *arguments], capture_output=True,
                         text=True, check=False)
    if run.returncode != 0:
        raise AssertionError(run.stdout + run.stderr)
    return run.stdout


class Traces(unittest.TestCase):
    def test_a_trace_passes_and_tells_its_operations(self):
        result = dla_vp.run_trace(ROOT / "trace-tests/own/nv_full/sdp_relu_int16")
        self.assertEqual((result.verdict, result.detail), ("pass", ""))
        self.assertIn("SDP", {operation["unit"] for operation in result.operations})
        again = dla_vp.run_trace(ROOT / "trace-tests/own/nv_full/sdp_relu_int16", memory="lpddr4")
        self.assertGreater(again.cycles, result.cycles)

    def test_what_cannot_run_says_why(self):
        self.assertIn("No such file", dla_vp.run_trace(ROOT / "nv_full" / "absent.txn").detail)
        with self.assertRaisesRegex(dla_vp.Error, "names no configuration"):
            dla_vp.run_trace("/tmp/absent.txn")


class Loadables(unittest.TestCase):
    def test_a_network_gives_its_golden_output_and_layers(self):
        result = dla_vp.run_loadable(LOADABLE, image=PICTURE)
        golden = next(SAMPLE.glob("*golden*.dimg")).read_bytes()
        header = struct.unpack_from("<4sI7I", golden)
        self.assertEqual(header[0], b"DIMG")
        self.assertEqual(result.outputs[0].tobytes(), golden[struct.calcsize("<4sI7I"):])
        self.assertEqual(result.config, "nv_small")
        self.assertGreater(len(result.layers), 5)
        self.assertEqual(result.layers[-1]["output"].dtype, np.int8)

    def test_a_loadable_that_is_none_is_refused(self):
        with self.assertRaises(dla_vp.Error):
            dla_vp.run_loadable(PICTURE)


class Examples(unittest.TestCase):
    def test_relu(self):
        self.assertIn("equal to NumPy: True", example("relu.py"))

    def test_network(self):
        self.assertIn("output 1x", example("network.py", LOADABLE, PICTURE))

    def test_plot_layers(self):
        with tempfile.TemporaryDirectory() as folder:
            png = pathlib.Path(folder) / "layers.png"
            example("plot_layers.py", LOADABLE, PICTURE, png)
            self.assertEqual(png.read_bytes()[:8], b"\x89PNG\r\n\x1a\n")


if __name__ == "__main__":
    unittest.main()
