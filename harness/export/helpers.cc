// SPDX-License-Identifier: GPL-2.0-only
//
// See helpers.h.
#include "export/helpers.h"

#include <fmt/format.h>

#include <string_view>

#include "export/c_text.h"

namespace dmafuzz {
namespace {

constexpr std::string_view kPattern = R"(/* Byte `pos` of what is written with this seed. */
static u8 pattern(u32 seed, u32 pos)
{
	return hash_32(seed * SZ_1M + pos, 8);
}

)";

constexpr std::string_view kFill = R"(static void fill_pattern(u8 *at, size_t len, u32 seed, u32 first)
{
	size_t i;

	for (i = 0; i < len; i++)
		at[i] = pattern(seed, first + i);
}

)";

constexpr std::string_view kMatching =
    R"(/* How many bytes are what was written with this seed, up to the first other. */
static size_t matching(const u8 *at, size_t len, u32 seed, u32 first)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (at[i] != pattern(seed, first + i))
			break;
	return i;
}

)";

constexpr std::string_view kZeroes = R"(/* How many bytes are zero, up to the first other. */
static size_t zeroes(const u8 *at, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (at[i])
			break;
	return i;
}

)";

constexpr std::string_view kRead = R"(static void read_bytes(const u8 *at, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		(void)READ_ONCE(at[i]);
}

)";

constexpr std::string_view kDevice = R"(/*
 * What a device finds at a DMA address. There is none: the CPU reads and writes
 * in its place, which is the same where no IOMMU is in between and the device
 * snoops the CPU's caches.
 */
static u8 *device_view(struct device *dev, dma_addr_t dma)
{
	return phys_to_virt(dma_to_phys(dev, dma));
}

)";

// `name` done to bytes `off` .. `off + len` of a mapped list, piece by piece.
std::string list_function(std::string_view name, bool pattern, bool counts) {
  CText text;
  std::vector<std::string> parameters = {"struct device *dev", "struct scatterlist *sgl", "int nents", "size_t off",
                                         "size_t len"};
  std::vector<std::string> arguments = {"device_view(dev, sg_dma_address(sg) + off)", "part"};
  if (pattern) {
    parameters.insert(parameters.end(), {"u32 seed", "u32 first"});
    arguments.insert(arguments.end(), {"seed", "first"});
  }
  const std::string_view list = name == "fill_pattern" ? "fill" : name;
  text.call(fmt::format("static {} {}_list(", counts ? "size_t" : "void", list), parameters, ")");
  text.line("{");
  text.indent();
  if (counts) text.line("size_t part, same, sum = 0;");
  text.line("struct scatterlist *sg;");
  if (!counts) text.line("size_t part;");
  text.line("int i;");
  text.line();
  text.open("for_each_sg(sgl, sg, nents, i)");
  text.open("if (off >= sg_dma_len(sg))");
  text.line("off -= sg_dma_len(sg);");
  text.line("continue;");
  text.close();
  text.line("part = min_t(size_t, sg_dma_len(sg) - off, len);");
  text.call(counts ? fmt::format("same = {}(", name) : fmt::format("{}(", name), arguments);
  if (counts) {
    text.line("sum += same;");
    text.line("if (same < part)");
    text.line("\tbreak;");
  }
  if (pattern) text.line("first += part;");
  text.line("len -= part;");
  text.line("off = 0;");
  text.line("if (!len)");
  text.line("\tbreak;");
  text.close();
  if (counts) text.line("return sum;");
  text.outdent();
  text.line("}");
  text.line();
  return text.str();
}

}  // namespace

void complete_helpers(Body& body) {
  auto& h = body.helpers;
  const auto needs = [&](Helper which, Helper other) {
    if (h.contains(which)) h.insert(other);
  };
  needs(Helper::kFillList, Helper::kFill);
  needs(Helper::kMatchingList, Helper::kMatching);
  needs(Helper::kZeroesList, Helper::kZeroes);
  if (h.contains(Helper::kDevice)) body.headers.insert({"linux/dma-direct.h", "linux/io.h"});
  if (h.contains(Helper::kFill) || h.contains(Helper::kMatching)) body.headers.insert("linux/hash.h");
}

std::string write_helpers(const std::set<Helper>& helpers) {
  const auto has = [&](Helper which) { return helpers.contains(which); };
  std::string out;
  if (has(Helper::kFill) || has(Helper::kMatching)) out += kPattern;
  if (has(Helper::kFill)) out += kFill;
  if (has(Helper::kMatching)) out += kMatching;
  if (has(Helper::kZeroes)) out += kZeroes;
  if (has(Helper::kRead)) out += kRead;
  if (has(Helper::kDevice)) out += kDevice;
  if (has(Helper::kFillList)) out += list_function("fill_pattern", true, false);
  if (has(Helper::kMatchingList)) out += list_function("matching", true, true);
  if (has(Helper::kZeroesList)) out += list_function("zeroes", false, true);
  return out;
}

}  // namespace dmafuzz
