// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmalloc() and slab caches on the harness's slab allocator (harness/memory).
 *
 * Simplified: no memory cgroups, no NUMA nodes, no slab merging; a constructor runs at each allocation, as objects do
 * not keep their content across a free. Red zones, quarantine and stacks are the harness's.
 */
#include <linux/slab.h>
#include <linux/sched/mm.h>
#include <linux/string.h>
#include <linux/mm.h>
#include <linux/vmalloc.h>
#include <linux/version.h>
#include "host.h"
#include "host_dma.h"
#include "mm/gfp.h"
#include "mm/mm.h"

struct kmem_cache {
	int host;
	unsigned int size;
	slab_flags_t flags;
	void (*ctor)(void *object);
	const char *name;
};

/* Only ever passed back to __kmalloc_cache_*(), which go by size. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 11, 0)
kmem_buckets kmalloc_caches[NR_KMALLOC_TYPES];
#else
#error "kernel trees before 6.12 are not supported"
#endif

/* What mempools hold in reserve, in no order. */
static const void *reserve[128];
static unsigned int reserve_count;

bool dmaf_mempool_enters(void *object)
{
	if (reserve_count == ARRAY_SIZE(reserve))
		host_panic("mempools hold more than there are places for");
	reserve[reserve_count++] = object;
	return true;
}

void dmaf_mempool_leaves(void *object)
{
	unsigned int i;

	for (i = reserve_count; i--;) {
		if (reserve[i] == object) {
			reserve[i] = reserve[--reserve_count];
			return;
		}
	}
	host_panic("a mempool gives out what it never had");
}

int kernel_mempool_holds(const void *object)
{
	unsigned int i;

	for (i = 0; i < reserve_count; i++)
		if (reserve[i] == object)
			return 1;
	return 0;
}

DEFINE_STATIC_KEY_FALSE(init_on_alloc);
DEFINE_STATIC_KEY_FALSE(init_on_free);

static void *dmaf_kmalloc(size_t size, gfp_t flags)
{
	void *object;

	might_alloc(flags);
	if (!size)
		return ZERO_SIZE_PTR;
	if (size > KMALLOC_MAX_SIZE) {
		WARN_ON_ONCE(!(flags & __GFP_NOWARN));
		return NULL;
	}
	object = host_kmalloc(size, flags & __GFP_DMA ? HOST_ZONE_DMA : HOST_ZONE_NORMAL | HOST_ZONE_DMA32,
			      dmaf_alloc_flags(flags));
	return object;
}

void *__kmalloc_noprof(size_t size, gfp_t flags)
{
	return dmaf_kmalloc(size, flags);
}

void *__kmalloc_node_noprof(DECL_BUCKET_PARAMS(size, b), gfp_t flags, int node)
{
	return dmaf_kmalloc(size, flags);
}

void *__kmalloc_node_track_caller_noprof(DECL_BUCKET_PARAMS(size, b), gfp_t flags, int node, unsigned long caller)
{
	return dmaf_kmalloc(size, flags);
}

void *__kmalloc_cache_noprof(struct kmem_cache *s, gfp_t flags, size_t size)
{
	return dmaf_kmalloc(size, flags);
}

void *__kmalloc_cache_node_noprof(struct kmem_cache *s, gfp_t flags, int node, size_t size)
{
	return dmaf_kmalloc(size, flags);
}

void *__kmalloc_large_noprof(size_t size, gfp_t flags)
{
	return dmaf_kmalloc(size, flags);
}

void *__kmalloc_large_node_noprof(size_t size, gfp_t flags, int node)
{
	return dmaf_kmalloc(size, flags);
}

static void *dmaf_krealloc(const void *object, size_t size, gfp_t flags)
{
	size_t slot;
	void *fresh;

	if (!size) {
		kfree(object);
		return ZERO_SIZE_PTR;
	}
	if (ZERO_OR_NULL_PTR(object))
		return dmaf_kmalloc(size, flags);
	slot = host_ksize(object);
	if (size <= slot && size * 2 > slot) {
		host_object_resize(object, size);
		return (void *)object;
	}
	fresh = dmaf_kmalloc(size, flags);
	if (fresh) {
		host_object_resize(object, slot);
		memcpy(fresh, object, min(slot, size));
		kfree(object);
	}
	return fresh;
}

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 18, 0)
void *krealloc_node_align_noprof(const void *object, size_t size, unsigned long align, gfp_t flags, int node)
{
	return dmaf_krealloc(object, size, flags);
}
#else
void *krealloc_noprof(const void *object, size_t size, gfp_t flags)
{
	return dmaf_krealloc(object, size, flags);
}
#endif

void kfree(const void *object)
{
	if (ZERO_OR_NULL_PTR(object))
		return;
	host_kfree(object);
}

void kfree_sensitive(const void *object)
{
	if (ZERO_OR_NULL_PTR(object))
		return;
	host_object_resize(object, host_ksize(object));
	memset((void *)object, 0, host_ksize(object));
	host_kfree(object);
}

size_t ksize(const void *object)
{
	return ZERO_OR_NULL_PTR(object) ? 0 : host_ksize(object);
}

size_t kmalloc_size_roundup(size_t size)
{
	if (!size || size > KMALLOC_MAX_SIZE)
		return size;
	if (size > KMALLOC_MAX_CACHE_SIZE)
		return PAGE_SIZE << get_order(size);
	if (size > 64 && size <= 96)
		return 96;
	if (size > 128 && size <= 192)
		return 192;
	return max(roundup_pow_of_two(size), 8ul);
}

