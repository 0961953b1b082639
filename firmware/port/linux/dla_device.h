/* SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only */
/* The driver's own structures. */
#ifndef DLA_DEVICE_H
#define DLA_DEVICE_H

#include <drm/drm_device.h>
#include <drm/drm_gem.h>
#include <linux/completion.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>

#include "firmware/engine/dla_interface.h"

/* One accelerator. */
struct dla_device {
	struct drm_device drm;
	void __iomem *window;
	resource_size_t window_size;
	int irq;
	const struct dla_config *config;
	void *engine;

	struct mutex submit_lock; /* one task at a time */
	spinlock_t engine_lock; /* interrupt handler against the rest */
	struct completion event; /* an interrupt has been taken in */
	bool wedged; /* a task never ended; only reloading helps */
};

#define to_dla_device(d) container_of(d, struct dla_device, drm)

/* A buffer: contiguous DMA memory, mapped for the kernel as long as it lives. */
struct dla_buffer {
	struct drm_gem_object base;
	void *cpu;
	dma_addr_t dma;
};

#define to_dla_buffer(o) container_of(o, struct dla_buffer, base)

/* The task being executed: its address list, every buffer held. */
struct dla_task {
	u32 num_addresses;
	struct dla_task_address *addresses;
};

struct dla_task_address {
	struct dla_buffer *buffer;
	u64 offset;
};

struct drm_gem_object *dla_gem_create_object(struct drm_device *drm, size_t size);
int dla_gem_create_ioctl(struct drm_device *drm, void *data, struct drm_file *file);
int dla_gem_map_offset_ioctl(struct drm_device *drm, void *data, struct drm_file *file);
int dla_gem_destroy_ioctl(struct drm_device *drm, void *data, struct drm_file *file);
bool dla_gem_is_ours(const struct drm_gem_object *object);

int dla_submit_ioctl(struct drm_device *drm, void *data, struct drm_file *file);

#endif
