// SPDX-License-Identifier: GPL-2.0-only
//
// Interrupts: who hears them, when, and in which context.
#include "tests/pci/fixture.h"

namespace dmafuzz {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr unsigned kIrq = 20;  // wired to nothing

class InterruptsTest : public PciTest {
 protected:
  static void run() { kernel_run_deferred(0); }
};

TEST_F(InterruptsTest, TheDriversHandlerRunsAsAHardInterrupt) {
  EXPECT_EQ(kernel_irq_raise(HOST_IRQ_PCI), KERNEL_IRQ_NOBODY);
  bind();
  EXPECT_EQ(kernel_irq_raise(HOST_IRQ_PCI), KERNEL_IRQ_HANDLED);
  EXPECT_EQ(pci_test_counts.irqs, 1u);
  EXPECT_TRUE(pci_test_counts.irqs_off_in_handler);
  EXPECT_TRUE(pci_test_counts.hardirq_in_handler);
  pci_test_answer = PCI_TEST_NONE;
  EXPECT_EQ(kernel_irq_raise(HOST_IRQ_PCI), KERNEL_IRQ_NONE);
  EXPECT_EQ(pci_test_counts.irqs, 2u);
  kernel_driver_unload();
  EXPECT_EQ(kernel_irq_raise(HOST_IRQ_PCI), KERNEL_IRQ_NOBODY);
  EXPECT_EQ(kernel_irq_raise(0), KERNEL_IRQ_NOBODY);
  EXPECT_EQ(kernel_irq_raise(HOST_IRQS), KERNEL_IRQ_NOBODY);
}

TEST_F(InterruptsTest, WaitsWhileTheCpuTakesNone) {
  bind();
  pci_test_irqs_off(1);
  EXPECT_EQ(kernel_irq_raise(HOST_IRQ_PCI), KERNEL_IRQ_WAITS);
  EXPECT_EQ(kernel_irq_raise(HOST_IRQ_PCI), KERNEL_IRQ_WAITS);
  EXPECT_EQ(pci_test_counts.irqs, 0u);
  pci_test_irqs_off(0);
  EXPECT_EQ(pci_test_counts.irqs, 1u);
  // Taken back before anybody looked.
  pci_test_irqs_off(1);
  EXPECT_EQ(kernel_irq_raise(HOST_IRQ_PCI), KERNEL_IRQ_WAITS);
  kernel_irq_lower(HOST_IRQ_PCI);
  pci_test_irqs_off(0);
  EXPECT_EQ(pci_test_counts.irqs, 1u);
}

TEST_F(InterruptsTest, WaitsWhileTheNumberIsOff) {
  ASSERT_EQ(pci_test_request(kIrq, 0, 0), 0);
  pci_test_disable(kIrq, 0);
  pci_test_disable(kIrq, 1);
  EXPECT_EQ(kernel_irq_raise(kIrq), KERNEL_IRQ_WAITS);
  pci_test_enable(kIrq);
  EXPECT_EQ(pci_test_handled(0), 0u);
  pci_test_enable(kIrq);
  EXPECT_EQ(pci_test_handled(0), 1u);
  EXPECT_EQ(kernel_irq_raise(kIrq), KERNEL_IRQ_HANDLED);
  // Switched on while the CPU takes none: it waits on.
  pci_test_disable(kIrq, 0);
  EXPECT_EQ(kernel_irq_raise(kIrq), KERNEL_IRQ_WAITS);
  pci_test_irqs_off(1);
  pci_test_enable(kIrq);
  EXPECT_EQ(pci_test_handled(0), 2u);
  pci_test_irqs_off(0);
  EXPECT_EQ(pci_test_handled(0), 3u);
  pci_test_free(kIrq, 0);
}

TEST_F(InterruptsTest, StartsSwitchedOffIfAskedTo) {
  ASSERT_EQ(pci_test_request(kIrq, 0, PCI_TEST_NO_AUTOEN), 0);
  EXPECT_EQ(kernel_irq_raise(kIrq), KERNEL_IRQ_WAITS);
  pci_test_enable(kIrq);
  EXPECT_EQ(pci_test_handled(0), 1u);
  pci_test_free(kIrq, 0);
}

TEST_F(InterruptsTest, AnAccessMayRaiseIt) {
  bind();
  unsigned raised = 0;
  registers_.on_write = [&](const Access&) {
    if (raised++ < 3) EXPECT_EQ(kernel_irq_raise(kIrq), KERNEL_IRQ_HANDLED);
  };
  ASSERT_EQ(pci_test_request(kIrq, 0, 0), 0);
  for (unsigned i = 0; i < 5; ++i) pci_test_write(0, 0, 4, 1);
  EXPECT_EQ(pci_test_handled(0), 3u);
  pci_test_free(kIrq, 0);
}

// A device that raises its interrupt in each handler must not keep the machine from going on.
TEST_F(InterruptsTest, AStormComesToAnEnd) {
  bind();
  pci_test_answer = PCI_TEST_TOUCHES;
  registers_.on_write = [](const Access&) { EXPECT_EQ(kernel_irq_raise(HOST_IRQ_PCI), KERNEL_IRQ_WAITS); };
  EXPECT_EQ(kernel_irq_raise(HOST_IRQ_PCI), KERNEL_IRQ_HANDLED);
  EXPECT_GT(pci_test_counts.irqs, 2u);
  EXPECT_LT(pci_test_counts.irqs, 100u);
  const unsigned before = pci_test_counts.irqs;
  run();
  EXPECT_GT(pci_test_counts.irqs, before);
  registers_.on_write = nullptr;
  kernel_driver_unload();
  expect_nothing_left();
}

TEST_F(InterruptsTest, SharedHandlersAreAllAsked) {
  ASSERT_EQ(pci_test_request(kIrq, 0, PCI_TEST_SHARED | PCI_TEST_NOT_MINE), 0);
  ASSERT_EQ(pci_test_request(kIrq, 1, PCI_TEST_SHARED), 0);
  EXPECT_EQ(kernel_irq_raise(kIrq), KERNEL_IRQ_HANDLED);
  EXPECT_EQ(pci_test_handled(0), 1u);
  EXPECT_EQ(pci_test_handled(1), 1u);
  pci_test_free(kIrq, 1);
  EXPECT_EQ(kernel_irq_raise(kIrq), KERNEL_IRQ_NONE);
  EXPECT_EQ(pci_test_handled(1), 1u);
  EXPECT_EQ(pci_test_request(kIrq, 2, 0), -16);  // EBUSY
  pci_test_free(kIrq, 0);
  EXPECT_EQ(pci_test_request(kIrq, 2, 0), 0);
  EXPECT_EQ(pci_test_request(kIrq, 3, PCI_TEST_SHARED), -16);
  pci_test_free(kIrq, 2);
}

TEST_F(InterruptsTest, NumbersThatThereAreNot) {
  EXPECT_EQ(pci_test_request(0, 0, 0), -22);
  EXPECT_EQ(pci_test_request(HOST_IRQS, 0, 0), -22);
}

TEST_F(InterruptsTest, ThreadsRunWhereSomebodySleeps) {
  ASSERT_EQ(pci_test_request(kIrq, 0, PCI_TEST_THREADED), 0);
  EXPECT_EQ(kernel_irq_raise(kIrq), KERNEL_IRQ_HANDLED);
  EXPECT_EQ(pci_test_handled(0), 1u);
  EXPECT_EQ(pci_test_thread_runs(0), 0u);
  // Not masked: it may be raised again, and the thread runs once for both.
  EXPECT_EQ(kernel_irq_raise(kIrq), KERNEL_IRQ_HANDLED);
  run();
  EXPECT_EQ(pci_test_thread_runs(0), 1u);
  EXPECT_TRUE(pci_test_counts.sleepable_in_thread);
  kernel_irq_raise(kIrq);
  pci_test_synchronize(kIrq);
  EXPECT_EQ(pci_test_thread_runs(0), 2u);
  kernel_irq_raise(kIrq);
  pci_test_free(kIrq, 0);
  EXPECT_EQ(pci_test_thread_runs(0), 3u);
  expect_nothing_left();
}

TEST_F(InterruptsTest, OneShotStaysMaskedUntilItsThreadHasRun) {
  ASSERT_EQ(pci_test_request(kIrq, 0, PCI_TEST_THREADED | PCI_TEST_ONESHOT), 0);
  EXPECT_EQ(kernel_irq_raise(kIrq), KERNEL_IRQ_HANDLED);
  EXPECT_EQ(kernel_irq_raise(kIrq), KERNEL_IRQ_WAITS);
  EXPECT_EQ(pci_test_handled(0), 1u);
  run();
  EXPECT_EQ(pci_test_handled(0), 2u);
  EXPECT_EQ(pci_test_thread_runs(0), 2u);
  pci_test_free(kIrq, 0);
  expect_nothing_left();
}

TEST_F(InterruptsTest, WhatIsWrongWithInterruptsIsFound) {
  EXPECT_THAT(found([] { pci_test_free(kIrq, 0); }), StartsWith("kernel-warn: "));
  EXPECT_THAT(found([] {
                pci_test_request(kIrq, 0, 0);
                pci_test_free(kIrq, 1);
              }),
              StartsWith("kernel-warn: "));
  EXPECT_THAT(found([] {
                pci_test_request(kIrq, 0, 0);
                pci_test_enable(kIrq);
              }),
              StartsWith("kernel-warn: "));
  EXPECT_THAT(found([] {
                pci_test_irqs_off(1);
                pci_test_request(kIrq, 0, 0);
              }),
              StartsWith("sleep-in-atomic: "));
  EXPECT_THAT(found([] {
                pci_test_request(kIrq, 0, 0);
                pci_test_irqs_off(1);
                pci_test_disable(kIrq, 0);
              }),
              StartsWith("sleep-in-atomic: "));
  const auto answers = [this](int answer) {
    function().unplug();
    bind();
    pci_test_answer = answer;
    return found([] { kernel_irq_raise(HOST_IRQ_PCI); });
  };
  EXPECT_THAT(answers(PCI_TEST_SLEEPS), StartsWith("sleep-in-atomic: "));
  EXPECT_THAT(answers(PCI_TEST_LEAVES_ON), AllOf(StartsWith("irq-state-leak: "), HasSubstr("an interrupt handler")));
  EXPECT_THAT(answers(PCI_TEST_WAITS_FOR_ITSELF), StartsWith("hang: "));
  EXPECT_THAT(answers(PCI_TEST_FREES_ITSELF), StartsWith("kernel-warn: "));
}

TEST_F(InterruptsTest, SoftirqsRunAfterTheHandler) {
  bind();
  pci_test_answer = PCI_TEST_SCHEDULES;
  kernel_irq_raise(HOST_IRQ_PCI);
  EXPECT_EQ(pci_test_counts.tasklets, 1u);
  // Not on top of code that keeps bottom halves off, but as soon as it lets them.
  pci_test_bottom_halves_off(1);
  EXPECT_EQ(kernel_irq_raise(HOST_IRQ_PCI), KERNEL_IRQ_HANDLED);
  EXPECT_EQ(pci_test_counts.irqs, 2u);
  EXPECT_EQ(pci_test_counts.tasklets, 1u);
  pci_test_bottom_halves_off(0);
  EXPECT_EQ(pci_test_counts.tasklets, 2u);
  // What is scheduled outside of interrupts waits for somebody to sleep, or for bottom halves.
  pci_test_schedule_tasklet();
  EXPECT_EQ(pci_test_counts.tasklets, 2u);
  run();
  EXPECT_EQ(pci_test_counts.tasklets, 3u);
}

// ---- message signalled

class MsiTest : public InterruptsTest {
 protected:
  static constexpr uint64_t kTable = 0x800;  // in BAR 0

