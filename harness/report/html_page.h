// SPDX-License-Identifier: GPL-2.0-only
//
// The page of a finding: one file that needs no network. What it shows is JSON inside of it, which its script draws;
// the template, style and script are files in report/page/, put into the program when it is built.
#ifndef DMAFUZZ_REPORT_HTML_PAGE_H
#define DMAFUZZ_REPORT_HTML_PAGE_H

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace dmafuzz {

// `text` stands in where no script runs. Nothing in title, text and data is taken for markup.
std::string html_page(std::string_view title, std::string_view text, const nlohmann::ordered_json& data);

// The characters that mean something in HTML as entities; what no HTML may hold as U+FFFD.
std::string html_escaped(std::string_view text);
// JSON that may stand in a script element: it cannot end it.
std::string script_json(const nlohmann::ordered_json& data);

}  // namespace dmafuzz

#endif
