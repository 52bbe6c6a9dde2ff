// SPDX-License-Identifier: GPL-2.0-only
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "guest/account.h"
#include "guest/box.h"
#include "guest/verdict.h"
#include "program/text.h"

namespace dmafuzz {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

Program program_of(const std::string& text) {
  ProgramFile file;
  const auto error = parse_text(text, file);
  EXPECT_FALSE(error) << error->str("test");
  return file.program;
}

Program read_back() {
  return program_of(
      "dma 1\ndevice path=direct max_seg=4096\nb0 = alloc kmalloc len=64\nfill b0 len=64 seed=3\n"
      "m0 = map single b0 len=64 to_device\ndev_read m0 len=8\nunmap m0\n");
}

// What such a program comes to where all is well, and two of five bytes are promised.
Account account_of(const Program& program) {
  Account account;
  account.program = program;
  for (size_t i = 0; i < program.ops.size(); ++i) {
    AccountedOp& one = account.ops.emplace_back();
    one.op = program.ops[i];
    one.result.record.index = static_cast<dmaf_u32>(i);
    one.result.record.origin = DMAF_GUEST_PROGRAM;
    one.result.record.live = one.op.code == DMAF_OP_MAP || one.op.code == DMAF_OP_DEV_READ;
    if (one.op.code != DMAF_OP_DEV_READ) continue;
    one.result.bytes = {1, 2, 3, 4, 5, 6, 7, 8};
    one.result.record.bytes = 8;
    one.known = {1, 1, 0, 0, 0, 0, 0, 0};
  }
  account.whole = true;
  return account;
}

// The same from a guest.
std::vector<GuestRecord> records_of(const Account& account, uint32_t number) {
  std::vector<GuestRecord> records;
  for (const dmaf_guest_op& op : setup_operations(account.program.config)) {
    records.emplace_back().record.origin = op.origin;
    records.back().record.index = op.index;
  }
  for (const AccountedOp& op : account.ops) records.push_back(op.result);
  records.emplace_back().record.index = DMAF_GUEST_END;
  records.back().record.origin = DMAF_GUEST_CLOSING;
  for (GuestRecord& record : records) record.record.program = number;
  return records;
}

GuestRecord& of_operation(std::vector<GuestRecord>& records, uint32_t index) {
  for (GuestRecord& one : records) {
    if (one.record.origin == DMAF_GUEST_PROGRAM && one.record.index == index) return one;
  }
  throw std::logic_error("no such operation");
}

class GuestVerdictTest : public testing::Test {
 protected:
  GuestVerdict verdict(const std::vector<std::string>& reports = {}) const {
    return compare_with_guest(account_, records_, reports);
  }
  Account account_ = account_of(read_back());
  std::vector<GuestRecord> records_ = records_of(account_, 7);
};

TEST_F(GuestVerdictTest, SameIsEqual) {
  EXPECT_EQ(verdict().agreement, Agreement::kEqual) << verdict().what;
  EXPECT_EQ(verdict().compared, 5u);
}

TEST_F(GuestVerdictTest, APlantedByteIsFound) {
  of_operation(records_, 3).bytes[1] ^= 1;
  EXPECT_EQ(verdict().agreement, Agreement::kDiffers);
  EXPECT_EQ(verdict().aspect, "bytes");
  EXPECT_THAT(verdict().what, HasSubstr("byte 1 "));
  EXPECT_THAT(verdict().where, HasSubstr("dev_read m0"));
}

TEST_F(GuestVerdictTest, BytesThatNobodyPromisedAreNotCompared) {
  of_operation(records_, 3).bytes[2] ^= 1;
  EXPECT_EQ(verdict().agreement, Agreement::kEqual);
}

TEST_F(GuestVerdictTest, ResultsDiffer) {
  of_operation(records_, 2).record.status = -ENOMEM;
  EXPECT_EQ(verdict().agreement, Agreement::kDiffers);
  EXPECT_THAT(verdict().what, HasSubstr("ok in userspace, no memory in the guest"));
  account_.ops[2].open = true;
  EXPECT_EQ(verdict().agreement, Agreement::kOpen);
  EXPECT_EQ(verdict().compared, 2u);
}

// How many entries a list has hangs on the machine, and dma-debug counts them; all else is compared.
TEST_F(GuestVerdictTest, ListsOfOtherEntries) {
  account_ = account_of(program_of(
      "dma 1\ndevice path=direct\nb0 = alloc vmalloc len=20480 zero\ns0 = sg_alloc from_pages b0 len=4096 count=5\n"
      "sg_map sgtable s0 to_device\nb1 = alloc kmalloc len=64 zero\nm0 = map single b1 len=64 to_device\ndev_read m0 "
      "len=8\nunmap m0\n"));
  records_ = records_of(account_, 7);
  of_operation(records_, 1).record.value = 2;
  of_operation(records_, 2).record.live = 2;
  EXPECT_EQ(verdict().agreement, Agreement::kEqual) << verdict().what;
  EXPECT_EQ(verdict().compared, account_.ops.size());
  // What differs then may come of it.
  of_operation(records_, 5).bytes[0] ^= 1;
  EXPECT_EQ(verdict().agreement, Agreement::kOpen);
  EXPECT_THAT(verdict().what, AllOf(HasSubstr("byte 0 "), HasSubstr("side by side")));
  records_.back().record.live = 1;
  of_operation(records_, 5).bytes[0] ^= 1;
  EXPECT_EQ(verdict().aspect, "live mappings");
}

TEST_F(GuestVerdictTest, MappingsDiffer) {
  of_operation(records_, 4).record.live = 1;
  EXPECT_EQ(verdict().aspect, "live mappings");
}

TEST_F(GuestVerdictTest, MappingsLeftAtTheEnd) {
  records_.back().record.live = 1;
  EXPECT_EQ(verdict().aspect, "live mappings");
  EXPECT_EQ(verdict().where, "");
}

TEST_F(GuestVerdictTest, ADeadGuest) {
  records_.resize(records_.size() - 2);  // the end, and unmap
  EXPECT_EQ(verdict().aspect, "death");
  EXPECT_THAT(verdict().where, HasSubstr("unmap m0"));
  records_ = records_of(account_, 7);
  records_.pop_back();
  EXPECT_EQ(verdict().aspect, "death");
  records_.clear();
  EXPECT_EQ(verdict().agreement, Agreement::kNotRun);
}

TEST_F(GuestVerdictTest, AReportOnALawfulProgram) {
  EXPECT_EQ(verdict({"DMA-API: oh"}).aspect, "report");
  const std::string refusal = "WARNING: kernel/dma/swiotlb.c:1 at swiotlb_map+0x3ad/0x800, CPU#0";
  EXPECT_EQ(verdict({refusal}).aspect, "report");
  account_.ops[2].open = true;
  EXPECT_EQ(verdict({refusal}).agreement, Agreement::kEqual);
  EXPECT_EQ(verdict({refusal, "DMA-API: oh"}).aspect, "report");
  account_.program.lawful = false;
  EXPECT_EQ(verdict({"DMA-API: oh"}).agreement, Agreement::kEqual);
}

TEST(GuestBox, ProgramsAndRecords) {
  const Account account = account_of(read_back());
  const std::vector<GuestProgram> programs = {account.guest(3), account.guest(4)};
  EXPECT_EQ(programs[0].ops.size(), 3u + 5u);  // two masks, a longest segment
  std::vector<uint8_t> box(8192);
  ASSERT_EQ(fill_box(programs, box), 2u);
  EXPECT_EQ(read_box(box).state, DMAF_GUEST_ASLEEP);
  EXPECT_TRUE(read_box(box).records.empty());

  // What a guest does with it.
  dmaf_guest_box head;
  std::memcpy(&head, box.data(), sizeof head);
  dmaf_guest_program second;
  std::memcpy(&second, box.data() + head.in + sizeof second + programs[0].ops.size() * sizeof(dmaf_guest_op),
              sizeof second);
  EXPECT_EQ(second.number, 4u);
  EXPECT_EQ(second.count, programs[1].ops.size());
  dmaf_guest_record record{};
  record.program = 4;
  record.bytes = 3;
  std::memcpy(box.data() + head.out, &record, sizeof record);
  std::memcpy(box.data() + head.out + sizeof record, "abc", 3);
  head.out_used = sizeof record + 8;
  head.state = DMAF_GUEST_RUNNING;
  std::memcpy(box.data(), &head, sizeof head);
  const GuestAnswer answer = read_box(box);
  EXPECT_EQ(answer.state, DMAF_GUEST_RUNNING);
  ASSERT_EQ(answer.records.size(), 1u);
  EXPECT_THAT(answer.records[0].bytes, ElementsAre('a', 'b', 'c'));
  head.out_used = sizeof record;  // the bytes are missing
  std::memcpy(box.data(), &head, sizeof head);
  EXPECT_THROW(read_box(box), std::runtime_error);
}

TEST(GuestBox, WhatDoesNotFitStaysOut) {
  const Account account = account_of(read_back());
  const std::vector<GuestProgram> programs(20, account.guest(1));
  std::vector<uint8_t> box(4096);
  const size_t fit = fill_box(programs, box);
  EXPECT_GT(fit, 0u);
  EXPECT_LT(fit, 20u);
}

TEST(GuestAccount, ThereAndBack) {
  Account account = account_of(read_back());
  account.ops[1].open = true;
  std::vector<uint8_t> file;
  const auto add = [&](const std::vector<uint8_t>& part) { file.insert(file.end(), part.begin(), part.end()); };
  add(account_begin(account.program));
  for (const AccountedOp& op : account.ops) add(account_op(op));
  add(account_end());
  add(account_begin(account.program));
  add(account_op(account.ops[0]));
  const std::vector<Account> read = read_accounts(file);
  ASSERT_EQ(read.size(), 2u);
  EXPECT_TRUE(read[0].whole);
  EXPECT_TRUE(read[0].program == account.program);
  ASSERT_EQ(read[0].ops.size(), 5u);
  EXPECT_TRUE(read[0].ops[1].open);
  EXPECT_FALSE(read[0].ops[2].open);
  EXPECT_EQ(read[0].ops[3].result.bytes, account.ops[3].result.bytes);
  EXPECT_EQ(read[0].ops[3].known, account.ops[3].known);
  EXPECT_FALSE(read[1].whole);
  file.pop_back();  // its writer died
  EXPECT_EQ(read_accounts(file)[1].ops.size(), 0u);
}

TEST(GuestAccount, WhatAFindingCutShortGoesOnInTheGuest) {
  Account account = account_of(
      program_of("dma 1\nmode raw\ndevice path=direct\nb0 = alloc kmalloc len=64\nm0 = map single b0 len=64 to_device\n"
                 "unmap m0 wrong_size\ndev_write m0 len=8 seed=1 stale\nfree b0\n"));
  account.whole = false;
  account.ops.resize(2);
  const std::vector<dmaf_guest_op> ops = account.guest(0).ops;
  ASSERT_EQ(ops.size(), 2u + 2u + 2u);
  EXPECT_EQ(ops[4].op.code, DMAF_OP_UNMAP);
  EXPECT_EQ(ops[5].op.code, DMAF_OP_FREE);  // without the write of the device
  EXPECT_EQ(ops[5].index, 4u);
}

TEST(GuestLog, ReportsByProgram) {
  const auto reports = reports_by_program(
      "[    0.1] DMA-API: preallocated 65536 debug entries\r\n"
      "[    1.0] dmafuzz guest: program 3\r\n"
      "[    1.1] WARNING: CPU: 0 PID: 1 at kernel/dma/debug.c:1 check_unmap+0x1\r\n"
      "[    1.1] dmafuzz 0000:00:02.0: DMA-API: device driver frees DMA memory with different size\r\n"
      "[    1.1] DMA-API: Mapped at:\r\n"
      "[    1.2] dmafuzz guest: end of program 3\r\n"
      "[    1.3] BUG: between programs\r\n"
      "[    1.4] dmafuzz guest: program 12\r\n"
      "[    1.5] BUG: KASAN: slab-use-after-free in x\r\n"
      "[    1.6] BUG: KASAN: slab-use-after-free in x\r\n"
      "[    1.7] Kernel panic - not syncing\r\n"
      "[    1.8] dmafuzz guest: program 13\r\n"
      "[    1.9] DMAR: DRHD: handling fault status reg 2\r\n"
      "[    1.9] DMAR: [DMA Read NO_PASID] Request device [00:02.0] fault addr 0xfffff000 [fault reason 0x06] PTE\r\n"
      "[    2.0] virtio_iommu virtio0: page fault from EP 16 at 0xfffff000 [R]\r\n");
  ASSERT_EQ(reports.size(), 3u);
  EXPECT_THAT(reports.at(13), ElementsAre(HasSubstr("DMAR: [DMA Read"), HasSubstr("page fault from EP")));
  EXPECT_THAT(reports.at(3),
              ElementsAre("dmafuzz 0000:00:02.0: DMA-API: device driver frees DMA memory with different size"));
  EXPECT_THAT(reports.at(12), ElementsAre("BUG: KASAN: slab-use-after-free in x", "Kernel panic - not syncing"));
}

}  // namespace
}  // namespace dmafuzz
