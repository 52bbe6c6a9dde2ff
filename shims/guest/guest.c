// SPDX-License-Identifier: GPL-2.0-only
/*
 * The guest's module: finds the box that it shares with the harness (guest.h), runs the DMA programs in it through
 * backend `c`, and writes down what came of each operation. All of it when it is loaded, in the process that loads it.
 */
#include <linux/delay.h>
#include <linux/io.h>
#include <linux/module.h>
#include <linux/vmalloc.h>
#include "backend/c/interp.h"
#include "guest/guest_module.h"

/* QEMU's ivshmem-plain; its BAR 2 is the box. */
#define BOX_VENDOR 0x1af4
#define BOX_DEVICE 0x1110
#define BOX_BAR	   2
/* QEMU's pvpanic, docs/specs/pvpanic of QEMU */
#define PVPANIC_PORT	 0x505
#define PVPANIC_PANICKED 1

/* What the device was told of an object: where its bytes are. */
struct segments {
	struct dmaf_segment seg[DMAF_SG_MAX];
	u32 count;
};

static struct dmaf_guest_box *box;
static u64 box_size;
static struct dmaf_c *state;
static struct segments (*objects)[DMAF_HANDLES]; /* by class and handle */
static u8 *bytes;

/* Whether a list is mapped, where the operation needs one that is; what does not exist at all the interpreter sees. */
static bool runnable(const struct dmaf_op *op)
{
	bool needs = op->code == DMAF_OP_SG_UNMAP;

	if (op->code == DMAF_OP_SYNC_CPU || op->code == DMAF_OP_SYNC_DEV || op->code == DMAF_OP_DEV_READ ||
	    op->code == DMAF_OP_DEV_WRITE)
		needs = op->cls == DMAF_SG;
	return !needs || op->flags & DMAF_F_STALE || (state->sg[op->h].live && state->sg[op->h].mapped);
}

static bool exists(const struct dmaf_op *op)
{
	switch (op->cls) {
	case DMAF_MAP:
		return dmaf_c_usable(op, state->map[op->h].live);
	case DMAF_SG:
		return dmaf_c_usable(op, state->sg[op->h].live);
	case DMAF_COH:
		return dmaf_c_usable(op, state->coh[op->h].live);
	case DMAF_BLK:
		return dmaf_c_usable(op, state->blk[op->h].live);
	}
	return false;
}

/* The device reads or writes what it was told of the object, at most to its end. */
static void device_access(const struct dmaf_op *op, struct dmaf_result *r)
{
	const struct segments *o = &objects[op->cls][op->h];
	u64 off = op->off;
	u32 done = 0, i, part;

	if (!exists(op)) {
		r->status = DMAF_ST_DEAD_HANDLE;
		return;
	}
	/* Who knows which registers of which device lie there. */
	if (op->cls == DMAF_MAP && state->map[op->h].kind == DMAF_MAP_RESOURCE) {
		r->status = DMAF_GUEST_LEFT_OUT;
		return;
	}
	dmaf_pattern_bytes(bytes, op->val, op->off, op->code == DMAF_OP_DEV_WRITE ? op->len : 0);
	for (i = 0; i < o->count && done < op->len; i++) {
		if (off >= o->seg[i].len) {
			off -= o->seg[i].len;
			continue;
		}
		part = min_t(u64, o->seg[i].len - off, op->len - done);
		if (op->code == DMAF_OP_DEV_WRITE)
			dmaf_edu_write(o->seg[i].dma + off, bytes + done, part);
		else
			dmaf_edu_read(o->seg[i].dma + off, bytes + done, part);
		done += part;
		off = 0;
	}
	if (done < op->len)
		r->status = -EFAULT;
}

static unsigned int makes(const struct dmaf_op *op)
{
	static const u8 classes[DMAF_OP_COUNT] = {
#define DMAF_OP(name, text, makes, takes, fields) [DMAF_OP_##name] = DMAF_##makes,
#include "backend/ops.def"
	};

	return op->code == DMAF_OP_SG_MAP ? DMAF_SG : classes[op->code];
}

