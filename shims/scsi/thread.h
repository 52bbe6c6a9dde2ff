/* SPDX-License-Identifier: GPL-2.0-only */
/* What hosts.c and scsi_error.c have in place of threads (scsi.cmake). */
#ifndef DMAF_SCSI_THREAD_H
#define DMAF_SCSI_THREAD_H

#include <linux/sched.h>

void dmaf_scsi_schedule(void);
struct task_struct *dmaf_scsi_thread_create(int (*function)(void *data), void *data, int node, const char name[], ...);
int dmaf_scsi_thread_stop(struct task_struct *task);
bool dmaf_scsi_thread_should_stop(void);
int dmaf_scsi_thread_wake(struct task_struct *task);

#endif
