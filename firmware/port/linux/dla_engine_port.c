// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only
/* What the portable engine needs from Linux. The token of a list entry is its index. */
#include <drm/drm_print.h>
#include <linux/io.h>
#include <linux/ktime.h>
#include <linux/string.h>

#include "dla_device.h"
#include "firmware/engine/dla_port.h"

u32 dla_reg_read(void *driver_context, u32 addr)
{
	struct dla_device *dla = driver_context;

	return addr + sizeof(u32) <= dla->window_size ? readl(dla->window + addr) : 0;
}

void dla_reg_write(void *driver_context, u32 addr, u32 reg)
{
	struct dla_device *dla = driver_context;

	if (addr + sizeof(u32) <= dla->window_size)
		writel(reg, dla->window + addr);
}

s32 dla_get_dma_address(void *driver_context, void *task_data, s16 index, void *dst_ptr,
			u32 destination)
{
	const struct dla_task *task = task_data;
	u64 *result = dst_ptr;

	if (index < 0 || (u32)index >= task->num_addresses)
		return -EINVAL;
	if (destination == DLA_DESTINATION_DMA)
		*result = task->addresses[index].buffer->dma + task->addresses[index].offset;
	else
		*result = (u64)index;
	return 0;
}

/* The bytes of a list entry, or NULL if any of them lies outside the buffer. */
static void *dla_task_bytes(const struct dla_task *task, u64 token, u64 offset, u32 size)
{
	const struct dla_task_address *address;
	u64 room;

	if (token >= task->num_addresses)
		return NULL;
	address = &task->addresses[token];
	room = address->buffer->base.size - address->offset;
	if (offset > room || size > room - offset)
		return NULL;
	return address->buffer->cpu + address->offset + offset;
}

s32 dla_data_read(void *driver_context, void *task_data, u64 src, void *dst, u32 size, u64 offset)
{
	const void *bytes = dla_task_bytes(task_data, src, offset, size);

	if (!bytes)
		return -EINVAL;
	memcpy(dst, bytes, size);
	return 0;
}

s32 dla_data_write(void *driver_context, void *task_data, void *src, u64 dst, u32 size, u64 offset)
{
	void *bytes = dla_task_bytes(task_data, dst, offset, size);

	if (!bytes)
		return -EINVAL;
	memcpy(bytes, src, size);
	return 0;
}

s64 dla_get_time_us(void)
{
	return ktime_to_us(ktime_get());
}

void *dla_memset(void *src, int ch, u64 len)
{
	return memset(src, ch, len);
}

void *dla_memcpy(void *dest, const void *src, u64 len)
{
	return memcpy(dest, src, len);
}

#define DLA_MESSAGE(name, print)                                                                   \
	void name(const char *fmt, ...)                                                            \
	{                                                                                          \
		va_list args;                                                                      \
		struct va_format text = {.fmt = fmt, .va = &args};                                 \
		va_start(args, fmt);                                                               \
		print("nvdla: %pV", &text);                                                        \
		va_end(args);                                                                      \
	}
DLA_MESSAGE(dla_debug, pr_debug)
DLA_MESSAGE(dla_info, pr_info)
DLA_MESSAGE(dla_warn, pr_warn)
DLA_MESSAGE(dla_error, pr_err)
