// SPDX-License-Identifier: GPL-2.0-only
#include "report/junit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dmafuzz {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string document(const JunitCase& one) {
  return to_junit("run", std::vector<JunitSuite>{{.name = "target", .cases = {one}}});
}

TEST(Junit, Whole) {
  const std::vector<JunitSuite> suites = {
      {.name = "iova",
       .cases = {{.name = "seeds/a.hex"},
                 {.name = "seeds/b.hex",
                  .outcome = JunitCase::Outcome::kFailed,
                  .message = "expected clean, got hang",
                  .type = "hang",
                  .details = "report\n"}},
       .seconds = 1.5},
      {.name = "qemu_nvme",
       .cases = {{.name = "all", .outcome = JunitCase::Outcome::kSkipped, .message = "no QEMU"},
                 {.name = "it", .outcome = JunitCase::Outcome::kError, .message = "died", .output = "said"}}}};
  EXPECT_EQ(
      to_junit("dmafuzz regress", suites),
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<testsuites name=\"dmafuzz regress\" tests=\"4\" failures=\"1\" errors=\"1\" skipped=\"1\" time=\"1.500\">\n"
      "  <testsuite name=\"iova\" tests=\"2\" failures=\"1\" errors=\"0\" skipped=\"0\" time=\"1.500\">\n"
      "    <testcase classname=\"iova\" name=\"seeds/a.hex\"/>\n"
      "    <testcase classname=\"iova\" name=\"seeds/b.hex\">\n"
      "      <failure message=\"expected clean, got hang\" type=\"hang\">report\n</failure>\n"
      "    </testcase>\n"
      "  </testsuite>\n"
      "  <testsuite name=\"qemu_nvme\" tests=\"2\" failures=\"0\" errors=\"1\" skipped=\"1\">\n"
      "    <testcase classname=\"qemu_nvme\" name=\"all\">\n"
      "      <skipped message=\"no QEMU\"/>\n"
      "    </testcase>\n"
      "    <testcase classname=\"qemu_nvme\" name=\"it\">\n"
      "      <error message=\"died\" type=\"error\"/>\n"
      "      <system-out>said</system-out>\n"
      "    </testcase>\n"
      "  </testsuite>\n"
      "</testsuites>\n");
}

TEST(Junit, MarkupIsText) {
  const std::string text = document({.name = "<a href=\"x\">&\n",
                                     .outcome = JunitCase::Outcome::kFailed,
                                     .message = "it's",
                                     .type = "x",
                                     .details = "]]> <b> \"&amp;\"\r"});
  EXPECT_THAT(text, HasSubstr("name=\"&lt;a href=&quot;x&quot;&gt;&amp;&#10;\""));
  EXPECT_THAT(text, HasSubstr(">]]&gt; &lt;b&gt; \"&amp;amp;\"&#13;</failure>"));
}

TEST(Junit, WhatXmlCannotHold) {
  const auto details = [](std::string text) {
    return document({.name = "n", .outcome = JunitCase::Outcome::kFailed, .type = "x", .details = std::move(text)});
  };
  EXPECT_THAT(details(std::string("a\0b\x1b[31m\x7f\tc", 11)), HasSubstr(">a?b?[31m\x7f\tc<"));
  // As they are: characters of two, three and four bytes.
  EXPECT_THAT(details("\xc3\xa4 \xe2\x82\xac \xf0\x9f\x90\xa7"), HasSubstr(">\xc3\xa4 \xe2\x82\xac \xf0\x9f\x90\xa7<"));
  // Cut off, overlong, a surrogate, beyond the last, not a character, a byte that never is one.
  EXPECT_THAT(details("\xe2\x82"), HasSubstr(">?\?<"));
  EXPECT_THAT(details("\xc0\xaf"), HasSubstr(">?\?<"));
  EXPECT_THAT(details("\xed\xa0\x80"), HasSubstr(">??\?<"));
  EXPECT_THAT(details("\xf4\x90\x80\x80"), HasSubstr(">???\?<"));
  EXPECT_THAT(details("\xef\xbf\xbf"), HasSubstr(">??\?<"));
  EXPECT_THAT(details("\xff"), HasSubstr(">\?<"));
  EXPECT_THAT(details("\xf0\x9f\x90"), Not(HasSubstr("\xf0")));
}

TEST(Junit, Nothing) {
  EXPECT_EQ(to_junit("run", {}),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            "<testsuites name=\"run\" tests=\"0\" failures=\"0\" errors=\"0\" skipped=\"0\">\n"
            "</testsuites>\n");
}

}  // namespace
}  // namespace dmafuzz
