// SPDX-License-Identifier: GPL-2.0-only
//
// The files of report/page/, as the build found them (page_files.cc.in).
#ifndef DMAFUZZ_REPORT_PAGE_FILES_H
#define DMAFUZZ_REPORT_PAGE_FILES_H

#include <string_view>

namespace dmafuzz {

extern const std::string_view kPageTemplate, kPageStyle, kPageScript;

}  // namespace dmafuzz

#endif
