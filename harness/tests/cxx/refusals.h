// SPDX-License-Identifier: GPL-2.0-only
//
// What backend cxx answers to mistakes: refused by type, or an error of dmaxx at run time, and never a call that DmaSan
// would have to find.
#ifndef DMAFUZZ_TESTS_CXX_REFUSALS_H
#define DMAFUZZ_TESTS_CXX_REFUSALS_H

#include "engine/executor.h"

namespace dmafuzz {

// How many operations were answered otherwise than expected; says which.
unsigned wrong_refusals(Executor& executor);

}  // namespace dmafuzz

#endif
