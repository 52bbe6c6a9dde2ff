#include <cstdio>

#include "device/pci_function.h"
#include "engine/machine.h"
#include "engine/raise.h"
#include "host_bus.h"
using namespace dmafuzz;
struct R : Registers {
  uint64_t read(unsigned bar, uint64_t offset, unsigned size) override {
    std::printf("read %u %lx %u\n", bar, offset, size);
    return 0x1122334455667788;
  }
  void write(unsigned bar, uint64_t offset, unsigned size, uint64_t value) override {
    std::printf("write %u %lx %u %lx\n", bar, offset, size, value);
  }
};
int main() {
  set_log_echo(true);
  machine().boot();
  R r;
  pci_function().open({.vendor = 0x1234, .device = 1, .class_code = 0x020000}, r);
  pci_function().add_bar(0, PciFunction::BarKind::kMemory64, 0x20000);
  pci_function().add_bar(2, PciFunction::BarKind::kPorts, 64);
  void* dev = kernel_pci_scan();
  std::printf("dev %p %s\n", dev, dev ? kernel_device_name(dev) : "");
  std::printf("load %d\n", kernel_driver_load());
  std::printf("bound %d\n", kernel_device_bound(dev));
  std::printf("raise %d\n", kernel_irq_raise(16));
  kernel_driver_unload();
  std::printf("bound %d\n", kernel_device_bound(dev));
  struct kernel_driver_usage u;
  kernel_driver_usage(&u);
  std::printf("usage %lu %lu %lu %lu %lu\n", u.ioremaps, u.irqs, u.regions, u.netdevs, u.timers);
}
