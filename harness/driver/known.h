// SPDX-License-Identifier: GPL-2.0-only
//
// What is known to be wrong with a driver and written down (docs/findings). A campaign that stumbles over it leaves the
// input and goes on, or it would find nothing else; a file that is run shows it as before.
#ifndef DMAFUZZ_DRIVER_KNOWN_H
#define DMAFUZZ_DRIVER_KNOWN_H

#include <span>
#include <string_view>

#include "report/finding.h"

namespace dmafuzz {

struct KnownFinding {
  std::string_view driver;
  std::string_view id;
  std::string_view function;  // anywhere on the stack
  std::string_view page;      // of docs/findings
  // Against the letter of the API and without consequences, on a path that each life takes: a campaign does not even
  // leave the input. DmaSan's and warnings only.
  bool goes_on = false;
};

std::span<const KnownFinding> known_findings();
// Whether a finding of the driver with this id, raised with these calls on the stack, is one of them.
bool is_known(std::string_view driver, std::string_view id, const CallStack& calls);
// The same for those after which the input goes on.
bool goes_on(std::string_view driver, std::string_view id, const CallStack& calls);
// From now on nothing is told of them. `driver` must stay.
void pass_over_what_goes_on(std::string_view driver);

}  // namespace dmafuzz

#endif
