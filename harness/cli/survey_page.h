// SPDX-License-Identifier: GPL-2.0-only
//
// What a survey found out of each driver, how it is kept, and the page that it makes (docs/driver-survey.md).
#ifndef DMAFUZZ_CLI_SURVEY_PAGE_H
#define DMAFUZZ_CLI_SURVEY_PAGE_H

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "cli/driver_try.h"
#include "kbuild/kbuild.h"

namespace dmafuzz::cli {

struct SurveyRow {
  std::string name, dir;
  std::size_t files = 0;
  std::string not_tried;  // why; the rest is then empty
  bool compiles = false, links = false, network = false, manifest = false;
  bool model = false;     // the device is a model of its own, by its manual
  bool searched = false;  // registers of the device were found by a search
  std::vector<std::string> traps;
  Reach reach = Reach::kNothing;
  std::vector<std::string> libraries;  // modules that are loaded before it
  std::string device;                  // lines of the manifest that got it there
  std::string error;                   // what stopped it

  // In a few words: "opens", "links: unshimmed-symbol ...".
  std::string verdict() const;
};

SurveyRow survey_row(const std::filesystem::path& tree, const KernelModule& module);

// False: there is none of that key, nor (unless that is 0) one of any key that came as far as `stands` (Reach).
bool load_row(const std::filesystem::path& file, std::uint64_t key, int stands, SurveyRow& out);
void save_row(const std::filesystem::path& file, std::uint64_t key, const SurveyRow& row);

std::string survey_page(const std::vector<SurveyRow>& rows, const std::string& release);

}  // namespace dmafuzz::cli

#endif
