/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tests ask of their driver (driver.c). Compiler types only: both sides of the seam include it. */
#ifndef DMAFUZZ_TESTS_PCI_DRIVER_H
#define DMAFUZZ_TESTS_PCI_DRIVER_H

#ifdef __cplusplus
extern "C" {
#endif

enum pci_test_flags {
  PCI_TEST_MANAGED = 1,       /* pcim_*, devm_* and dmam_* in place of pairs of calls */
  PCI_TEST_NO_IRQ = 2,        /* the tests request interrupts themselves */
  PCI_TEST_LEAK_MAPPING = 4,  /* leaves a streaming mapping behind */
  PCI_TEST_LEAK_IRQ = 8,      /* and its handler */
  PCI_TEST_LEAK_IOREMAP = 16, /* and its registers */
  PCI_TEST_LEAK_REGIONS = 32, /* and its regions */
  PCI_TEST_FAIL_LATE = 64,    /* probe fails after all has been set up, and undoes it */
  PCI_TEST_MSI = 128,         /* message signalled interrupts will do */
  PCI_TEST_MSIX = 256,
  PCI_TEST_DIRTY_PROBE = 512, /* probe fails and undoes nothing */
  PCI_TEST_WAKES = 1024,      /* its device may wake the machine, also when the driver has gone */
};
/* What its handler does. */
enum pci_test_answer {
  PCI_TEST_HANDLED,
  PCI_TEST_NONE,
  PCI_TEST_SLEEPS,
  PCI_TEST_LEAVES_ON, /* interrupts */
  PCI_TEST_SCHEDULES, /* a tasklet */
  PCI_TEST_TOUCHES,   /* a register */
  PCI_TEST_WAITS_FOR_ITSELF,
  PCI_TEST_FREES_ITSELF,
};

/* Read by the next probe. */
extern unsigned pci_test_flags;
extern int pci_test_answer;

/* What its driver for the platform bus was told by firmware; answers are 0 or error numbers. */
struct platform_test {
  unsigned probes, removes;
  int count; /* of the numbers of "list" */
  unsigned list[4], number;
  int answer, answer_absent;          /* to "number", and to a property that there is not */
  int irq, second_irq, second_window; /* the latter two there are not */
  unsigned long long window, mask;    /* bytes of registers; what it may reach without saying anything */
  unsigned long clock_rate;
};
extern struct platform_test platform_test;
unsigned platform_test_read(unsigned long offset);

/* What happened since. */
struct pci_test_counts {
  unsigned probes, removes, irqs, threads, tasklets;
  int irqs_off_in_handler, hardirq_in_handler, sleepable_in_thread;
};
extern struct pci_test_counts pci_test_counts;

/* The bound device: its interrupt (its first one), and registers: BAR 0 by address, BAR 2 by port. */
unsigned pci_test_irq(void);
unsigned long long pci_test_read(unsigned bar, unsigned long offset, unsigned size);
void pci_test_write(unsigned bar, unsigned long offset, unsigned size, unsigned long long value);
/* memset_io(), memcpy_toio() and memcpy_fromio() on BAR 0. */
void pci_test_fill(unsigned long offset, int value, unsigned size);
void pci_test_copy_to(unsigned long offset, const void* bytes, unsigned size);
void pci_test_copy_from(void* bytes, unsigned long offset, unsigned size);
void pci_test_unmap_registers(void);
/* As memory, which no driver may. */
unsigned pci_test_dereference(unsigned long offset);
/* The coherent memory of the device. */
void* pci_test_memory(void);
unsigned long long pci_test_memory_dma(void);
/* Where the bus says that a BAR is. */
unsigned long long pci_test_physical_bar(unsigned bar);

/* Interrupts by hand: `which` names one of four handlers of the test's, each with counts of its own. */
enum pci_test_handler_flags {
  PCI_TEST_SHARED = 1,
  PCI_TEST_THREADED = 2, /* its handler only wakes the thread */
  PCI_TEST_ONESHOT = 4,
  PCI_TEST_NO_AUTOEN = 8,
  PCI_TEST_NOT_MINE = 16, /* says so */
};
int pci_test_request(unsigned irq, unsigned which, unsigned flags);
void pci_test_free(unsigned irq, unsigned which);
unsigned pci_test_handled(unsigned which);
unsigned pci_test_thread_runs(unsigned which);
void pci_test_disable(unsigned irq, int nosync);
void pci_test_enable(unsigned irq);
void pci_test_synchronize(unsigned irq);
/* The CPU takes no interrupts from 1 to 0. */
void pci_test_irqs_off(int off);
void pci_test_bottom_halves_off(int off);
void pci_test_schedule_tasklet(void);

#ifdef __cplusplus
}
#endif
#endif
