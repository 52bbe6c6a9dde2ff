// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The shaper: each rule by examples, written as text programs, and what must hold for every program: shaping twice is
// shaping once, and what is lawful is left alone.
#include "program/shape.h"

#include <gtest/gtest.h>

#include <string>

#include "program/generate.h"
#include "program/text.h"

namespace dmafuzz {
namespace {

// Parses operations without the parser's own check of lawfulness.
Program parse_raw(const std::string& device, const std::string& ops) {
  ProgramFile file;
  std::string text = "dma 1\n" + device + "\nmode raw\n" + ops;
  std::optional<TextError> error = parse_text(text, file);
  EXPECT_FALSE(error) << error.value_or(TextError()).str("row") << "\n" << text;
  return file.program;
}

struct Row {
  const char* rule;
  const char* device;  // "" is the default
  const char* before;  // lawful as it stands
  const char* op;
  const char* result;  // what it is repaired into; "" dropped; "=" left alone
};

constexpr const char* kNoncoherent = "device path=direct noncoherent";
constexpr const char* kIommu = "device path=iommu";

const Row kRows[] = {
    // Handles
    {"R1", "", "b0 = alloc kmalloc len=8\n", "b0 = alloc kmalloc len=64", "b1 = alloc kmalloc len=64"},
    {"R1", "", "b3 = alloc kmalloc len=8\n", "free b9", "free b3"},
    {"R1", "", "", "free b9", ""},
    {"R1", "", "", "m0 = map single b0 len=8 from_device", ""},
    {"R1", "", "", "sync_for_cpu m0 len=8", ""},
    {"R1", "", "", "dev_write k0 len=8", ""},
    // Buffers
    {"R2", "", "b0 = alloc kmalloc len=64\nm0 = map single b0 len=64 from_device\n", "free b0", ""},
    {"R2", "", "b0 = alloc kmalloc len=64\ns0 = sg_alloc table b0 len=8 count=2\n", "free b0", ""},
    {"R2", "", "b0 = alloc kmalloc len=64\nb1 = alloc kmalloc len=8\nm0 = map single b0 len=64 from_device\n",
     "free b0", "free b1"},
    {"R3", "", "", "b0 = alloc kmalloc", "b0 = alloc kmalloc len=1"},
    {"R3", "", "", "b0 = alloc pages len=1M", "="},
    {"R3", "", "", "b0 = alloc kmalloc len=262145", "b0 = alloc kmalloc len=2"},
    {"R3", "", "", "b0 = alloc cache len=4097", "b0 = alloc cache len=2"},
    {"R3", "", "", "b0 = alloc resource len=100", "b0 = alloc resource len=4096"},
    {"R3", kNoncoherent, "", "b0 = alloc cache len=100", "b0 = alloc cache len=128"},
    {"R4", "", "", "b0 = alloc kmalloc len=8 atomic zero", "="},
    {"R4", "", "", "b0 = alloc vmalloc len=8 atomic zero", "b0 = alloc vmalloc len=8 zero"},
    {"R4", "", "", "b0 = alloc cache len=8 atomic", "b0 = alloc cache len=8"},
    {"R4", "", "", "c0 = coherent_alloc coherent len=8 atomic", "="},
    {"R4", "", "", "c0 = coherent_alloc managed len=8 atomic", "c0 = coherent_alloc managed len=8"},
    {"R4", "", "c0 = coherent_alloc coherent len=8\n", "coherent_free c0 atomic", "coherent_free c0"},
    // Mapping
    {"R5", "", "b0 = alloc kmalloc len=64\n", "m0 = map single b0 from_device", "m0 = map single b0 len=1 from_device"},
    {"R5", "", "b0 = alloc kmalloc len=64\n", "m0 = map single b0+60 len=64 from_device",
     "m0 = map single b0+60 len=4 from_device"},
    {"R5", "", "b0 = alloc kmalloc len=64\n", "m0 = map single b0+65 len=2 from_device",
     "m0 = map single b0+1 len=2 from_device"},
    {"R5", "", "b0 = alloc kmalloc len=64 zero\n", "m0 = map single b0 len=8 none",
     "m0 = map single b0 len=8 bidirectional"},
    {"R6", "", "b0 = alloc vmalloc len=8192\n", "m0 = map single b0+4000 len=200 from_device",
     "m0 = map page b0+4000 len=96 from_device"},
    {"R7", "", "b0 = alloc resource len=8192\n", "m0 = map single b0+4097 len=8 to_device",
     "m0 = map resource b0+4096 len=4096 to_device"},
    {"R7", "", "b0 = alloc kmalloc len=64\n", "m0 = map resource b0 len=8 from_device",
     "m0 = map single b0 len=8 from_device"},
    {"R7", "", "b0 = alloc resource len=4096\n", "fill b0 len=8 seed=1", ""},
    {"R7", "", "b0 = alloc resource len=4096\nm0 = map resource b0 len=4096 bidirectional\n", "dev_read m0 len=8", ""},
    {"R7", "device mask=31", "b0 = alloc resource len=4096\n", "m0 = map resource b0 len=4096 to_device", ""},
    {"R7", "device path=iommu mask=31", "b0 = alloc resource len=4096\n", "m0 = map resource b0 len=4096 to_device",
     "="},
    {"R8", "", "b0 = alloc kmalloc len=64\nm0 = map single b0 len=32 from_device\n",
     "m1 = map single b0+31 len=8 from_device", ""},
    {"R8", "", "b0 = alloc kmalloc len=64\nm0 = map single b0 len=32 from_device\n",
     "m1 = map single b0+32 len=8 from_device", "="},
    {"R8", kNoncoherent, "b0 = alloc kmalloc len=512 zero\nm0 = map single b0 len=32 to_device\n",
     "m1 = map single b0+127 len=8 to_device", ""},
    {"R8", kNoncoherent, "b0 = alloc kmalloc len=512 zero\nm0 = map single b0 len=32 to_device\n",
     "m1 = map single b0+128 len=8 to_device", "="},
    {"R8", "", "b0 = alloc kmalloc len=64\ns0 = sg_alloc table b0 len=8 count=2 gap=16\nsg_map sg s0 from_device\n",
     "m0 = map single b0+24 len=8 from_device", ""},
    {"R8", "", "b0 = alloc kmalloc len=64\ns0 = sg_alloc table b0 len=8 count=2 gap=16\nsg_map sg s0 from_device\n",
     "m0 = map single b0+8 len=16 from_device", "="},
    {"R8", "",
     "b0 = alloc kmalloc len=64\ns0 = sg_alloc table b0 len=8 count=2\nm0 = map single b0+9 len=1 from_device\n",
     "sg_map sg s0 from_device", ""},
    {"R9", kNoncoherent, "b0 = alloc kmalloc len=512\n", "m0 = map single b0+130 len=2 from_device",
     "m0 = map single b0+128 len=128 from_device"},
    {"R9", kNoncoherent, "b0 = alloc kmalloc len=200\n", "m0 = map single b0+130 len=2 from_device",
     "m0 = map single b0+128 len=72 from_device"},
    {"R9", kNoncoherent, "b0 = alloc kmalloc len=200 zero\n", "m0 = map single b0+130 len=2 to_device", "="},
    {"R9", kNoncoherent, "b0 = alloc kmalloc len=512 zero\ns0 = sg_alloc table b0 len=100 count=2\n",
     "sg_map sg s0 from_device", "sg_map sg s0 to_device"},
    {"R9", kNoncoherent, "b0 = alloc kmalloc len=512\ns0 = sg_alloc table b0 len=100 count=2\n",
     "sg_map sg s0 to_device", ""},
    {"R9", kNoncoherent, "b0 = alloc kmalloc len=512\ns0 = sg_alloc table b0 len=128 count=2\n",
     "sg_map sg s0 from_device", "="},
    {"R10", "", "b0 = alloc kmalloc len=64\n", "m0 = map single b0 len=8 from_device attrs=write_combine,no_warn",
     "m0 = map single b0 len=8 from_device attrs=no_warn"},
    {"R10", "", "b0 = alloc kmalloc len=64\nm0 = map single b0 len=8 from_device attrs=no_warn\n",
     "unmap m0 wrong_size atomic attrs=privileged", "unmap m0 atomic attrs=no_warn"},
    {"R11", "", "b0 = alloc kmalloc len=64\n", "m0 = map single b0 len=8 to_device",
     "m0 = map single b0 len=8 from_device"},
    {"R11", "", "b0 = alloc kmalloc len=64\nfill b0+8 len=8\n", "m0 = map single b0+8 len=8 to_device", "="},
    {"R11", "", "b0 = alloc kmalloc len=64\nfill b0+8 len=8\nfill b0 len=8\n",
     "m0 = map single b0+2 len=14 bidirectional", "="},
    {"R11", "", "b0 = alloc kmalloc len=64\ns0 = sg_alloc table b0 len=8 count=2\nfill b0 len=15\n",
     "sg_map sg s0 bidirectional", "sg_map sg s0 from_device"},
    // Ownership
    {"R12", "", "b0 = alloc kmalloc len=64\nm0 = map single b0+8 len=8 from_device\n", "check b0+8 len=8", ""},
    {"R12", "", "b0 = alloc kmalloc len=64\nm0 = map single b0+8 len=8 from_device\n", "check b0 len=64",
     "check b0 len=8"},
    {"R12", "", "b0 = alloc kmalloc len=64\nm0 = map single b0+8 len=8 from_device\n", "check b0+10 len=20",
     "check b0+16 len=14"},
    {"R12", "", "b0 = alloc kmalloc len=64\nm0 = map single b0+8 len=8 from_device\nunmap m0\n", "check b0 len=64",
     "="},
    {"R12", "",
     "b0 = alloc kmalloc len=64\nm0 = map single b0 len=64 from_device\nsync_for_cpu m0+8 len=8\n"
     "sync_for_cpu m0+16 len=8\n",
     "check b0 len=64", "check b0+8 len=16"},
    {"R12", "", "b0 = alloc kmalloc len=64 zero\nm0 = map single b0 len=64 to_device\n", "check b0 len=8", ""},
    {"R12", "", "b0 = alloc kmalloc len=64\nm0 = map single b0 len=64 from_device\nsync_for_cpu m0+8 len=8\n",
     "dev_write m0+10 len=20", "dev_write m0+16 len=14"},
    {"R12", "", "b0 = alloc kmalloc len=64\nm0 = map single b0 len=64 from_device\nsync_for_cpu m0 len=64\n",
     "dev_write m0 len=20", ""},
    {"R12", kNoncoherent, "b0 = alloc kmalloc len=512 zero\nm0 = map single b0+8 len=8 to_device\n", "check b0 len=512",
     "check b0+128 len=384"},
    {"R12", kNoncoherent,
     "b0 = alloc kmalloc len=512 zero\nm0 = map single b0+136 len=8 to_device\nsync_for_cpu m0 len=8\n",
     "fill b0+130 len=20", "fill b0+136 len=8"},
    {"R12", "", "b0 = alloc kmalloc len=64\ns0 = sg_alloc table b0 len=8 count=2 gap=16\nsg_map sg s0 from_device\n",
     "fill b0+2 len=60", "fill b0+8 len=16"},
    {"R12", "",
     "b0 = alloc kmalloc len=64\ns0 = sg_alloc table b0 len=8 count=2 gap=16\nsg_map sg s0 from_device\n"
     "sync_for_cpu s0\n",
     "check b0 len=64", "="},
    {"R13", "", "b0 = alloc kmalloc len=64\nm0 = map single b0 len=64 from_device\nsync_for_cpu m0 len=64\n",
     "fill b0 len=8", ""},
    {"R13", "",
     "b0 = alloc kmalloc len=64\ns0 = sg_alloc table b0 len=8 count=1\nsg_map sg s0 from_device\nsync_for_cpu s0\n",
     "fill b0 len=64", "fill b0+8 len=56"},
    {"R14", "", "b0 = alloc kmalloc len=64\nm0 = map single b0 len=64 from_device\n", "dev_read m0 len=8", ""},
    {"R14", "", "b0 = alloc kmalloc len=64 zero\nm0 = map single b0 len=64 to_device\n", "dev_write m0 len=8", ""},
    {"R14", "",
     "b0 = alloc kmalloc len=64 zero\nm0 = map single b0 len=8 to_device\nm1 = map single b0+8 len=8 bidirectional\n",
     "dev_write m0+4 len=8", "dev_write m1+4 len=4"},
    {"R15", "",
     "b0 = alloc kmalloc len=64 zero\nm0 = map single b0 len=64 bidirectional\nsync_for_cpu m0 len=64\n"
     "fill b0 len=8\n",
     "unmap m0", "unmap m0 attrs=skip_cpu_sync"},
    {"R15", "",
     "b0 = alloc kmalloc len=64 zero\nm0 = map single b0 len=64 bidirectional\nsync_for_cpu m0 len=32\n"
     "fill b0 len=8\n",
     "unmap m0", ""},
    {"R15", "",
     "b0 = alloc kmalloc len=64 zero\nm0 = map single b0 len=64 bidirectional\nsync_for_cpu m0 len=32\n"
     "fill b0 len=8\nsync_for_device m0 len=32\n",
     "unmap m0", "="},
    {"R15", "",
     "b0 = alloc kmalloc len=64 zero\nm0 = map single b0 len=64 bidirectional\nsync_for_cpu m0 len=32\n"
     "fill b0 len=8\n",
     "sync_for_cpu m0 len=64", ""},
    {"R15", "",
     "b0 = alloc kmalloc len=64 zero\nm0 = map single b0 len=64 to_device\nsync_for_cpu m0 len=8\nfill b0 len=8\n",
     "unmap m0", "="},
    {"R16", "", "b0 = alloc kmalloc len=64\nm0 = map single b0 len=64 from_device\n", "unmap m0 attrs=skip_cpu_sync",
     "unmap m0"},
    {"R16", "", "b0 = alloc kmalloc len=64\nm0 = map single b0 len=64 from_device\nsync_for_cpu m0 len=64\n",
     "unmap m0 attrs=skip_cpu_sync", "="},
    {"R16", "", "b0 = alloc kmalloc len=64 zero\nm0 = map single b0 len=64 to_device\n", "unmap m0 attrs=skip_cpu_sync",
     "="},
    {"R16", "", "b0 = alloc kmalloc len=64\nm0 = map single b0 len=64 from_device attrs=skip_cpu_sync\n",
     "dev_write m0 len=8", ""},
    {"R16", "",
     "b0 = alloc kmalloc len=64\nm0 = map single b0 len=64 from_device attrs=skip_cpu_sync\n"
     "sync_for_device m0 len=64\n",
     "dev_write m0 len=8", "="},
    {"R17", "", "b0 = alloc kmalloc len=64\nm0 = map single b0 len=64 from_device\n", "sync_for_cpu range m0+60 len=64",
     "sync_for_cpu range m0+60 len=4"},
    {"R17", "", "b0 = alloc kmalloc len=64\nm0 = map single b0 len=64 from_device\n", "sync_for_device m0 len=64", ""},
    {"R17", "", "b0 = alloc kmalloc len=64\nm0 = map single b0 len=64 from_device\nsync_for_cpu m0+8 len=8\n",
     "sync_for_device m0 len=64", "sync_for_device m0+8 len=8"},
    {"R17", kNoncoherent, "b0 = alloc kmalloc len=512\nm0 = map single b0 len=512 from_device\n",
     "sync_for_cpu m0+130 len=8", "sync_for_cpu m0+128 len=128"},
    {"R17", kNoncoherent, "b0 = alloc kmalloc len=512 zero\nm0 = map single b0+100 len=100 to_device\n",
     "sync_for_cpu m0+30 len=8", "sync_for_cpu m0+28 len=72"},
    {"R17", "", "b0 = alloc kmalloc len=64\ns0 = sg_alloc table b0 len=8 count=1\nsg_map sg s0 from_device\n",
     "sync_for_cpu range s0+3 len=2", "sync_for_cpu s0"},
    {"R17", kIommu, "b0 = alloc kmalloc len=64\nm0 = map iova b0 len=64 from_device\n", "sync_for_cpu m0 len=64", ""},
    // Scatterlists
    {"R18", "", "b0 = alloc kmalloc len=64\n", "s0 = sg_alloc table b0+60", "s0 = sg_alloc table b0+60 len=1 count=1"},
    {"R18", "", "b0 = alloc kmalloc len=64\n", "s0 = sg_alloc table b0 len=16 count=300",
     "s0 = sg_alloc table b0 len=16 count=4"},
    {"R18", "", "b0 = alloc kmalloc len=64\n", "s0 = sg_alloc chained b0 len=16 count=9 gap=16",
     "s0 = sg_alloc chained b0 len=16 count=2 gap=16"},
    {"R18", "device max_seg=12", "b0 = alloc kmalloc len=64\n", "s0 = sg_alloc table b0 len=16 count=1",
     "s0 = sg_alloc table b0 len=12 count=1"},
    {"R18", "device boundary=4096", "b0 = alloc pages len=16K\n", "s0 = sg_alloc table b0+4000 len=200 count=2",
     "s0 = sg_alloc table b0+4000 len=96 count=1"},
    {"R18", "device boundary=4096", "b0 = alloc cache len=3000\n", "s0 = sg_alloc table b0 len=200 count=2", ""},
    {"R18", "", "b0 = alloc vmalloc len=8192\n", "s0 = sg_alloc table b0 len=3000 count=2",
     "s0 = sg_alloc table b0 len=3000 count=1"},
    {"R18", "", "b0 = alloc vmalloc len=8192\n", "s0 = sg_alloc table b0 len=2048 count=4", "="},
    {"R19", "", "b0 = alloc kmalloc len=8192\n", "s0 = sg_alloc from_pages b0 len=4096 count=1",
     "s0 = sg_alloc table b0 len=4096 count=1"},
    {"R19", "", "b0 = alloc pages len=16K\n", "s0 = sg_alloc append b0+4097 len=5000 count=9 gap=64",
     "s0 = sg_alloc append b0+4096 len=4096 count=3"},
    {"R19", "", "b0 = alloc pages len=16K\n", "s0 = sg_alloc from_pages b0+4097 len=5000 count=9 gap=64",
     "s0 = sg_alloc from_pages b0+4097 len=5000 count=2"},
    {"R19", "", "b0 = alloc vmalloc len=16K\n", "s0 = sg_alloc from_pages b0+16383 len=5000 count=1",
     "s0 = sg_alloc from_pages b0+16383 len=1 count=1"},
    {"R19", "device max_seg=6000", "b0 = alloc pages len=16K\n", "s0 = sg_alloc from_pages b0+9 len=5000 count=1",
     "s0 = sg_alloc from_pages b0+9 len=4096 count=1"},
    {"R19", "device boundary=8192", "b0 = alloc pages len=64K\n", "s0 = sg_alloc from_pages b0+9 len=8192 count=3",
     "="},
    {"R19", "device boundary=8192", "b0 = alloc pages len=64K\n", "s0 = sg_alloc from_pages b0+4097 len=5000 count=3",
     "s0 = sg_alloc from_pages b0+4097 len=4096 count=3"},
    {"R19", "device boundary=8192", "b0 = alloc pages len=64K\n", "s0 = sg_alloc from_pages b0+4096 len=8192 count=3",
     "s0 = sg_alloc from_pages b0+4096 len=4096 count=3"},
    {"R19", "device max_seg=4095", "b0 = alloc pages len=16K\n", "s0 = sg_alloc from_pages b0 len=4096 count=2", ""},
    {"R20", "", "b0 = alloc kmalloc len=64\ns0 = sg_alloc table b0 len=8 count=1\nsg_map sg s0 from_device\n",
     "sg_map sg s0 from_device", ""},
    {"R20", "", "b0 = alloc kmalloc len=64\ns0 = sg_alloc table b0 len=8 count=1\nsg_map sg s0 from_device\n",
     "sg_free s0", ""},
    {"R20", "",
     "b0 = alloc kmalloc len=64\ns0 = sg_alloc table b0 len=8 count=1\nsg_map sg s0 from_device\nsg_unmap s0\n",
     "sg_map sg s0 from_device", ""},
    {"R20", "",
     "b0 = alloc kmalloc len=64\ns0 = sg_alloc table b0 len=8 count=1\nsg_map sg s0 from_device\nsg_unmap s0\n"
     "sg_free s0\ns0 = sg_alloc table b0 len=8 count=1\n",
     "sg_map sg s0 from_device", "sg_map sg s0 from_device"},
    {"R20", "", "b0 = alloc kmalloc len=64\ns0 = sg_alloc table b0 len=8 count=1\n", "sg_unmap s0", ""},
    {"R20", "", "b0 = alloc kmalloc len=64\ns0 = sg_alloc table b0 len=8 count=1\nsg_map sgtable s0 from_device\n",
     "sg_unmap s0 wrong_dir atomic", "sg_unmap s0 atomic"},
    // Device memory
    {"R21", "", "", "c0 = coherent_alloc wc len=8 attrs=force_contiguous", "c0 = coherent_alloc wc len=8"},
    {"R21", "", "", "c0 = coherent_alloc coherent len=8 attrs=skip_cpu_sync,force_contiguous",
     "c0 = coherent_alloc coherent len=8 attrs=force_contiguous"},
    {"R21", "", "", "c0 = coherent_alloc noncontiguous len=8 from_device attrs=alloc_single_pages,no_warn",
     "c0 = coherent_alloc noncontiguous len=8 from_device attrs=alloc_single_pages"},
    {"R22", "", "c0 = coherent_alloc coherent len=64\n", "sync_for_cpu c0 len=8", ""},
    {"R22", "", "c0 = coherent_alloc coherent len=64 attrs=no_kernel_mapping\n", "fill c0 len=8", ""},
    {"R22", "", "c0 = coherent_alloc coherent len=64 attrs=no_kernel_mapping\n", "dev_write c0+60 len=8 seed=1",
     "dev_write c0+60 len=4 seed=1"},
    {"R22", "", "c0 = coherent_alloc pages len=64\n", "dev_write c0 len=8", ""},
    {"R22", "", "c0 = coherent_alloc pages len=64\nsync_for_device c0 len=8\n", "dev_write c0 len=64",
     "dev_write c0 len=8"},
    {"R22", "", "c0 = coherent_alloc pages len=64\nsync_for_device c0 len=64\n", "check c0 len=64", ""},
    {"R22", "", "c0 = coherent_alloc pages len=64\n", "sync_for_cpu c0 len=8", ""},
    {"R22", "", "c0 = coherent_alloc noncontiguous len=64 zero\n", "sync_for_device c0+4 len=8", "sync_for_device c0"},
    {"R23", "device max_seg=5000", "", "c0 = coherent_alloc noncontiguous len=8192 from_device",
     "c0 = coherent_alloc noncontiguous len=4096 from_device"},
    {"R24", "", "c0 = coherent_alloc pages len=64\n", "coherent_sgtable c0", ""},
    {"R24", "", "c0 = coherent_alloc wc len=64\n", "coherent_sgtable c0", "="},
    {"R24", "device path=pool", "c0 = coherent_alloc wc len=64\n", "coherent_sgtable c0", ""},
    {"R25", "", "", "p0 = pool_create plain align=100 size=70 boundary=64", "p0 = pool_create plain align=64 size=70"},
    {"R25", "", "", "p0 = pool_create plain align=64 size=70 boundary=128", "="},
    {"R25", "", "p0 = pool_create plain size=64\nk0 = pool_alloc p0\n", "pool_destroy p0", ""},
    {"R25", "", "p0 = pool_create plain size=64\nk0 = pool_alloc p0\npool_free k0\n", "pool_destroy p0", "="},
    {"R25", "", "p0 = pool_create plain size=64\nk0 = pool_alloc p0\n", "fill k0+60 len=64", "fill k0+60 len=4"},
    // Device
    {"R26", "", "", "set_mask both bits=7", "set_mask both bits=31"},
    {"R26", "", "b0 = alloc kmalloc len=64\nm0 = map single b0 len=8 from_device\n", "set_mask both bits=32", ""},
    {"R26", "", "c0 = coherent_alloc coherent len=64\n", "set_max_seg size=4096", ""},
    {"R26", "", "", "set_boundary boundary=16", "set_boundary boundary=65536"},
    {"R26", "", "set_max_seg size=12\nb0 = alloc kmalloc len=64\n", "s0 = sg_alloc table b0 len=16 count=1",
     "s0 = sg_alloc table b0 len=12 count=1"},
    {"R27", "", "b0 = alloc kmalloc len=64\nc0 = coherent_alloc managed len=8\np0 = pool_create managed size=8\n",
     "unbind", "="},
    {"R27", "", "c0 = coherent_alloc coherent len=8\n", "unbind", ""},
    {"R27", "", "p0 = pool_create managed size=8\nk0 = pool_alloc p0\n", "unbind", ""},
    {"R27", "", "c0 = coherent_alloc managed len=8\nunbind\n", "coherent_free c0", ""},
    {"R27", "", "b0 = alloc kmalloc len=64\nunbind\n", "m0 = map single b0 len=8 from_device", ""},
    {"R27", "", "b0 = alloc kmalloc len=64\nunbind\n", "check b0 len=8", "="},
    {"R27", "", "unbind\n", "unbind", ""},
    {"R27", "", "", "bind", ""},
    {"R27", "", "unbind\n", "bind", "="},
};

TEST(Shape, RulesByExample) {
  for (const Row& row : kRows) {
    SCOPED_TRACE(std::string(row.rule) + ": " + row.before + row.op);
    Program before = parse_raw(row.device, row.before);
    dmaf_op op = parse_raw(row.device, row.op).ops.at(0);
    Shaper shaper(before.config);
    for (const dmaf_op& step : before.ops) {
      dmaf_op repaired = step;
      ASSERT_TRUE(shaper.admit(repaired)) << print_op(step);
      ASSERT_EQ(print_op(step), print_op(repaired));
    }
    const std::string expected = std::string(row.result) == "=" ? print_op(op) : row.result;
    const bool admitted = shaper.admit(op);
    EXPECT_EQ(admitted ? print_op(op) : "", expected);
  }
}

TEST(Shape, DropLeavesTheStateAlone) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    Program program = random_program(seed, 30);
    Random random(seed);
    Shaper shaper(program.config);
    for (dmaf_op op : program.ops) {
      for (int i = 0; i < 20; ++i) {
        dmaf_op wild = random_op(random);
        Shaper fork = shaper;
        if (fork.admit(wild)) continue;
        // Whatever the next operations are, they must not notice: compare what both admit afterwards.
        dmaf_op a = op, b = op;
        ASSERT_TRUE(fork.admit(a) && Shaper(shaper).admit(b));
        ASSERT_EQ(print_op(a), print_op(b)) << print_op(wild);
      }
      shaper.admit(op);
    }
  }
}