#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0)
/* 6.12 has these two in mm/util.c, which is real. */
void *__kvmalloc_node_noprof(DECL_BUCKET_PARAMS(size, b), unsigned long align, gfp_t flags, int node)
{
	return dmaf_kmalloc(size, flags);
}

void kvfree(const void *addr)
{
	if (is_vmalloc_addr(addr))
		vfree(addr);
	else
		kfree(addr);
}
#endif

struct kmem_cache *__kmem_cache_create_args(const char *name, unsigned int size, struct kmem_cache_args *args,
					    slab_flags_t flags)
{
	unsigned int align = max(args->align, (unsigned int)ARCH_SLAB_MINALIGN);
	unsigned int zones = HOST_ZONE_NORMAL | HOST_ZONE_DMA32;
	struct kmem_cache *s = dmaf_kmalloc(sizeof(*s), GFP_KERNEL | __GFP_ZERO);

	if (!s)
		return NULL;
	if (flags & SLAB_HWCACHE_ALIGN)
		align = max(align, (unsigned int)L1_CACHE_BYTES);
	if (flags & SLAB_CACHE_DMA)
		zones = HOST_ZONE_DMA;
	else if (flags & SLAB_CACHE_DMA32)
		zones = HOST_ZONE_DMA32 | HOST_ZONE_DMA;
	s->host = host_cache_create(name, size, align, zones);
	s->size = size;
	s->flags = flags;
	s->ctor = args->ctor;
	s->name = name;
	if (s->host < 0) {
		kfree(s);
		return NULL;
	}
	return s;
}

void kmem_cache_destroy(struct kmem_cache *s)
{
	if (!s)
		return;
	if (host_cache_destroy(s->host))
		WARN(1, "kmem_cache_destroy %s: objects remain", s->name);
	else
		kfree(s);
}

unsigned int kmem_cache_size(struct kmem_cache *s)
{
	return s->size;
}

void *kmem_cache_alloc_noprof(struct kmem_cache *s, gfp_t flags)
{
	void *object;

	might_alloc(flags);
	object = host_cache_alloc(s->host, s->size, dmaf_alloc_flags(flags));
	if (object && s->ctor)
		s->ctor(object);
	return object;
}

void *kmem_cache_alloc_lru_noprof(struct kmem_cache *s, struct list_lru *lru, gfp_t flags)
{
	return kmem_cache_alloc_noprof(s, flags);
}

void *kmem_cache_alloc_node_noprof(struct kmem_cache *s, gfp_t flags, int node)
{
	return kmem_cache_alloc_noprof(s, flags);
}

void kmem_cache_free(struct kmem_cache *s, void *object)
{
	host_cache_free(s->host, object);
}

void kmem_cache_free_bulk(struct kmem_cache *s, size_t count, void **objects)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (s)
			kmem_cache_free(s, objects[i]);
		else
			kfree(objects[i]);
	}
}

/* All or none: 6.12 returns how many, 7.3 whether. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0)
bool
#else
int
#endif
kmem_cache_alloc_bulk_noprof(struct kmem_cache *s, gfp_t gfp, size_t count, void **objects)
{
	size_t i;

	for (i = 0; i < count; i++) {
		objects[i] = kmem_cache_alloc(s, gfp);
		if (!objects[i]) {
			kmem_cache_free_bulk(s, i, objects);
			return 0;
		}
	}
	return count;
}

#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0)
/* Objects taken beforehand, so that taking them later cannot fail. */
struct slab_sheaf {
	unsigned int size, capacity;
	void *objects[];
};

int kmem_cache_refill_sheaf(struct kmem_cache *s, gfp_t gfp, struct slab_sheaf **sheafp, unsigned int size)
{
	struct slab_sheaf *sheaf = *sheafp;

	if (size > sheaf->capacity) {
		sheaf = krealloc(sheaf, struct_size(sheaf, objects, size), gfp);
		if (!sheaf)
			return -ENOMEM;
		sheaf->capacity = size;
		*sheafp = sheaf;
	}
	while (sheaf->size < size) {
		void *object = kmem_cache_alloc(s, gfp);

		if (!object)
			return -ENOMEM;
		sheaf->objects[sheaf->size++] = object;
	}
	return 0;
}

struct slab_sheaf *kmem_cache_prefill_sheaf(struct kmem_cache *s, gfp_t gfp, unsigned int size)
{
	struct slab_sheaf *sheaf = kzalloc(struct_size(sheaf, objects, size), gfp);

	if (!sheaf)
		return NULL;
	sheaf->capacity = size;
	if (kmem_cache_refill_sheaf(s, gfp, &sheaf, size)) {
		kmem_cache_return_sheaf(s, gfp, sheaf);
		return NULL;
	}
	return sheaf;
}

void kmem_cache_return_sheaf(struct kmem_cache *s, gfp_t gfp, struct slab_sheaf *sheaf)
{
	kmem_cache_free_bulk(s, sheaf->size, sheaf->objects);
	kfree(sheaf);
}

/* The cache's flags were obeyed when the sheaf was filled; only zeroing is left to this call. */
void *kmem_cache_alloc_from_sheaf_noprof(struct kmem_cache *s, gfp_t gfp, struct slab_sheaf *sheaf)
{
	void *object;

	if (!sheaf->size)
		return NULL;
	object = sheaf->objects[--sheaf->size];
	if (gfp & __GFP_ZERO)
		memset(object, 0, s->size);
	return object;
}

unsigned int kmem_cache_sheaf_size(struct slab_sheaf *sheaf)
{
	return sheaf->size;
}
#endif
