# SPDX-License-Identifier: Apache-2.0
"""DLA-VP from Python: a bit-exact simulated NVDLA.

    import dla_vp
    dla = dla_vp.Dla("nv_small")
    dla.store_feature(0x80000000, array)            # channels, height, width
    dla.write("SDP.D_DATA_CUBE_WIDTH", WIDTH=7)
    ...
    dla.wait_interrupt()
    result = dla.load_feature(0x80100000, (8, 8, 8), "int8")

    dla_vp.run_trace("sanity3", config="nv_full").verdict
    dla_vp.run_loadable("lenet.nvdla", image="one.pgm").layers

What is wrong with an argument is a dla_vp.Error with a sentence. docs/python.md is the guide.
"""
from ._native import Error, configuration, configurations
from . import formats
from .dla import Dla, Field, Register
from .runs import LoadableResult, TraceResult, run_loadable, run_trace

__all__ = ["Dla", "Error", "Field", "LoadableResult", "Register", "TraceResult", "configuration", "configurations",
           "formats", "run_loadable", "run_trace"]
