// SPDX-License-Identifier: GPL-2.0-only
//
// No text can become markup or end the script that it is in.
#include "report/html_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace dmafuzz {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kHostile = "</script><script>alert('1 & 2')</script><!-- @DATA@ \"\x01\xff\xe2\x80\xa8";

std::size_t count(std::string_view text, std::string_view what) {
  std::size_t n = 0;
  for (std::size_t at = text.find(what); at != text.npos; at = text.find(what, at + 1)) ++n;
  return n;
}

TEST(HtmlPage, TextStaysText) {
  EXPECT_EQ(html_escaped("<a href=\"x\">'&'</a>"), "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;");
  EXPECT_EQ(html_escaped("a\tb\nc"), "a\tb\nc");
  EXPECT_EQ(html_escaped(std::string_view("\x1b[1m\0", 5)), "\xef\xbf\xbd[1m\xef\xbf\xbd");
}

TEST(HtmlPage, DataStaysData) {
  const nlohmann::ordered_json data = {{"a", "</script>"}, {"b", "\xe2\x80\xa8"}};
  const std::string text = script_json(data);
  EXPECT_THAT(text, Not(HasSubstr("<")));
  EXPECT_THAT(text, Not(HasSubstr("\xe2")));
  EXPECT_EQ(nlohmann::ordered_json::parse(text), data);
}

TEST(HtmlPage, NothingBreaksOut) {
  const nlohmann::ordered_json nothing = {{"a", "b"}};
  const nlohmann::ordered_json data = {{std::string(kHostile.substr(0, 20)), kHostile}};
  const std::string plain = html_page("t", "t", nothing), page = html_page(kHostile, kHostile, data);
  for (const std::string_view tag : {"<script", "</script", "<!--"})
    EXPECT_EQ(count(page, tag), count(plain, tag)) << tag;
  // What was put in is not taken for a place to put something.
  EXPECT_EQ(count(page, "@DATA@"), 4u) << "in the title, twice, in the text and in the data";
  EXPECT_EQ(count(page, "application/json"), 1u);
  EXPECT_THAT(page, Not(HasSubstr(std::string_view("\x01"))));
}

TEST(HtmlPage, NeedsNoNetwork) {
  const std::string page = html_page("t", "t", {{"a", "b"}});
  for (const std::string_view word : {"http://", "https://", "src=", "@import", "url(http", "fetch("}) {
    // The name of SVG is an address that nobody goes to.
    EXPECT_EQ(count(page, word), word == "http://" ? 1u : 0u) << word;
  }
  for (const std::string_view word : {"innerHTML", "insertAdjacentHTML", "document.write", "eval("})
    EXPECT_EQ(count(page, word), 0u) << word;
}

}  // namespace
}  // namespace dmafuzz
