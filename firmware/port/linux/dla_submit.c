// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only
/* Submission: holds the task's buffers, runs the engine until the end, lets go of everything. */
#include <drm/drm_file.h>
#include <drm/drm_gem.h>
#include <drm/drm_prime.h>
#include <linux/dma-buf.h>
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "dla_device.h"
#include "dla_uapi.h"

static unsigned int timeout_ms = 120000;
module_param(timeout_ms, uint, 0644);
MODULE_PARM_DESC(timeout_ms, "longest wait for one interrupt of a running task, in milliseconds");

/* The buffer behind a PRIME descriptor, held. Foreign buffers are not contiguous in our DMA space.
 */
static struct dla_buffer *dla_get_buffer(struct drm_device *drm, u32 fd)
{
	struct dma_buf *dma_buf = dma_buf_get(fd);
	struct drm_gem_object *object;

	if (IS_ERR(dma_buf))
		return ERR_CAST(dma_buf);
	object = drm_gem_prime_import(drm, dma_buf);
	dma_buf_put(dma_buf);
	if (IS_ERR(object))
		return ERR_CAST(object);
	if (!dla_gem_is_ours(object)) {
		drm_gem_object_put(object);
		return ERR_PTR(-EINVAL);
	}
	return to_dla_buffer(object);
}

static void dla_release_task(struct dla_task *task)
{
	u32 i;

	for (i = 0; i < task->num_addresses; i++)
		if (task->addresses[i].buffer)
			drm_gem_object_put(&task->addresses[i].buffer->base);
	kvfree(task->addresses);
}

static int dla_hold_task(struct drm_device *drm, const struct nvdla_ioctl_submit_task *request,
			 struct dla_task *task)
{
	struct nvdla_mem_handle *handles;
	int ret = 0;
	u32 i;

	task->num_addresses = request->num_addresses;
	task->addresses = kvcalloc(request->num_addresses, sizeof(*task->addresses), GFP_KERNEL);
	handles = kvcalloc(request->num_addresses, sizeof(*handles), GFP_KERNEL);
	if (!task->addresses || !handles) {
		ret = -ENOMEM;
		goto out;
	}
	if (copy_from_user(handles, u64_to_user_ptr(request->address_list),
			   request->num_addresses * sizeof(*handles))) {
		ret = -EFAULT;
		goto out;
	}
	for (i = 0; i < request->num_addresses; i++) {
		struct dla_buffer *buffer = dla_get_buffer(drm, handles[i].handle);

		if (IS_ERR(buffer)) {
			ret = PTR_ERR(buffer);
			goto out;
		}
		task->addresses[i].buffer = buffer;
		task->addresses[i].offset = handles[i].offset;
		if (handles[i].offset > buffer->base.size) {
			ret = -EINVAL;
			goto out;
		}
	}
out:
	kvfree(handles);
	return ret;
}

static int dla_wait_event(struct dla_device *dla)
{
	/* Not interruptible: the hardware works in the task's memory until it is done. */
	if (wait_for_completion_timeout(&dla->event, msecs_to_jiffies(timeout_ms)))
		return 0;
	dla->wedged = true;
	drm_err(&dla->drm, "no interrupt within %u ms; the accelerator is given up\n", timeout_ms);
	return -ETIMEDOUT;
}

/* The engine's calls exclude each other; it may read descriptors, so the interrupt is kept off
 * instead of a spinlock held.
 */
static int dla_run_task(struct dla_device *dla, struct dla_task *task)
{
	u32 done = 0;
	int ret;

	disable_irq(dla->irq);
	reinit_completion(&dla->event);
	ret = dla_execute_task(dla->engine, task, (void *)dla->config);
	/* A network without operations, or whose first ones need no hardware, is done by now. */
	if (!ret)
		ret = dla_process_events(dla->engine, &done);
	enable_irq(dla->irq);

	while (!ret && !done) {
		ret = dla_wait_event(dla);
		if (ret)
			break;
		disable_irq(dla->irq);
		ret = dla_process_events(dla->engine, &done);
		enable_irq(dla->irq);
	}
	disable_irq(dla->irq);
	dla_clear_task(dla->engine);
	enable_irq(dla->irq);
	return ret;
}

int dla_submit_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct dla_device *dla = to_dla_device(drm);
	const struct nvdla_submit_args *args = data;
	struct nvdla_ioctl_submit_task request;
	struct dla_task task = {};
	int ret;

	/* Existing user space sends one task per call; only the first counts. */
	if (!args->tasks)
		return -EINVAL;
	if (copy_from_user(&request, u64_to_user_ptr(args->tasks), sizeof(request)))
		return -EFAULT;
	if (!request.num_addresses || request.num_addresses > NVDLA_MAX_ADDRESSES)
		return -EINVAL;
	ret = dla_hold_task(drm, &request, &task);
	if (!ret)
		ret = mutex_lock_interruptible(&dla->submit_lock);
	if (!ret) {
		ret = dla->wedged ? -EIO : dla_run_task(dla, &task);
		mutex_unlock(&dla->submit_lock);
	}
	if (task.addresses)
		dla_release_task(&task);
	return ret;
}
