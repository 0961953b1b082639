// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only
/* Buffers: contiguous write-combined DMA memory behind GEM handles and PRIME file descriptors. */
#include <drm/drm_drv.h>
#include <drm/drm_file.h>
#include <drm/drm_prime.h>
#include <linux/dma-mapping.h>
#include <linux/iosys-map.h>
#include <linux/slab.h>

#include "dla_device.h"
#include "dla_uapi.h"

static void dla_gem_free(struct drm_gem_object *object)
{
	struct dla_buffer *buffer = to_dla_buffer(object);

	dma_free_wc(object->dev->dev, object->size, buffer->cpu, buffer->dma);
	drm_gem_object_release(object);
	kfree(buffer);
}

static struct sg_table *dla_gem_get_sg_table(struct drm_gem_object *object)
{
	struct dla_buffer *buffer = to_dla_buffer(object);
	struct sg_table *table = kzalloc(sizeof(*table), GFP_KERNEL);
	int ret;

	if (!table)
		return ERR_PTR(-ENOMEM);
	ret = dma_get_sgtable(object->dev->dev, table, buffer->cpu, buffer->dma, object->size);
	if (ret) {
		kfree(table);
		return ERR_PTR(ret);
	}
	return table;
}

static int dla_gem_vmap(struct drm_gem_object *object, struct iosys_map *map)
{
	iosys_map_set_vaddr(map, to_dla_buffer(object)->cpu);
	return 0;
}

static int dla_gem_mmap(struct drm_gem_object *object, struct vm_area_struct *vma)
{
	struct dla_buffer *buffer = to_dla_buffer(object);

	/* The fake offset has found the object; the mapping starts at its first byte. */
	vma->vm_pgoff -= drm_vma_node_start(&object->vma_node);
	return dma_mmap_wc(object->dev->dev, vma, buffer->cpu, buffer->dma,
			   vma->vm_end - vma->vm_start);
}

static const struct vm_operations_struct dla_gem_vm_ops = {
	.open = drm_gem_vm_open,
	.close = drm_gem_vm_close,
};

static const struct drm_gem_object_funcs dla_gem_funcs = {
	.free = dla_gem_free,
	.get_sg_table = dla_gem_get_sg_table,
	.vmap = dla_gem_vmap,
	.mmap = dla_gem_mmap,
	.vm_ops = &dla_gem_vm_ops,
};

bool dla_gem_is_ours(const struct drm_gem_object *object)
{
	return object->funcs == &dla_gem_funcs;
}

struct drm_gem_object *dla_gem_create_object(struct drm_device *drm, size_t size)
{
	struct dla_buffer *buffer;
	int ret;

	buffer = kzalloc(sizeof(*buffer), GFP_KERNEL);
	if (!buffer)
		return ERR_PTR(-ENOMEM);
	buffer->base.funcs = &dla_gem_funcs;
	drm_gem_private_object_init(drm, &buffer->base, size);
	buffer->cpu = dma_alloc_wc(drm->dev, size, &buffer->dma, GFP_KERNEL | __GFP_NOWARN);
	if (!buffer->cpu) {
		ret = -ENOMEM;
		goto release;
	}
	memset(buffer->cpu, 0, size);
	ret = drm_gem_create_mmap_offset(&buffer->base);
	if (ret)
		goto free;
	return &buffer->base;

free:
	dma_free_wc(drm->dev, size, buffer->cpu, buffer->dma);
release:
	drm_gem_object_release(&buffer->base);
	kfree(buffer);
	return ERR_PTR(ret);
}

int dla_gem_create_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct nvdla_gem_create_args *args = data;
	struct drm_gem_object *object;
	int ret;

	if (!args->size || args->size > SZ_2G)
		return -EINVAL;
	object = dla_gem_create_object(drm, PAGE_ALIGN(args->size));
	if (IS_ERR(object))
		return PTR_ERR(object);
	ret = drm_gem_handle_create(file, object, &args->handle);
	drm_gem_object_put(object); /* the handle holds it now */
	return ret;
}

int dla_gem_map_offset_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct nvdla_gem_map_offset_args *args = data;
	struct drm_gem_object *object = drm_gem_object_lookup(file, args->handle);

	if (!object)
		return -EINVAL;
	args->offset = drm_vma_node_offset_addr(&object->vma_node);
	drm_gem_object_put(object);
	return 0;
}

int dla_gem_destroy_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct nvdla_gem_destroy_args *args = data;

	return drm_gem_handle_delete(file, args->handle);
}