/* Remembers where the device finds what an operation made or mapped. */
static void note(const struct dmaf_op *op, const struct dmaf_result *r)
{
	unsigned int cls = makes(op);
	struct segments *o = &objects[cls][op->h];

	if (cls == DMAF_NONE || cls == DMAF_BUF || cls == DMAF_POOL)
		return;
	o->count = r->status ? 0 : min_t(u32, r->nseg, DMAF_SG_MAX);
	memcpy(o->seg, r->seg, o->count * sizeof(o->seg[0]));
}

static void run_op(const struct dmaf_op *op, struct dmaf_result *r)
{
	memset(r, 0, sizeof(*r));
	r->bytes = bytes;
	if (!runnable(op)) {
		r->status = DMAF_GUEST_LEFT_OUT;
		return;
	}
	switch (op->code) {
	case DMAF_OP_DEV_READ:
	case DMAF_OP_DEV_WRITE:
		device_access(op, r);
		break;
	case DMAF_OP_RUN_WORK:
		msleep(20);
		break;
	case DMAF_OP_PASS_TIME:
		msleep(op->len / NSEC_PER_MSEC + 1);
		break;
	case DMAF_OP_CACHE_EVICT: /* the machine's caches and memory never differ */
		break;
	default:
		dmaf_backend_c.exec(state, op, r);
		note(op, r);
	}
}

static bool reads(const struct dmaf_op *op)
{
	return op->code == DMAF_OP_CHECK || op->code == DMAF_OP_DEV_READ;
}

static void put_record(u32 program, const struct dmaf_guest_op *op, const struct dmaf_result *r, long live)
{
	struct dmaf_guest_record record = {
		.program = program,
		.index = op->index,
		.origin = op->origin,
		.status = r->status,
		.value = r->value,
		.nseg = r->nseg,
		.bytes = r->status == 0 && reads(&op->op) ? op->op.len : 0,
		.live = live,
	};
	u8 *to = (u8 *)box + box->out + box->out_used;
	u32 i;

	for (i = 0; i < r->nseg; i++)
		record.mapped += r->seg[i].len;
	memcpy(to, &record, sizeof(record));
	memcpy(to + sizeof(record), bytes, record.bytes);
	/* Whoever finds a guest dead goes by this. */
	WRITE_ONCE(box->out_used, box->out_used + sizeof(record) + dmaf_guest_padded(record.bytes));
}

/* The most that a program's records can take. */
static u64 room_for(const struct dmaf_guest_program *program, const struct dmaf_guest_op *ops)
{
	u64 room = sizeof(struct dmaf_guest_record);
	u32 i;

	for (i = 0; i < program->count; i++)
		room += sizeof(struct dmaf_guest_record) + (reads(&ops[i].op) ? dmaf_guest_padded(ops[i].op.len) : 0);
	return room;
}

static bool valid(const struct dmaf_guest_op *op)
{
	return op->op.code < DMAF_OP_COUNT && op->op.h < DMAF_HANDLES && op->op.src < DMAF_HANDLES &&
	       op->op.cls < DMAF_CLASSES &&
	       (op->op.len <= DMAF_OBJECT_MAX ||
		(!reads(&op->op) && op->op.code != DMAF_OP_FILL && op->op.code != DMAF_OP_DEV_WRITE));
}

static void give_back(unsigned int code, unsigned int cls, unsigned int h)
{
	struct dmaf_op op = {.code = code, .cls = cls, .h = h};
	struct dmaf_result r = {};

	dmaf_backend_c.exec(state, &op, &r);
}

/*
 * What the program left, so that the next one finds nothing of it. What the device managed went with its driver if that
 * is gone.
 */
