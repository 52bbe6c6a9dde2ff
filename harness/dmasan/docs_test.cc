// SPDX-License-Identifier: GPL-2.0-only
//
// docs/checks.md and docs/checks/ID.md say of each check what checks.def says. Run with DMAFUZZ_UPDATE_GOLDEN=1 to have
// the table in docs/checks.md written anew; pages are for people to write.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "dmasan/checks.h"

namespace dmafuzz {
namespace {

namespace fs = std::filesystem;
using ::testing::AnyOf;
using ::testing::Eq;
using ::testing::HasSubstr;

const fs::path kDocs = DMAFUZZ_DOCS;
constexpr std::string_view kSeen = "Seen by dma-debug: ";

std::string read(const fs::path& path) {
  std::ifstream in(path);
  return (std::ostringstream() << in.rdbuf()).str();
}

std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) out.push_back(line);
  return out;
}

fs::path page_of(const CheckInfo& check) {
  return kDocs / "checks" / fmt::format("{}.md", check.id);
}

// "yes", "no" or "in part", as the page has it.
std::string seen_by_debug(const CheckInfo& check) {
  for (const std::string& line : lines(read(page_of(check)))) {
    if (line.starts_with(kSeen) && line.ends_with('.'))
      return line.substr(kSeen.size(), line.size() - kSeen.size() - 1);
  }
  return "";
}

std::string table() {
  std::string out = "| check | | it means | dma-debug sees it |\n| --- | --- | --- | --- |\n";
  for (const CheckInfo& check : kChecks) {
    out += fmt::format("| [{0}](checks/{0}.md) | {1} | {2} | {3} |\n", check.id, severity_name(check.severity),
                       check.meaning, seen_by_debug(check));
  }
  return out;
}

class Page : public testing::TestWithParam<CheckInfo> {};

TEST_P(Page, SaysWhatTheTableOfChecksSays) {
  const CheckInfo& check = GetParam();
  const std::string text = read(page_of(check));
  const std::vector<std::string> all = lines(text);
  ASSERT_GT(all.size(), 20u) << page_of(check);
  std::string severity(severity_name(check.severity));
  severity[0] = static_cast<char>(severity[0] - 'a' + 'A');
  EXPECT_EQ(all[0], fmt::format("# {}", check.id));
  EXPECT_EQ(all[2], fmt::format("{}: {}.", severity, check.meaning));
  EXPECT_THAT(seen_by_debug(check), AnyOf(Eq("yes"), Eq("no"), Eq("in part")));
  for (const char* part : {"\n## Why it is a bug\n", "\n## Wrong\n\n```c\n", "\n## Right\n\n```c\n", "\n- **Bites:** ",
                           "\n- **Rule:** ", "\n- **dma-debug:** ", "\n- **Limits:** "}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
  const bool error = check.severity == CheckSeverity::kError;
  EXPECT_THAT(text, HasSubstr(fmt::format("`--checks={}{}`", error ? "-" : "", check.id)));
  for (const std::string& line : all) EXPECT_LE(line.size(), 120u) << line;
}

INSTANTIATE_TEST_SUITE_P(Docs, Page, testing::ValuesIn(kChecks), [](const auto& info) {
  std::string name(info.param.id);
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

TEST(Docs, EachPageHasItsCheck) {
  for (const auto& entry : fs::directory_iterator(kDocs / "checks")) {
    EXPECT_TRUE(find_check(entry.path().stem().native())) << entry.path();
  }
}

TEST(Docs, TheIndexIsUpToDate) {
  const fs::path file = kDocs / "checks.md";
  const std::string text = read(file), wanted = table();
  const size_t begin = text.find("| check |");
  ASSERT_NE(begin, std::string::npos);
  const size_t end = std::min(text.find("\n\n", begin) + 1, text.size());
  if (std::getenv("DMAFUZZ_UPDATE_GOLDEN")) {
    std::ofstream(file) << text.substr(0, begin) << wanted << text.substr(end);
    return;
  }
  EXPECT_EQ(text.substr(begin, end - begin), wanted) << "to write it anew: DMAFUZZ_UPDATE_GOLDEN=1";
}

}  // namespace
}  // namespace dmafuzz
