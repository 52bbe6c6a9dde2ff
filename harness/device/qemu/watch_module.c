// SPDX-License-Identifier: GPL-2.0-only
/*
 * A module that QEMU loads (QEMU_MODULE_DIR): it gives the accelerator "qtest", with which no CPU runs and time is the
 * harness's, and the device dmafuzz-watch, which puts itself between the devices of the PCI bus and memory and writes
 * down each of their accesses (watch_log.h).
 *
 * QEMU has no headers for modules of others. What is declared here is what its binary interface was in 7.2; the harness
 * builds and offers this for that version only, and QEMU itself loads a module only if it carries the stamp of its own
 * build (QEMU_STAMP, which the harness reads from a module of the installation).
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "watch_log.h"

#define EXPORTED __attribute__((visibility("default")))

/* QEMU checks for the two names when it loads the file. */
EXPORTED void QEMU_STAMP(void);
EXPORTED void QEMU_STAMP(void) {}
EXPORTED void qemu_module_dummy(void);
EXPORTED void qemu_module_dummy(void) {}

/* The object model: what a type is made of. A class begins with that of its parent. */
struct type_info {
  const char* name;
  const char* parent;
  size_t instance_size, instance_align;
  void (*instance_init)(void* object);
  void (*instance_post_init)(void* object);
  void (*instance_finalize)(void* object);
  bool abstract;
  size_t class_size;
  void (*class_init)(void* class, void* data);
  void (*class_base_init)(void* class, void* data);
  void* class_data;
  void* interfaces;
};

struct object_class {
  void *type, *interfaces;
  const char* casts[8];
  void *unparent, *properties;
};

struct accel_class {
  struct object_class parent;
  const char* name;
  int (*init_machine)(void* machine);
  void (*setup_post)(void* machine, void* accel);
  bool (*has_memory)(void* machine, void* space, uint64_t start, uint64_t size);
  int (*sstep_flags)(void);
  bool* allowed;
};

struct accel_ops_class {
  struct object_class parent;
  void (*ops_init)(void* ops);
  bool (*cpus_are_resettable)(void);
  void (*create_vcpu_thread)(void* cpu);
  void (*kick_vcpu_thread)(void* cpu);
  bool (*cpu_thread_is_idle)(void* cpu);
  void (*synchronize[5])(void* cpu);
  void (*handle_interrupt)(void* cpu, int mask);
  int64_t (*get_virtual_clock)(void);
};

struct region_ops {
  uint64_t (*read)(void* opaque, uint64_t address, unsigned size);
  void (*write)(void* opaque, uint64_t address, uint64_t data, unsigned size);
  uint32_t (*read_with_attrs)(void* opaque, uint64_t address, uint64_t* data, unsigned size, uint32_t attrs);
  uint32_t (*write_with_attrs)(void* opaque, uint64_t address, uint64_t data, unsigned size, uint32_t attrs);
  unsigned endianness;
  struct {
    unsigned min_access_size, max_access_size;
    bool unaligned;
    bool (*accepts)(void* opaque, uint64_t address, unsigned size, bool write, uint32_t attrs);
  } valid;
  struct {
    unsigned min_access_size, max_access_size;
    bool unaligned;
  } impl;
};

enum { LITTLE_ENDIAN_DEVICE = 2, INIT_TYPES = 3 };
enum { ACCESS_OK = 0, ACCESS_REFUSED = 2 };

extern bool qtest_allowed;
extern char address_space_memory;
void dummy_start_vcpu_thread(void* cpu);
int64_t qtest_get_virtual_clock(void);
void* type_register_static(const struct type_info* info);
void register_dso_module_init(void (*init)(void), int when);
void* object_resolve_path(const char* path, bool* ambiguous);
void memory_region_init_io(void* region, void* owner, const struct region_ops* ops, void* opaque, const char* name,
                           uint64_t size);
void address_space_init(void* space, void* root, const char* name);
uint32_t address_space_rw(void* space, uint64_t address, uint32_t attrs, void* bytes, uint64_t n, bool write);
void pci_setup_iommu(void* bus, void* (*space_of)(void* bus, void* opaque, int devfn), void* opaque);

static struct watch_log* watch;

