/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Backend `cxx`: DMA programs through dmaxx, the C++ wrapper of the DMA API (shims/cxx/dmaxx).
 */
#ifndef DMAF_BACKEND_CXX_CXX_H
#define DMAF_BACKEND_CXX_CXX_H

#include "backend/backend.h"

#ifdef __cplusplus
extern "C" {
#endif

extern const struct dmaf_backend dmaf_backend_cxx;

/*
 * Whether the wrapper can say this operation at all: 0, DMAF_ST_NOT_OFFERED (it is the harness's, or the path has no
 * such thing: backend `c` then answers so as well) or DMAF_ST_REFUSED_BY_TYPE. From the operation alone: what an
 * object's state makes impossible is answered when it is run. It runs each lawful operation that backend `c` runs.
 */
dmaf_s32 dmaf_cxx_offers(const struct dmaf_op *op, const struct dmaf_config *config);

#ifdef __cplusplus
}
#endif
#endif
