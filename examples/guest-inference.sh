#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs in the guest: dla-vp boot --share loadables/edges_int8_nv_small --run examples/guest-inference.sh
set -e
cd /tmp
dla_runtime --loadable /mnt/edges_int8_nv_small.nvdla --image /mnt/image.pgm
cmp -s output.dimg /mnt/golden.dimg && echo "the golden output"
