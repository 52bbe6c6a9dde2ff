// SPDX-License-Identifier: GPL-2.0-only
//
// Findings as SARIF 2.1.0 (OASIS, "Static Analysis Results Interchange Format"): what code hosts show beside the lines.
#ifndef DMAFUZZ_REPORT_SARIF_H
#define DMAFUZZ_REPORT_SARIF_H

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>

#include "report/finding.h"

namespace dmafuzz {

struct SarifResult {
  const Finding* finding = nullptr;  // never null
  bool is_new = true;                // baselineState "new", else "unchanged"
};

// A log of one run. File names are relative to the kernel tree or the repository as the finding has them, with their
// base under the name KERNEL (section 3.14.14); a finding without a place has no location. `tree` is the kernel's
// release, for people.
nlohmann::ordered_json to_sarif(std::span<const SarifResult> results, const std::string& tree);

}  // namespace dmafuzz

#endif
