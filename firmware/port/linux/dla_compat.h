/* SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only */
/* Where kernels from Linux 6.1 on differ for this driver; Kbuild looks at their headers. */
#ifndef DLA_COMPAT_H
#define DLA_COMPAT_H

#ifdef DLA_HAS_DRIVER_DATE
#define DLA_DRIVER_DATE .date = "20171017",
#else
#define DLA_DRIVER_DATE
#endif

/* Kernels that do not offer these two take them as the default. */
#ifdef DLA_HAS_PRIME_CALLBACKS
#define DLA_DRIVER_PRIME                                                                           \
	.prime_handle_to_fd = drm_gem_prime_handle_to_fd,                                          \
	.prime_fd_to_handle = drm_gem_prime_fd_to_handle,
#else
#define DLA_DRIVER_PRIME
#endif

#ifdef DLA_HAS_REMOVE_RESULT
#define DLA_REMOVE_TYPE int
#define DLA_REMOVE_RESULT 0
#else
#define DLA_REMOVE_TYPE void
#define DLA_REMOVE_RESULT
#endif

#ifdef DLA_HAS_UNQUOTED_NAMESPACE
#define DLA_DMA_BUF_NAMESPACE DMA_BUF
#else
#define DLA_DMA_BUF_NAMESPACE "DMA_BUF"
#endif

#endif
