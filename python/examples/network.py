# SPDX-License-Identifier: Apache-2.0
"""Runs a compiled network on a picture and says what each layer costs: network.py LOADABLE PICTURE"""
import sys

import numpy as np

import dla_vp


def main(loadable, picture):
    result = dla_vp.run_loadable(loadable, image=picture)
    print(f"{len(result.layers)} layers on {result.config}, {result.cycles} cycles")
    for layer in result.layers:
        values = layer.get("output")
        spread = "" if values is None else f", values {values.min()} to {values.max()}"
        print(f"{layer['name']:<14} {layer['end'] - layer['begin']:>8} cycles, {layer['bound']} bound{spread}")
    output = result.outputs[0]
    print(f"output {'x'.join(map(str, output.shape))} {output.dtype}, mean {np.mean(output.astype(float)):.2f}")


if __name__ == "__main__":
    main(*sys.argv[1:])
