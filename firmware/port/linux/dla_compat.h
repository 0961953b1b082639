/* SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only */
/* Where Linux 6.1 to 6.14 differ for this driver. */
#ifndef DLA_COMPAT_H
#define DLA_COMPAT_H

#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 14, 0)
#define DLA_DRIVER_DATE .date = "20171017",
#else
#define DLA_DRIVER_DATE
#endif

/* Later kernels take these two as the default. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 6, 0)
#define DLA_DRIVER_PRIME                                                                           \
	.prime_handle_to_fd = drm_gem_prime_handle_to_fd,                                          \
	.prime_fd_to_handle = drm_gem_prime_fd_to_handle,
#else
#define DLA_DRIVER_PRIME
#endif

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 11, 0)
#define DLA_REMOVE_TYPE int
#define DLA_REMOVE_RESULT 0
#else
#define DLA_REMOVE_TYPE void
#define DLA_REMOVE_RESULT
#endif

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
#define DLA_DMA_BUF_NAMESPACE DMA_BUF
#else
#define DLA_DMA_BUF_NAMESPACE "DMA_BUF"
#endif

#endif
