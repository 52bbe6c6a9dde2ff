// SPDX-License-Identifier: GPL-2.0-only
//
// Delta debugging of a driver's life, as reduce.h does it of DMA programs: operations go, then the device becomes
// plainer, then numbers shrink.
#ifndef DMAFUZZ_CLI_REDUCE_LIFE_H
#define DMAFUZZ_CLI_REDUCE_LIFE_H

#include <functional>

#include "life/life.h"

namespace dmafuzz::cli {

// `judge` says whether the candidate still shows what is looked for, `enough` ends the reduction with the best so far.
// `life` itself is taken for interesting.
Life reduce_life(Life life, const std::function<bool(const Life&)>& judge, const std::function<bool()>& enough);

}  // namespace dmafuzz::cli

#endif
