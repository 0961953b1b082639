/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sysbus device: one DLA's register window and interrupt, served by the virtual platform. */
#ifndef DLA_BRIDGE_DEVICE_H
#define DLA_BRIDGE_DEVICE_H

#define TYPE_DLA_BRIDGE "dla-bridge"

#endif
