// SPDX-License-Identifier: GPL-2.0-only
//
// What an input did to the memory that it mapped (`dmafuzz explain`), and its two faces.
#ifndef DMAFUZZ_CLI_EXPLAIN_H
#define DMAFUZZ_CLI_EXPLAIN_H

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "cli/build.h"
#include "report/buffer_view.h"
#include "report/finding.h"
#include "report/timeline.h"

namespace dmafuzz::cli {

struct Explained {
  const Target* target = nullptr;
  std::filesystem::path file;
  std::optional<Finding> finding;
  Timeline timeline;
  BufferView view;
  std::vector<std::string> program;  // the input as text; of plain bytes its operations
  std::vector<int> lines;            // where in it each operation of the timeline is; -1: nowhere
};

// Runs the input once with a recorder. Throws Trouble if it cannot be run.
Explained explain(const Build& build, const Target& target, const std::filesystem::path& file, bool pass_known);

// Who did it (buffer_view.h); of what is no violation of DmaSan's the place of the finding.
const SourceFrame* who_did(const Explained& explained, const ViewStep& step);

// Of the folder of a finding (finding_store.h) the smallest input that shows it.
std::filesystem::path input_of_finding(const std::filesystem::path& folder);

// As text; with `colour` coloured if it goes to a terminal.
std::string explained_text(const Explained& explained, bool colour);
// All that the page shows (page.cc).
nlohmann::ordered_json explained_json(const Build& build, const Explained& explained);
// One HTML file.
std::string explained_page(const Build& build, const Explained& explained);

// "op 3 (unmap m0)" in two parts: "3", or "closing 3", and "unmap m0". Operations that have no number are the latter.
struct OperationName {
  std::string number, text;
};
OperationName operation_name(const std::string& operation);

}  // namespace dmafuzz::cli

#endif
