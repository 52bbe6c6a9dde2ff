// SPDX-License-Identifier: GPL-2.0-only
//
// Whole files against reviewed ones in testdata/. Those were built with the kernel's own build system and run in a
// guest (ci/qemu export); here it is seen that what is written stays what it was.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "export/source.h"
#include "program/text.h"

namespace dmafuzz {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string read(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

ExportRequest request_of(const std::string& name, const std::string& text, const char* release = "7.3.4") {
  ProgramFile file;
  const auto error = parse_text("dma 1\n" + text, file);
  EXPECT_FALSE(error) << error->str("test");
  ExportRequest request;
  request.name = name;
  request.program = file.program;
  request.tree = *export_tree(release);
  return request;
}

Finding found(const char* tool, const char* id, const char* summary) {
  Finding finding;
  finding.tool = tool;
  finding.id = id;
  finding.summary = summary;
  finding.stacks.push_back({"", {{"dma_unmap_page_attrs", "kernel/dma/mapping.c", 300, 3}}});
  return finding;
}

ExportRequest unlawful() {
  ExportRequest request = request_of("unmap_wrong_size",
                                     "mode raw\nb0 = alloc pages len=4096\nm0 = map page b0 len=4096 from_device\n"
                                     "unmap m0 wrong_size\n");
  request.finding = found("DmaSan", "unmap-size-mismatch", "unmapped with 2048 bytes of 4096");
  request.finding->dma_debug = DebugVerdict::kSaid;
  request.finding->dma_debug_words = "device driver frees DMA memory with different size */";
  request.history.finding_at = 2;
  return request;
}

ExportRequest lawful() {
  return request_of(
      "every_kind",
      "device path=bounce mask=32 coherent_mask=24 max_seg=4096\n"
      "set_mask streaming bits=40\n"
      "b0 = alloc kmalloc len=256\nb1 = alloc pages len=12288 zero\nfill b0 len=256 seed=7\n"
      "m0 = map single b0+64 len=128 bidirectional attrs=no_warn\ndev_read m0 len=16\n"
      "dev_write m0+8 len=8 seed=9\nsync_for_cpu range m0+8 len=8\nunmap m0 attrs=no_warn\ncheck b0+64 len=32\n"
      "s0 = sg_alloc table b1 len=4096 count=3\nsg_map sg s0 bidirectional\n"
      "dev_read s0+4000 len=200\ndev_write s0+4000 len=5000 seed=3\nsg_unmap s0\nsg_free s0\n"
      "check b1+4000 len=100\nc0 = coherent_alloc coherent len=4096\n"
      "p0 = pool_create plain size=64 align=64\nk0 = pool_alloc p0 zero atomic\ncheck k0 len=64\n");
}

void expect_golden(const ExportRequest& request, ExportForm form, const std::string& file) {
  const Exported out = export_program(request, form);
  ASSERT_EQ(out.refused, "");
  if (out.source == read(DMAFUZZ_EXPORT_GOLDEN "/" + file)) return;
  const std::string written = testing::TempDir() + file;
  std::ofstream(written) << out.source;
  ADD_FAILURE() << "not what it was: diff testdata/" << file << " " << written;
}

TEST(Export, UnlawfulAsKunitTest) {
  expect_golden(unlawful(), ExportForm::kKunit, "unlawful.kunit");
}
TEST(Export, UnlawfulAsModule) {
  expect_golden(unlawful(), ExportForm::kModule, "unlawful.module");
}
TEST(Export, LawfulAsKunitTest) {
  expect_golden(lawful(), ExportForm::kKunit, "lawful.kunit");
}
TEST(Export, LawfulAsModule) {
  expect_golden(lawful(), ExportForm::kModule, "lawful.module");
}

TEST(Export, WhatNobodySeesIsSkipped) {
  ExportRequest request = request_of(
      "read_early", "mode raw\nb0 = alloc kmalloc len=64\nm0 = map single b0 len=64 from_device\ncheck b0 len=8\n");
  request.finding = found("DmaSan", "cpu-read-device-owned", "read");
  request.finding->dma_debug = DebugVerdict::kSilent;
  const Exported out = export_program(request, ExportForm::kKunit);
  EXPECT_THAT(out.source,
              HasSubstr("kunit_mark_skipped(test, \"no checker of the kernel's sees cpu-read-device-owned"));
  EXPECT_THAT(out.source, HasSubstr("DmaSan saw it"));
  EXPECT_THAT(out.source, HasSubstr("read_bytes(buf, 8);"));
}

TEST(Export, WordsOfTheTree) {
  const std::string text = "b0 = alloc kmalloc len=64 zero\nm0 = map phys b0 len=64 to_device\nunmap m0\n";
  const std::string now = export_program(request_of("x", text), ExportForm::kKunit).source;
  const std::string then = export_program(request_of("x", text, "6.12.1"), ExportForm::kKunit).source;
  EXPECT_THAT(now, HasSubstr("dma_unmap_phys(dev, dma, 64, DMA_TO_DEVICE, 0);"));
  EXPECT_THAT(then, Not(HasSubstr("_phys(dev")));
  EXPECT_THAT(then, HasSubstr("dma_unmap_page(dev, dma, 64, DMA_TO_DEVICE);"));
}

TEST(Export, RefusesAloud) {
  ExportRequest request = unlawful();
  request.finding->id = "device-access-unmapped";
  EXPECT_THAT(export_program(request, ExportForm::kKunit).refused, HasSubstr("the mistake is the device's"));
  request = unlawful();
  request.program.config.path = DMAF_PATH_POOL;
  EXPECT_THAT(export_program(request, ExportForm::kKunit).refused, HasSubstr("path pool"));
}

}  // namespace
}  // namespace dmafuzz