static bool may(uint64_t address, unsigned size, bool write) {
  static uint32_t last;
  uint32_t i;

  /* A device mostly goes on where it was. */
  for (i = 0; i <= watch->ranges; i++) {
    uint32_t n = i ? i - 1 : last;
    const struct watch_range* range = &watch->range[n];

    if (n >= watch->ranges || address < range->address || !(write ? range->write : range->read)) continue;
    if (address - range->address > range->bytes || range->bytes - (address - range->address) < size) continue;
    last = n;
    return true;
  }
  return false;
}

/* True: it may be done. */
static bool note(uint64_t address, unsigned size, bool write) {
  struct watch_access* last = NULL;

  ++watch->tried;
  if (watch->restricted && !may(address, size, write)) {
    ++watch->refused;
    return false;
  }
  if (watch->count > WATCH_LOG_ACCESSES) return true;
  if (watch->count) last = &watch->access[watch->count - 1];
  if (last && last->write == write && last->address + last->bytes == address) {
    last->bytes += size;
    return true;
  }
  if (watch->count++ < WATCH_LOG_ACCESSES)
    watch->access[watch->count - 1] = (struct watch_access){address, size, write};
  return true;
}

static uint32_t watched_read(void* opaque, uint64_t address, uint64_t* data, unsigned size, uint32_t attrs) {
  (void)opaque;
  *data = ~UINT64_C(0);
  if (!note(address, size, false)) return ACCESS_REFUSED;
  *data = 0;
  return address_space_rw(&address_space_memory, address, attrs, data, size, false);
}

static uint32_t watched_write(void* opaque, uint64_t address, uint64_t data, unsigned size, uint32_t attrs) {
  (void)opaque;
  if (!note(address, size, true)) return ACCESS_REFUSED;
  return address_space_rw(&address_space_memory, address, attrs, &data, size, true);
}

static const struct region_ops watched = {
    .read_with_attrs = watched_read,
    .write_with_attrs = watched_write,
    .endianness = LITTLE_ENDIAN_DEVICE,
    .valid = {.min_access_size = 1, .max_access_size = 8, .unaligned = true},
    .impl = {.min_access_size = 1, .max_access_size = 8, .unaligned = true},
};

/* QEMU's own structures of 7.2 are smaller by far. */
static char region[4096] __attribute__((aligned(64)));
static char space[4096] __attribute__((aligned(64)));

static void* space_of(void* bus, void* opaque, int devfn) {
  (void)bus;
  (void)opaque;
  (void)devfn;
  return space;
}

static void give_up(const char* why) {
  fprintf(stderr, "dmafuzz-watch: %s\n", why);
  exit(1);
}

/* The device is made after the board and before the devices that are watched. */
static void watch_bus(void* object) {
  const char* log = getenv(WATCH_LOG_VARIABLE);
  void* bus = object_resolve_path("/machine/q35/pcie.0", NULL);

  (void)object;
  if (!log || !bus) give_up(log ? "the machine has no bus pcie.0" : WATCH_LOG_VARIABLE " is not set");
  watch = mmap(NULL, sizeof(*watch), PROT_READ | PROT_WRITE, MAP_SHARED, atoi(log), 0);
  if (watch == MAP_FAILED) give_up("the log cannot be mapped");
  memory_region_init_io(region, NULL, &watched, NULL, "dmafuzz-watch", UINT64_MAX);
  address_space_init(space, region, "dmafuzz-watch");
  pci_setup_iommu(bus, space_of, NULL);
  watch->version = WATCH_LOG_VERSION;
}

static int init_machine(void* machine) {
  (void)machine;
  return 0;
}

static void accel_class_init(void* class, void* data) {
  struct accel_class* accel = class;

  (void)data;
  accel->name = "dmafuzz";
  accel->init_machine = init_machine;
  accel->allowed = &qtest_allowed;
}

static void accel_ops_class_init(void* class, void* data) {
  struct accel_ops_class* ops = class;

  (void)data;
  ops->create_vcpu_thread = dummy_start_vcpu_thread;
  ops->get_virtual_clock = qtest_get_virtual_clock;
}

static const struct type_info types[] = {
    {.name = "qtest-accel", .parent = "accel", .class_init = accel_class_init},
    {.name = "qtest-accel-ops", .parent = "accel-ops", .class_init = accel_ops_class_init, .abstract = true},
    {.name = "dmafuzz-watch", .parent = "device", .instance_init = watch_bus},
};

static void register_types(void) {
  size_t i;

  for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) type_register_static(&types[i]);
}

static void __attribute__((constructor)) loaded(void) {
  register_dso_module_init(register_types, INIT_TYPES);
}