TEST(Shape, ShapingTwiceIsShapingOnce) {
  std::size_t kept = 0, offered = 0;
  for (std::uint64_t seed = 0; seed < 20000; ++seed) {
    Program program = random_program(seed, 40, false);
    program.ops.resize(std::min<std::size_t>(program.ops.size(), 40));
    offered += program.ops.size();
    shape(program);
    kept += program.ops.size();
    Program again = program;
    shape(again);
    ASSERT_EQ(print_text(program), print_text(again)) << "seed " << seed;
    ASSERT_TRUE(is_lawful(program));
  }
  // A shaper that drops everything would pass the above.
  EXPECT_GT(kept * 2, offered);
}

TEST(Shape, ClosingLeavesNothing) {
  for (std::uint64_t seed = 0; seed < 5000; ++seed) {
    Program program = random_program(seed, 40);
    Shaper shaper(program.config);
    for (dmaf_op op : program.ops) shaper.admit(op);
    shaper.close(program.ops);
    for (unsigned cls = DMAF_BUF; cls < DMAF_CLASSES; ++cls)
      ASSERT_EQ(shaper.state().live[cls], 0) << "seed " << seed << "\n" << print_text(program);
    ASSERT_TRUE(is_lawful(program)) << print_text(program);
    std::vector<dmaf_op> more;
    append_closing_ops(program, more);
    ASSERT_TRUE(more.empty());
  }
}

