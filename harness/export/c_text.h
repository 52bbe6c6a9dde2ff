// SPDX-License-Identifier: GPL-2.0-only
//
// Kernel C as it is written line by line: indentation by tabs, calls and comments wrapped before column 80, and the
// words that kernel people have for numbers, directions and attributes.
#ifndef DMAFUZZ_EXPORT_C_TEXT_H
#define DMAFUZZ_EXPORT_C_TEXT_H

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dmafuzz {

class CText {
 public:
  void line(std::string_view text = {});
  // `before` ends with the opening parenthesis; continued lines stand below what follows it. `after` closes it.
  void call(std::string_view before, const std::vector<std::string>& arguments, std::string_view after = ");");
  // A line that ends in a brace, and the end of what it opened.
  void open(std::string_view text);
  void close(std::string_view after = {});
  // Lines until the matching outdent() are one tab further in; for bodies without braces.
  void indent() { ++depth_; }
  void outdent() { --depth_; }
  // At the start of the line, but for the colon.
  void label(std::string_view name);
  // Words, wrapped.
  void comment(std::string_view words);
  // Ready text, as it stands.
  void append(std::string_view text) { out_ += text; }
  const std::string& str() const { return out_; }

 private:
  std::string out_;
  unsigned depth_ = 0;
};

// Words in lines of at most `width` columns; a word that is longer has a line of its own.
std::vector<std::string> wrap_words(std::string_view words, std::size_t width);

// What a C comment can hold: nothing in it ends the comment, and it is of printable ASCII.
std::string comment_safe(std::string_view text);

// "SZ_4K", "3 * SZ_4K", "100".
std::string c_size(std::uint64_t bytes);
// "buf", "buf + 64".
std::string c_at(std::string_view base, std::uint64_t offset);
std::string c_direction(unsigned dir);
// "0", "DMA_ATTR_NO_WARN | DMA_ATTR_SKIP_CPU_SYNC".
std::string c_attrs(unsigned attrs);
// "dma_unmap_wrong_size" of any words; never empty, never a number first.
std::string c_identifier(std::string_view words);

}  // namespace dmafuzz

#endif
