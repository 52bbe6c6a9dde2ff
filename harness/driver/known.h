// SPDX-License-Identifier: GPL-2.0-only
//
// What is known to be wrong with a driver and written down (docs/findings). A campaign that stumbles over it leaves the
// input and goes on, or it would find nothing else; a file that is run shows it as before.
#ifndef DMAFUZZ_DRIVER_KNOWN_H
#define DMAFUZZ_DRIVER_KNOWN_H

#include <cstdint>
#include <span>
#include <string_view>

#include "life/life.h"
#include "report/finding.h"

namespace dmafuzz {

// Against the letter of the API and without consequences, on a path that each life takes: a campaign does not even
// leave the input. Of DmaSan's and of warnings only.
enum class GoesOn : uint8_t {
  kNo,
  kThere,     // `function` is the innermost one of the driver's
  kMappedBy,  // `function` mapped the memory
};

struct KnownFinding {
  std::string_view driver;
  std::string_view id;
  // Anywhere on the stack. Of a leak: of whoever made what is left. Of a sanitizer: the function that it checks, or the
  // innermost one of the driver's. Empty: whatever is on the stack.
  std::string_view function;
  std::string_view page;  // of docs/findings
  GoesOn goes_on = GoesOn::kNo;
  bool slept = false;  // only of a life in which the machine slept
  // Not if this is on the stack of who raised it.
  std::string_view outside = {};
};

std::span<const KnownFinding> known_findings();
// The machine slept in the life that runs, or it begins.
void set_slept(bool slept);
// Whether the finding, raised with these calls on the stack while the device was of this degree, is one of those of the
// driver that end an input. `failing`: an allocation or a mapping was made to fail. By a device that is better than its
// page says, or without a failure where it says that there is one, it would be something else.
bool is_known(std::string_view driver, const Finding& finding, const CallStack& calls, Degree degree, bool failing);
// The same for those after which the input goes on; `mapped` is the stack of the mapping, if it is about one.
GoesOn goes_on(std::string_view driver, std::string_view id, const CallStack& calls, const CallStack& mapped = {});
// From now on nothing is told of them. `driver` must stay.
void pass_over_what_goes_on(std::string_view driver);

}  // namespace dmafuzz

#endif
