// SPDX-License-Identifier: GPL-2.0-only
//
// See html_page.h.
#include "report/html_page.h"

#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "report/page_files.h"

namespace dmafuzz {

std::string html_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default: {
        const auto byte = static_cast<unsigned char>(c);
        if ((byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7f) {
          out += "\xef\xbf\xbd";
        } else {
          out += c;
        }
      }
    }
  }
  return out;
}

// All in strings: outside of them JSON has none of these.
std::string script_json(const nlohmann::ordered_json& data) {
  std::string out;
  // With all beyond ASCII as \u, so that the two separators that JavaScript takes for line ends are not there either.
  for (const char c : data.dump(-1, ' ', true, nlohmann::ordered_json::error_handler_t::replace)) {
    if (c == '<') {
      out += "\\u003c";
    } else if (c == '>') {
      out += "\\u003e";
    } else if (c == '&') {
      out += "\\u0026";
    } else {
      out += c;
    }
  }
  return out;
}

std::string html_page(std::string_view title, std::string_view text, const nlohmann::ordered_json& data) {
  const std::array<std::pair<std::string_view, std::string>, 5> parts = {{
      {"@TITLE@", html_escaped(title)},
      {"@STYLE@", std::string(kPageStyle)},
      {"@SCRIPT@", std::string(kPageScript)},
      {"@TEXT@", html_escaped(text)},
      {"@DATA@", script_json(data)},
  }};
  // From left to right: what was put in is not looked at again.
  std::string out;
  for (std::string_view rest = kPageTemplate; !rest.empty();) {
    std::size_t at = rest.size();
    const std::pair<std::string_view, std::string>* next = nullptr;
    for (const auto& part : parts) {
      if (const std::size_t found = rest.find(part.first); found < at) {
        at = found;
        next = &part;
      }
    }
    out += rest.substr(0, at);
    rest.remove_prefix(at);
    if (!next) break;
    out += next->second;
    rest.remove_prefix(next->first.size());
  }
  return out;
}

}  // namespace dmafuzz