  // 64-bit address, no masks: control, address, address, data.
  unsigned add_msi() {
    const uint8_t body[] = {0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    const uint8_t writable[] = {0x71, 0, 0xfc, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    return function().add_capability(5, body, 14, writable);
  }
  // `vectors` entries of a table in BAR 0, pending bits behind it.
  unsigned add_msix(unsigned vectors) {
    const uint8_t body[] = {static_cast<uint8_t>(vectors - 1), 0, kTable & 0xff, kTable >> 8, 0, 0, 0, 0x0c, 0, 0};
    const uint8_t writable[] = {0, 0xc0, 0, 0, 0, 0, 0, 0, 0, 0};
    return function().add_capability(0x11, body, 12, writable);
  }
};

TEST_F(MsiTest, TheDeviceIsGivenANumber) {
  show();
  const unsigned at = add_msi();
  bind(PCI_TEST_MSI);
  EXPECT_EQ(function().config_read(at + 2, 2) & 1, 1u);
  EXPECT_EQ(function().config_read(at + 4, 4), HOST_MSI_ADDRESS);
  EXPECT_EQ(function().config_read(at + 8, 4), 0u);
  const unsigned irq = function().config_read(at + 12, 2);
  EXPECT_EQ(irq, unsigned{HOST_IRQ_MSI});
  EXPECT_EQ(irq, pci_test_irq());
  EXPECT_TRUE(function().interrupts_off());
  EXPECT_EQ(kernel_irq_raise(irq), KERNEL_IRQ_HANDLED);
  EXPECT_EQ(kernel_irq_raise(HOST_IRQ_PCI), KERNEL_IRQ_NOBODY);
  kernel_driver_unload();
  EXPECT_EQ(function().config_read(at + 2, 2) & 1, 0u);
  EXPECT_FALSE(function().interrupts_off());
  EXPECT_EQ(kernel_irq_raise(irq), KERNEL_IRQ_NOBODY);
  expect_nothing_left();
}

TEST_F(MsiTest, ATableOfNumbers) {
  for (const unsigned flags : {unsigned{PCI_TEST_MSIX}, unsigned{PCI_TEST_MSIX | PCI_TEST_MANAGED}}) {
    show();
    const unsigned at = add_msix(3);
    bind(flags);
    EXPECT_EQ(function().config_read(at + 2, 2) & 0xc000, 0x8000u);  // on, not masked
    for (unsigned i = 0; i < 3; ++i) {
      EXPECT_EQ(registers_.read(0, kTable + 16 * i, 4), HOST_MSI_ADDRESS);
      EXPECT_EQ(registers_.read(0, kTable + 16 * i + 8, 4), HOST_IRQ_MSI + i);
      // The driver has a handler for the first alone.
      EXPECT_EQ(registers_.read(0, kTable + 16 * i + 12, 4) & 1, i ? 1u : 0u) << i;
    }
    EXPECT_EQ(kernel_irq_raise(HOST_IRQ_MSI), KERNEL_IRQ_HANDLED);
    EXPECT_EQ(kernel_irq_raise(HOST_IRQ_MSI + 1), KERNEL_IRQ_NOBODY);
    pci_test_disable(HOST_IRQ_MSI, 0);
    EXPECT_EQ(registers_.read(0, kTable + 12, 4) & 1, 1u);
    pci_test_enable(HOST_IRQ_MSI);
    EXPECT_EQ(registers_.read(0, kTable + 12, 4) & 1, 0u);
    kernel_driver_unload();
    EXPECT_EQ(function().config_read(at + 2, 2) & 0x8000, 0u);
    expect_nothing_left();
    machine().reset();
  }
}

// With a table that is the function's own: what the device has to tell goes out as the driver wrote it down.
TEST_F(MsiTest, TheDeviceWritesItsMessages) {
  show();
  function().add_messages(3, 0, kTable, 0xc00);
  bind(PCI_TEST_MSIX);
  PciFunction::Message message = {};
  function().signal(0);
  ASSERT_TRUE(function().next_message(message));
  EXPECT_EQ(message.address, HOST_MSI_ADDRESS);
  EXPECT_EQ(message.data, unsigned{HOST_IRQ_MSI});
  EXPECT_EQ(kernel_irq_raise(message.data), KERNEL_IRQ_HANDLED);
  EXPECT_FALSE(function().next_message(message));
  // Vectors without a handler are masked, and so is one that is switched off: they wait.
  function().signal(2);
  EXPECT_FALSE(function().next_message(message));
  pci_test_disable(HOST_IRQ_MSI, 0);
  function().signal(0);
  EXPECT_FALSE(function().next_message(message));
  EXPECT_EQ(pci_test_read(0, 0xc00, 4), 5u);
  pci_test_enable(HOST_IRQ_MSI);
  ASSERT_TRUE(function().next_message(message));
  EXPECT_EQ(message.data, unsigned{HOST_IRQ_MSI});
  kernel_driver_unload();
  EXPECT_FALSE(function().messages_on());
  function().signal(0);
  EXPECT_FALSE(function().next_message(message));
  expect_nothing_left();
}

TEST_F(MsiTest, FallsBackToThePin) {
  bind(PCI_TEST_MSI | PCI_TEST_MSIX);
  EXPECT_EQ(pci_test_irq(), unsigned{HOST_IRQ_PCI});
}

}  // namespace
}  // namespace dmafuzz
