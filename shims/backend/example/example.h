/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The example of docs/adding-a-wrapper.md.
 */
#ifndef DMAF_BACKEND_EXAMPLE_EXAMPLE_H
#define DMAF_BACKEND_EXAMPLE_EXAMPLE_H

#include "backend/backend.h"

#ifdef __cplusplus
extern "C" {
#endif

extern const struct dmaf_backend dmaf_backend_example;

#ifdef __cplusplus
}
#endif
#endif
