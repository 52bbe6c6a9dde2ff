# SPDX-License-Identifier: GPL-2.0-only
# Scheduling, time, interrupts and what surrounds the driver core.

shim_objects(shim_sched FILES sched/core.c sched/kthread.c sched/mutex.c sched/rwsem.c sched/wait.c sched/workqueue.c
  sched/rcu.c sched/async.c sched/cpuhp.c time/clock.c time/timer.c irq/irq.c)
shim_objects(shim_base FILES driver-core/sysfs.c driver-core/debugfs.c driver-core/files.c driver-core/pci-none.c
  driver-core/power.c)
shim_objects(shim_sched_test FILES sched/self_test.c)
