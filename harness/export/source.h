// SPDX-License-Identifier: GPL-2.0-only
//
// A DMA program as kernel C that a maintainer can take: a KUnit suite of one case, or a module. The file says at its
// head what was found, where, and what the program is.
#ifndef DMAFUZZ_EXPORT_SOURCE_H
#define DMAFUZZ_EXPORT_SOURCE_H

#include <optional>
#include <string>

#include "export/body.h"
#include "export/judge.h"
#include "export/plan.h"
#include "program/program.h"
#include "report/finding.h"

namespace dmafuzz {

struct ExportRequest {
  std::string name;            // a C identifier: of the functions, the suite or the module
  Program program;             // as it ran, with a device that snoops the CPU's caches
  bool made_coherent = false;  // the program's own device does not
  ExportTree tree;
  std::optional<Finding> finding;
  ExportHistory history;
};

struct Exported {
  std::string refused;  // why there is no source; empty: there is
  std::string source;
  Judgement judgement;
};

Exported export_program(const ExportRequest& request, ExportForm form);

}  // namespace dmafuzz

#endif
