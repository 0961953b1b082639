# SPDX-License-Identifier: Apache-2.0
# The engine's files, for every build that contains it.
set(DLA_ENGINE_SOURCES
    bdma.c cdp.c checks.c context_pool.c conv.c conv_buffer_check.c conv_check.c events.c fused_check.c lut.c op_cache.c
    pdp.c pdp_check.c rubik.c scheduler.c sdp.c sdp_check.c statistics.c task.c widen.c)
