// SPDX-License-Identifier: GPL-2.0-only
/*
 * Brings the userspace kernel up, once a process: memory, the driver core, bounce buffers, then the initcalls of what
 * is linked, in their order, and the devices of every path. What it leaves is the snapshot that each input starts from.
 */
#include <linux/dma-map-ops.h>
#include <linux/init.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/radix-tree.h>
#include <linux/swiotlb.h>
#include <linux/utsname.h>
#include <linux/version.h>
#include <generated/utsrelease.h>
#include <drivers/base/base.h>
#include "host.h"
#include "mm/mm.h"
#include "boot/boot.h"

const char kernel_release[] = UTS_RELEASE;
enum system_states system_state;
char __start_rodata[1], __end_rodata[1], _stext[1], _etext[1];

/* Everything is built in. */
bool is_module_address(unsigned long addr)
{
	return false;
}

/*
 * Read by the __setup handlers of what is linked. Few entries: each is copied back at every reset. Newer trees count
 * the used bounce slots, which the leak check asks for, only if told to.
 */
static char command_line[] = "dma_debug_entries=384 coherent_pool=128K swiotlb=track_hiwater";

extern initcall_entry_t __initcall_start[], __initcall_end[];
extern const struct obs_kernel_param __setup_start[], __setup_end[];

/*
 * The sanitizer pads each entry of these tables with zeros, so entries are looked for at every word. Not instrumented:
 * it reads the padding.
 */
__attribute__((no_sanitize("address"))) static const struct obs_kernel_param *next_param(const unsigned long **at)
{
	const unsigned long *end = (const unsigned long *)__setup_end;

	while (*at < end) {
		if (**at) {
			const struct obs_kernel_param *param = (const void *)*at;

			*at += sizeof(*param) / sizeof(**at);
			return param;
		}
		++*at;
	}
	return NULL;
}

__attribute__((no_sanitize("address"))) static void parse_command_line(void)
{
	char *word = command_line, *end;

	for (; *word; word = end) {
		const unsigned long *at = (const unsigned long *)__setup_start;
		const struct obs_kernel_param *param;

		end = word;
		while (*end && *end != ' ')
			end++;
		if (*end)
			*end++ = 0;
		while ((param = next_param(&at)) != NULL) {
			const char *name = param->str;
			unsigned int n = 0;

			while (name[n] && name[n] == word[n])
				n++;
			if (name[n])
				continue;
			/* early_param() names have no '=', __setup() names end with it. */
			if (param->early && word[n] == '=')
				n++;
			param->setup_func(word + n);
		}
	}
}

__attribute__((no_sanitize("address"))) static void run_initcalls(void)
{
	initcall_entry_t *call;

	for (call = __initcall_start; call < __initcall_end; call++) {
		initcall_t fn;
		int ret;

		if (!*call)
			continue;
		fn = initcall_from_entry(call);
		ret = fn();
		/* -ENODEV: it found nothing to do, which the kernel passes over as well. */
		if (ret && ret != -ENODEV) {
			pr_emerg("initcall %px returned %d\n", fn, ret);
			host_panic("an initcall failed");
		}
	}
}

void kernel_boot(void)
{
	dmaf_memmap_init();
	radix_tree_init();
	parse_command_line();
	swiotlb_adjust_size(SZ_1M);
	swiotlb_init(true, 0);
	if (devices_init() || buses_init() || classes_init() || platform_bus_init())
		host_panic("the driver core did not come up");
#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0)
	/* drivers/base/init.c calls it; in 6.12 it is an initcall. */
	software_node_init();
#endif
	system_state = SYSTEM_SCHEDULING;
	run_initcalls();
	system_state = SYSTEM_RUNNING;
	dmaf_devices_init();
}
