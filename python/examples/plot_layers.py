# SPDX-License-Identifier: Apache-2.0
"""Draws when each layer of a network ran and how near it came to the machine's limits:
plot_layers.py LOADABLE PICTURE OUT.png

Written cell by cell, as a notebook would be."""
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

import dla_vp

# %% Run the network.
loadable, picture, png = sys.argv[1:]
result = dla_vp.run_loadable(loadable, image=picture)
config = dla_vp.configuration(result.config)
layers = result.layers
figure, (timeline, roofline) = plt.subplots(2, 1, figsize=(10, 4 + 0.3 * len(layers)),
                                            height_ratios=[max(4, len(layers)), 12])

# %% The timeline: a bar per layer, its colours are what the cycles were spent on.
causes = list(layers[0]["cycles_by_cause"])
colours = dict(zip(causes, plt.cm.tab10.colors))
for row, layer in enumerate(layers):
    left = layer["begin"]
    # A layer whose time is another's work, a fused SDP's for example, has no causes of its own.
    timeline.barh(row, layer["end"] - left, left=left, color="0.9")
    for cause, cycles in layer["cycles_by_cause"].items():
        timeline.barh(row, cycles, left=left, color=colours[cause])
        left += cycles
timeline.set_yticks(range(len(layers)), [layer["name"] for layer in layers])
timeline.invert_yaxis()
timeline.set_xlabel("core clocks")
timeline.set_title(f"{loadable.rsplit('/', 1)[-1]} on {result.config}: {result.cycles} cycles")
timeline.legend(handles=[plt.Rectangle((0, 0), 1, 1, color=colours[cause]) for cause in causes], labels=causes,
                loc="upper right", fontsize=8)

# %% The roofline: MACs per cycle over MACs per byte of main memory.
peak = config["atomic_c"] * config["atomic_k"]
width = config["primary"]["width_bytes"]
intensity = np.logspace(-2, 3, 200)
roofline.loglog(intensity, np.minimum(peak, intensity * width), "k-", linewidth=1)
for layer in layers:
    moved = sum(layer["work"]["primary"].values())
    if layer["macs"] and moved:
        cycles = layer["end"] - layer["begin"]
        roofline.loglog(layer["macs"] / moved, layer["macs"] / cycles, "o", color=colours[layer["bound"]])
        roofline.annotate(layer["name"], (layer["macs"] / moved, layer["macs"] / cycles), fontsize=7,
                          xytext=(4, 3), textcoords="offset points")
roofline.set_xlabel("MACs per byte of main memory")
roofline.set_ylabel("MACs per cycle")
roofline.set_title(f"peak {peak} MACs per cycle, {width} bytes per cycle")

# %% Keep it.
figure.tight_layout()
figure.savefig(png, dpi=110)
print(f"wrote {png}")