static void give_back_all(bool unbound)
{
	u32 h;

	for (h = 0; h < DMAF_HANDLES; h++) {
		if (state->map[h].live)
			give_back(DMAF_OP_UNMAP, DMAF_MAP, h);
		if (state->sg[h].live && state->sg[h].mapped)
			give_back(DMAF_OP_SG_UNMAP, DMAF_SG, h);
		if (state->sg[h].live)
			give_back(DMAF_OP_SG_FREE, DMAF_SG, h);
		if (state->blk[h].live && !unbound)
			give_back(DMAF_OP_POOL_FREE, DMAF_BLK, h);
		if (state->coh[h].live && !(unbound && state->coh[h].kind == DMAF_COH_MANAGED))
			give_back(DMAF_OP_COH_FREE, DMAF_COH, h);
	}
	for (h = 0; h < DMAF_HANDLES; h++) {
		if (state->pool[h].pool && !unbound)
			give_back(DMAF_OP_POOL_DESTROY, DMAF_POOL, h);
		if (state->buf[h].live)
			give_back(DMAF_OP_FREE, DMAF_BUF, h);
	}
}

/*
 * Gives back what an operation is about to make anew. A lawful program makes nothing twice; but where something came
 * out otherwise than in userspace, its operations no longer fit, and what they lost would be the next program's.
 */
static void make_room(const struct dmaf_op *op)
{
	u32 h = op->h;

	switch (makes(op)) {
	case DMAF_MAP:
		if (state->map[h].live)
			give_back(DMAF_OP_UNMAP, DMAF_MAP, h);
		break;
	case DMAF_SG:
		if (state->sg[h].live && state->sg[h].mapped)
			give_back(DMAF_OP_SG_UNMAP, DMAF_SG, h);
		if (state->sg[h].live && op->code != DMAF_OP_SG_MAP)
			give_back(DMAF_OP_SG_FREE, DMAF_SG, h);
		break;
	case DMAF_COH:
		if (state->coh[h].live)
			give_back(DMAF_OP_COH_FREE, DMAF_COH, h);
		break;
	case DMAF_BLK:
		if (state->blk[h].live)
			give_back(DMAF_OP_POOL_FREE, DMAF_BLK, h);
		break;
	}
}

static bool run_program(const struct dmaf_guest_program *program, const struct dmaf_guest_op *ops)
{
	const struct dmaf_guest_op end = {.index = DMAF_GUEST_END, .origin = DMAF_GUEST_CLOSING};
	long before = dmaf_debug_entries();
	struct dmaf_result result = {};
	struct device *dev;
	u32 i, cls;

	pr_info(DMAF_GUEST_LOG_BEGIN "%u\n", program->number);
	dev = dmaf_edu_open();
	if (!dev || before < 0) {
		pr_err("dmafuzz guest: %s\n", dev ? "dma-debug does not say what it knows" : "no device");
		return false;
	}
	if (!dmaf_edu_is_on(program->config.path)) {
		pr_err("dmafuzz guest: the device does not reach memory as programs of path %u do\n",
		       program->config.path);
		return false;
	}
	memset(state, 0, sizeof(*state));
	for (cls = 0; cls < DMAF_CLASSES; cls++)
		for (i = 0; i < DMAF_HANDLES; i++)
			objects[cls][i].count = 0;
	dmaf_backend_c.begin(state, dev, &program->config);
	for (i = 0; i < program->count; i++) {
		if (!valid(&ops[i])) {
			pr_err("dmafuzz guest: operation %u makes no sense\n", i);
			return false;
		}
		if (program->lawful)
			make_room(&ops[i].op);
		run_op(&ops[i].op, &result);
		put_record(program->number, &ops[i], &result, dmaf_debug_entries() - before);
	}
	dmaf_backend_c.end(state);
	memset(&result, 0, sizeof(result));
	put_record(program->number, &end, &result, dmaf_debug_entries() - before);
	/* A lawful program leaves something only where it came out otherwise than in userspace, which is said by then.
	 */
	if (program->lawful)
		give_back_all(false);
	dmaf_edu_close();
	/* Addresses whose invalidation is put off are not the next program's lack. */
	if (program->config.path == DMAF_PATH_IOMMU_LAZY)
		msleep(30);
	pr_info(DMAF_GUEST_LOG_END "%u\n", program->number);
	if (!program->lawful)
		give_back_all(true);
	return true;
}

