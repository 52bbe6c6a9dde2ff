/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of the boot tell each other. */
#ifndef DMAF_BOOT_H
#define DMAF_BOOT_H

/* Makes and binds one device a path. */
void dmaf_devices_init(void);
/* Whether a test asked for the warning that is being raised; with `count`, the test counts it. */
bool dmaf_warning_expected(bool count);

#endif
