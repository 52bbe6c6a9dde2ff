/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What back end `rust` offers of a program.
 */
#ifndef DMAF_BACKEND_RUST_OFFERS_H
#define DMAF_BACKEND_RUST_OFFERS_H

#include "backend/backend.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Says of each operation, before the program runs: 0, it is offered; DMAF_ST_NOT_OFFERED; DMAF_ST_REFUSED_BY_TYPE. An
 * operation on an object whose making was refused has the status of that. Reckons with success of all that is offered
 * and with nothing of what is not, so that the program that is left is offered as a whole.
 */
void dmaf_rust_offers(const struct dmaf_config *config, const struct dmaf_op *ops, dmaf_u32 count, dmaf_s32 *status);

#ifdef __cplusplus
}
#endif

#endif