static u32 run_all(void)
{
	u64 at = box->in;
	u32 i;

	for (i = 0; i < box->programs; i++) {
		const struct dmaf_guest_program *program = (void *)box + at;
		const struct dmaf_guest_op *ops = (const void *)(program + 1);

		if (at + sizeof(*program) > box->out || program->count > DMAF_GUEST_OPS ||
		    at + sizeof(*program) + program->count * sizeof(*ops) > box->out) {
			pr_err("dmafuzz guest: program %u of the box makes no sense\n", i);
			return DMAF_GUEST_BROKEN;
		}
		if (room_for(program, ops) > box->out_size - box->out_used)
			return DMAF_GUEST_FULL;
		if (!run_program(program, ops))
			return DMAF_GUEST_BROKEN;
		at += sizeof(*program) + program->count * sizeof(*ops);
	}
	return DMAF_GUEST_DONE;
}

static int open_box(struct pci_dev *dev)
{
	int ret = pci_enable_device(dev);

	if (ret)
		return ret;
	box_size = pci_resource_len(dev, BOX_BAR);
	if (box_size < sizeof(*box))
		return -EINVAL;
	box = memremap(pci_resource_start(dev, BOX_BAR), box_size, MEMREMAP_WB);
	return box ? 0 : -ENOMEM;
}

/*
 * The machine stops here, and goes on, from a snapshot and once or many times, when there is something in the box
 * (harness/cli/guest_snapshot.h).
 */
static int await_box(void)
{
	dmaf_edu_stop();
	outb(PVPANIC_PANICKED, PVPANIC_PORT);
	dmaf_edu_go_on();
	if (READ_ONCE(box->magic) != DMAF_GUEST_MAGIC || box->abi != DMAF_GUEST_ABI || box->in > box->out ||
	    box->out > box_size || box->out_size > box_size - box->out || box->out_used) {
		pr_err("dmafuzz guest: the box makes no sense, or is of another version\n");
		return -EINVAL;
	}
	return 0;
}

static int __init guest_init(void)
{
	struct pci_dev *dev = pci_get_device(BOX_VENDOR, BOX_DEVICE, NULL);
	int ret;

	if (!dev) {
		pr_info("dmafuzz guest: nothing to do\n");
		return 0;
	}
	ret = open_box(dev);
	if (ret)
		goto put;
	ret = -ENOMEM;
	state = vzalloc(dmaf_backend_c.state_size);
	objects = vzalloc(sizeof(struct segments) * DMAF_CLASSES * DMAF_HANDLES);
	bytes = vmalloc(DMAF_OBJECT_MAX);
	if (!state || !objects || !bytes)
		goto free;
	ret = dmaf_debug_open();
	if (ret) {
		pr_err("dmafuzz guest: no dma-debug\n");
		goto free;
	}
	ret = dmaf_edu_init();
	if (ret) {
		pr_err("dmafuzz guest: no edu device\n");
		goto close;
	}
	ret = await_box();
	if (!ret) {
		WRITE_ONCE(box->state, DMAF_GUEST_RUNNING);
		box->state = run_all();
	}
	dmaf_edu_exit();
close:
	dmaf_debug_close();
free:
	vfree(bytes);
	vfree(objects);
	vfree(state);
	memunmap(box);
put:
	pci_dev_put(dev);
	return ret;
}

static void __exit guest_exit(void)
{
}

module_init(guest_init);
module_exit(guest_exit);
MODULE_DESCRIPTION("Replays DMA programs of dmafuzz on a real kernel");
MODULE_LICENSE("GPL");
