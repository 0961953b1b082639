// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only
/* Platform driver: finds the accelerator in the device tree, offers it as a DRM render node. */
#include <drm/drm_drv.h>
#include <drm/drm_file.h>
#include <drm/drm_gem.h>
#include <drm/drm_ioctl.h>
#include <drm/drm_prime.h>
#include <linux/dma-mapping.h>
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/of_reserved_mem.h>
#include <linux/platform_device.h>

#include "dla_compat.h"
#include "dla_device.h"
#include "dla_uapi.h"
#include "firmware/dla_configurations.h"

static const struct dla_config dla_config_full = DLA_CONFIGURATION_NV_FULL;
static const struct dla_config dla_config_large = DLA_CONFIGURATION_NV_LARGE;
static const struct dla_config dla_config_small = DLA_CONFIGURATION_NV_SMALL;

static const struct of_device_id dla_of_match[] = {
	{.compatible = "nvidia,nvdla_os_initial", .data = &dla_config_full},
	{.compatible = "nvidia,nv_large", .data = &dla_config_large},
	{.compatible = "nvidia,nv_small", .data = &dla_config_small},
	{}};
MODULE_DEVICE_TABLE(of, dla_of_match);

static irqreturn_t dla_interrupt(int irq, void *data)
{
	struct dla_device *dla = data;
	unsigned long flags;

	spin_lock_irqsave(&dla->engine_lock, flags);
	dla_isr_handler(dla->engine);
	spin_unlock_irqrestore(&dla->engine_lock, flags);
	complete(&dla->event);
	return IRQ_HANDLED;
}

static const struct drm_ioctl_desc dla_ioctls[] = {
	DRM_IOCTL_DEF_DRV(NVDLA_SUBMIT, dla_submit_ioctl, DRM_RENDER_ALLOW),
	DRM_IOCTL_DEF_DRV(NVDLA_GEM_CREATE, dla_gem_create_ioctl, DRM_RENDER_ALLOW),
	DRM_IOCTL_DEF_DRV(NVDLA_GEM_MMAP, dla_gem_map_offset_ioctl, DRM_RENDER_ALLOW),
	DRM_IOCTL_DEF_DRV(NVDLA_GEM_DESTROY, dla_gem_destroy_ioctl, DRM_RENDER_ALLOW),
};

DEFINE_DRM_GEM_FOPS(dla_fops);

static const struct drm_driver dla_drm_driver = {.driver_features = DRIVER_GEM | DRIVER_RENDER,
						 .name = "nvdla",
						 .desc = "NVDLA driver",
						 DLA_DRIVER_DATE.major = 0,
						 .minor = 0,
						 .patchlevel = 0,
						 .fops = &dla_fops,
						 .ioctls = dla_ioctls,
						 .num_ioctls = ARRAY_SIZE(dla_ioctls),
						 DLA_DRIVER_PRIME};

/* Without a memory-region the DMA memory comes from the system's own pool. */
static int dla_attach_memory(struct device *dev)
{
	int ret = dma_set_mask_and_coherent(dev, DMA_BIT_MASK(32));

	if (ret)
		return ret;
	ret = of_reserved_mem_device_init(dev);
	return ret == -ENODEV ? 0 : ret;
}

static int dla_start_engine(struct dla_device *dla)
{
	int ret = dla_register_driver(&dla->engine, dla);

	if (!ret)
		ret = dla_configure(dla->engine, dla->config);
	if (!ret)
		dla_clear_task(dla->engine);
	return ret;
}

static int dla_probe(struct platform_device *pdev)
{
	struct device *dev = &pdev->dev;
	struct resource *window;
	struct dla_device *dla;
	int ret;

	dla = devm_drm_dev_alloc(dev, &dla_drm_driver, struct dla_device, drm);
	if (IS_ERR(dla))
		return PTR_ERR(dla);
	mutex_init(&dla->submit_lock);
	spin_lock_init(&dla->engine_lock);
	init_completion(&dla->event);
	dla->config = of_device_get_match_data(dev);
	platform_set_drvdata(pdev, dla);

	dla->window = devm_platform_get_and_ioremap_resource(pdev, 0, &window);
	if (IS_ERR(dla->window))
		return PTR_ERR(dla->window);
	dla->window_size = resource_size(window);
	dla->irq = platform_get_irq(pdev, 0);
	if (dla->irq < 0)
		return dla->irq;
	ret = dla_attach_memory(dev);
	if (ret)
		return dev_err_probe(dev, ret, "no memory for DMA\n");
	ret = dla_start_engine(dla);
	if (ret)
		goto release_memory;
	ret = devm_request_irq(dev, dla->irq, dla_interrupt, 0, dev_name(dev), dla);
	if (ret)
		goto stop_engine;
	ret = drm_dev_register(&dla->drm, 0);
	if (ret)
		goto free_irq;
	return 0;

free_irq:
	devm_free_irq(dev, dla->irq, dla);
stop_engine:
	dla_unregister_driver(dla->engine);
release_memory:
	of_reserved_mem_device_release(dev);
	return ret;
}

static DLA_REMOVE_TYPE dla_remove(struct platform_device *pdev)
{
	struct dla_device *dla = platform_get_drvdata(pdev);

	drm_dev_unregister(&dla->drm);
	mutex_lock(&dla->submit_lock); /* a task in flight ends first */
	dla->wedged = true;
	mutex_unlock(&dla->submit_lock);
	devm_free_irq(&pdev->dev, dla->irq, dla);
	dla_unregister_driver(dla->engine);
	of_reserved_mem_device_release(&pdev->dev);
	return DLA_REMOVE_RESULT;
}

static struct platform_driver dla_platform_driver = {
	.probe = dla_probe,
	.remove = dla_remove,
	.driver.name = "nvdla",
	.driver.of_match_table = dla_of_match,
};
module_platform_driver(dla_platform_driver);

MODULE_IMPORT_NS(DLA_DMA_BUF_NAMESPACE);
MODULE_LICENSE("Dual BSD/GPL");
MODULE_DESCRIPTION("NVDLA deep-learning accelerator");
