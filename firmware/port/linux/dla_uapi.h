/* SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only */
/* What user space and the driver agree on: four ioctls of a DRM render node. */
#ifndef DLA_UAPI_H
#define DLA_UAPI_H

#include <drm/drm.h>

struct nvdla_mem_handle {
	__u32 handle; /* a PRIME file descriptor */
	__u32 reserved;
	__u64 offset;
};

struct nvdla_ioctl_submit_task {
	__u32 num_addresses;
	__u32 timeout; /* not used: existing user space leaves it unset */
	__u64 address_list; /* user pointer to nvdla_mem_handle */
};

struct nvdla_submit_args {
	__u64 tasks; /* user pointer to nvdla_ioctl_submit_task */
	__u16 num_tasks;
	__u16 flags;
	__u32 version;
};

struct nvdla_gem_create_args {
	__u32 handle; /* out */
	__u32 flags;
	__u64 size;
};

struct nvdla_gem_map_offset_args {
	__u32 handle;
	__u32 reserved;
	__u64 offset; /* out */
};

struct nvdla_gem_destroy_args {
	__u32 handle;
};

#define DRM_NVDLA_SUBMIT 0x00
#define DRM_NVDLA_GEM_CREATE 0x01
#define DRM_NVDLA_GEM_MMAP 0x02
#define DRM_NVDLA_GEM_DESTROY 0x03

#define DRM_IOCTL_NVDLA_SUBMIT                                                                     \
	DRM_IOWR(DRM_COMMAND_BASE + DRM_NVDLA_SUBMIT, struct nvdla_submit_args)
#define DRM_IOCTL_NVDLA_GEM_CREATE                                                                 \
	DRM_IOWR(DRM_COMMAND_BASE + DRM_NVDLA_GEM_CREATE, struct nvdla_gem_create_args)
#define DRM_IOCTL_NVDLA_GEM_MMAP                                                                   \
	DRM_IOWR(DRM_COMMAND_BASE + DRM_NVDLA_GEM_MMAP, struct nvdla_gem_map_offset_args)
#define DRM_IOCTL_NVDLA_GEM_DESTROY                                                                \
	DRM_IOWR(DRM_COMMAND_BASE + DRM_NVDLA_GEM_DESTROY, struct nvdla_gem_destroy_args)

#define NVDLA_MAX_ADDRESSES 6144
#define NVDLA_MAX_TASKS 24

#endif