TEST(Shape, TellsWhatTheCpuMayAccess) {
  Program program = parse_raw("", "b0 = alloc kmalloc len=64\nm0 = map single b0+8 len=8 from_device\n");
  Shaper shaper(program.config);
  for (dmaf_op op : program.ops) ASSERT_TRUE(shaper.admit(op));
  EXPECT_TRUE(shaper.cpu_may_access(DMAF_BUF, 0, 0, 8, true));
  EXPECT_FALSE(shaper.cpu_may_access(DMAF_BUF, 0, 0, 9, false));
  EXPECT_FALSE(shaper.cpu_may_access(DMAF_BUF, 0, 60, 5, false));
  EXPECT_FALSE(shaper.cpu_may_access(DMAF_BUF, 1, 0, 1, false));
}

TEST(Shape, StateIsPlainData) {
  EXPECT_TRUE(std::is_trivially_copyable_v<Shaper>);
  EXPECT_LE(sizeof(Shaper), 6000u);
}

TEST(Ranges, CpuRangesAreExact) {
  Random random(7);
  for (int round = 0; round < 3000; ++round) {
    CpuRanges set = {};
    std::uint64_t model = 0;
    for (int step = 0; step < 20; ++step) {
      std::uint32_t lo = random.below(64), hi = random.between(lo + 1, 64);
      std::uint64_t mask = (hi == 64 ? ~0ull : (1ull << hi) - 1) & ~((1ull << lo) - 1);
      bool add = random.one_in(2);
      if (add ? set.add({lo, hi}, false) : set.remove({lo, hi})) model = add ? model | mask : model & ~mask;
      std::uint64_t seen = 0;
      for (unsigned i = 0; i < set.count(); ++i) {
        ASSERT_FALSE(set[i].r.empty());
        for (std::uint32_t b = set[i].r.lo; b < set[i].r.hi; ++b) seen |= 1ull << b;
      }
      ASSERT_EQ(seen, model);
      ASSERT_EQ(set.contains({lo, hi}), (model & mask) == mask);
      ASSERT_EQ(set.overlaps({lo, hi}), (model & mask) != 0);
    }
  }
}

TEST(Ranges, InitRangesNeverOverstate) {
  Random random(8);
  for (int round = 0; round < 3000; ++round) {
    InitRanges set = {};
    std::uint64_t model = 0;
    for (int step = 0; step < 12; ++step) {
      std::uint32_t lo = random.below(64), hi = random.between(lo + 1, std::min(64u, lo + 9));
      std::uint64_t mask = (hi == 64 ? ~0ull : (1ull << hi) - 1) & ~((1ull << lo) - 1);
      set.add({lo, hi});
      model |= mask;
      for (std::uint32_t b = 0; b < 64; ++b)
        if (set.contains({b, b + 1})) {
          ASSERT_TRUE(model >> b & 1);
        }
    }
  }
}

}  // namespace
}  // namespace dmafuzz
