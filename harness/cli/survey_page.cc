// SPDX-License-Identifier: GPL-2.0-only
//
// See survey_page.h.
#include "cli/survey_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "cli/storage.h"

namespace dmafuzz::cli {
namespace fs = std::filesystem;
namespace {

constexpr size_t kMaxReason = 110;

// A cell of a table: one line, nothing that Markdown takes for its own.
std::string cell(std::string text) {
  std::ranges::replace(text, '\n', ' ');
  if (text.size() > kMaxReason) text = text.substr(0, kMaxReason) + "...";
  std::string out;
  for (const char c : text) {
    if (c == '|' || c == '<' || c == '*' || c == '_' || c == '`') out += '\\';
    out += c;
  }
  return out;
}

// Registers that a search found are listed by themselves.
size_t registers_at(const std::string& device) {
  const size_t at = device.find("register = [\n");
  return at == std::string::npos ? device.size() : at;
}

std::string device_words(const SurveyRow& row) {
  if (row.model) return "its own model";
  std::string out = row.manifest ? "manifest " : "";
  const std::string lines = row.device.substr(0, registers_at(row.device));
  for (const char c : lines) {
    if (c == '"') continue;
    out += c == '\n' ? ' ' : c;
  }
  while (out.ends_with(' ')) out.pop_back();
  return row.searched ? out + ", registers below" : out;
}

}  // namespace

std::string SurveyRow::verdict() const {
  if (!not_tried.empty()) return "not tried: " + not_tried;
  const std::string_view stage = reach != Reach::kNothing ? reach_name(reach)
                                 : links                  ? "links"
                                 : compiles               ? "compiles"
                                                          : "does not compile";
  return error.empty() ? std::string(stage) : fmt::format("{}: {}", stage, error);
}

SurveyRow survey_row(const fs::path& tree, const KernelModule& module) {
  SurveyRow row;
  row.name = module.name;
  row.dir = module.dir.lexically_relative(tree);
  row.files = module.files.size();
  row.network = row.dir.starts_with("drivers/net");
  return row;
}

bool load_row(const fs::path& file, std::uint64_t key, int stands, SurveyRow& out) {
  std::ifstream in(file);
  if (!in) return false;
  try {
    const auto json = nlohmann::json::parse(in);
    if (json.at("key") != key && (!stands || json.at("reach").get<int>() < stands)) return false;
    out.name = json.at("name");
    out.dir = json.at("dir");
    out.files = json.at("files");
    out.compiles = json.at("compiles");
    out.links = json.at("links");
    out.network = json.at("network");
    out.manifest = json.at("manifest");
    out.model = json.at("model");
    out.searched = json.at("searched");
    out.libraries = json.at("libraries").get<std::vector<std::string>>();
    out.traps = json.at("traps").get<std::vector<std::string>>();
    out.reach = static_cast<Reach>(json.at("reach").get<int>());
    out.device = json.at("device");
    out.error = json.at("error");
    return true;
  } catch (const nlohmann::json::exception&) {
    return false;
  }
}

void save_row(const fs::path& file, std::uint64_t key, const SurveyRow& row) {
  const nlohmann::ordered_json json = {{"key", key},
                                       {"name", row.name},
                                       {"dir", row.dir},
                                       {"files", row.files},
                                       {"compiles", row.compiles},
                                       {"links", row.links},
                                       {"network", row.network},
                                       {"manifest", row.manifest},
                                       {"model", row.model},
                                       {"searched", row.searched},
                                       {"libraries", row.libraries},
                                       {"traps", row.traps},
                                       {"reach", static_cast<int>(row.reach)},
                                       {"device", row.device},
                                       {"error", row.error}};
  write_file(file, json.dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

std::string survey_page(const std::vector<SurveyRow>& rows, const std::string& release) {
  const auto count = [&](auto which) { return std::ranges::count_if(rows, which); };
  const auto tried = [](const SurveyRow& r) { return r.not_tried.empty(); };
  std::string out = fmt::format(
      "# How far each driver gets\n\n"
      "Made by `dmafuzz driver survey` on Linux {}; [adding-a-driver.md](adding-a-driver.md) says what the words "
      "mean.\n"
      "Where *device* says so it is a model by the manual ([drivers.md](drivers.md)), else a generic one: registers "
      "that\n"
      "keep what is written, of which nothing is known but what a reviewed *manifest* says, or what a search found "
      "out\n"
      "(`harness/driver/search.h`), which comes to the same each time. A driver that is stopped by a finding stops "
      "the\n"
      "page's life of it, not its probe: it comes to the stage that it had reached. *Traps* are functions that the "
      "driver\n"
      "calls and nobody defines.\n\n"
      "| | drivers |\n| --- | --- |\n| tried | {} |\n| compile | {} |\n| link | {} |\n",
      release, count(tried), count([](const SurveyRow& r) { return r.compiles; }),
      count([](const SurveyRow& r) { return r.links; }));
  constexpr std::pair<Reach, std::string_view> kStages[] = {{Reach::kLoads, "load"},
                                                            {Reach::kProbes, "probe their device"},
                                                            {Reach::kOpens, "open it"},
                                                            {Reach::kSends, "hand a frame to it"}};
  for (const auto& [stage, words] : kStages) {
    out += fmt::format("| {} | {} |\n", words, count([&](const SurveyRow& r) { return r.reach >= stage; }));
  }

  std::map<std::string, unsigned> missing;
  for (const SurveyRow& r : rows) {
    for (const std::string& trap : r.traps) ++missing[trap];
  }
  std::vector<std::pair<unsigned, std::string>> most;
  for (const auto& [name, n] : missing) most.emplace_back(n, name);
  std::ranges::sort(
      most, [](const auto& a, const auto& b) { return std::pair(b.first, a.second) < std::pair(a.first, b.second); });
  if (most.size() > 20) most.resize(20);
  out += "\nWhat is missing most: ";
  for (size_t i = 0; i < most.size(); ++i)
    out += fmt::format("{}`{}` ({})", i ? ", " : "", most[i].second, most[i].first);
  out +=
      ".\n\n| driver | folder | files | traps | comes to | stopped by | device |\n| --- | --- | --- | --- | --- | --- "
      "| --- |\n";
  for (const SurveyRow& r : rows) {
    if (!tried(r)) continue;
    const std::string_view stage = r.reach != Reach::kNothing ? reach_name(r.reach)
                                   : r.links                  ? "links"
                                   : r.compiles               ? "compiles"
                                                              : "nothing";
    out += fmt::format("| {} | {} | {} | {} | {} | {} | {} |\n", cell(r.name), cell(r.dir), r.files,
                       r.links ? std::to_string(r.traps.size()) : "", stage, cell(r.error), device_words(r));
  }
  out += "\n## Registers that a search found\n\nLines of a manifest's `[device]`, beside what the table has.\n";
  for (const SurveyRow& r : rows) {
    if (!r.searched) continue;
    out += fmt::format("\n{}:\n\n", cell(r.name));
    std::istringstream lines(r.device.substr(registers_at(r.device)));
    for (std::string line; std::getline(lines, line);) out += "    " + line + "\n";
  }
  std::map<std::string, std::vector<std::string>> others;
  for (const SurveyRow& r : rows) {
    if (!tried(r)) others[r.not_tried].push_back(r.name);
  }
  out += "\n## Not tried\n\n";
  for (const auto& [why, names] : others) {
    out += fmt::format("* {} ({}):", why, names.size());
    size_t column = 0;
    for (const std::string& name : names) {
      out += (column % 12 ? " " : "\n  ") + cell(name);
      ++column;
    }
    out += "\n";
  }
  return out;
}

}  // namespace dmafuzz::cli
