// SPDX-License-Identifier: GPL-2.0-only
//
// See corpus_operations.h.
#include "cli/corpus_operations.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "cli/replay.h"
#include "life/life.h"
#include "program/binary.h"

namespace dmafuzz::cli {
namespace {

// What a driver must be of for the operation to mean something.
enum class Trade { kAny, kNetwork, kRandom, kDisk, kCopy, kFile };

Trade trade_of(LifeCode code) {
  switch (code) {
    case LifeCode::kOpen:
    case LifeCode::kStop:
    case LifeCode::kTransmit:
    case LifeCode::kMtu:
    case LifeCode::kMac:
    case LifeCode::kRxMode:
    case LifeCode::kIoctl:
    case LifeCode::kEthtool:
    case LifeCode::kTxTimeout:
    case LifeCode::kWire:
      return Trade::kNetwork;
    case LifeCode::kReadRandom:
      return Trade::kRandom;
    case LifeCode::kDiskRead:
    case LifeCode::kDiskWrite:
    case LifeCode::kDiskFlush:
    case LifeCode::kDiskDiscard:
    case LifeCode::kDiskZero:
    case LifeCode::kDiskControl:
      return Trade::kDisk;
    case LifeCode::kCopy:
    case LifeCode::kCopyTerminate:
    case LifeCode::kCopyRelease:
    case LifeCode::kCopyStatus:
      return Trade::kCopy;
    case LifeCode::kFileWrite:
    case LifeCode::kFileRead:
      return Trade::kFile;
    default:
      return Trade::kAny;
  }
}

std::string with_kind(const OpInfo& info, std::size_t kind) {
  return fmt::format("{} {}", info.name, info.kinds[kind]);
}

}  // namespace

void OperationCount::add(InputKind kind, std::span<const std::uint8_t> bytes) {
  if (kind == InputKind::kDma) {
    for (const dmaf_op& op : decode(bytes, kMaxOps).ops) {
      const OpInfo& info = op_info(op.code);
      ++count_[info.kinds.empty() ? std::string(info.name) : with_kind(info, op.kind)];
      ++total_;
    }
  } else if (kind == InputKind::kLife) {
    Life life;
    decode_life(bytes, life);
    for (const LifeOp& op : life.ops) {
      ++count_[std::string(life_info(op.code).name)];
      ++total_;
    }
  }
}

void OperationCount::add_said(const Build& build, const Target& target, std::span<const std::filesystem::path> files) {
  for (const auto& lines : operations_of(build, target, files)) {
    for (const std::string& line : lines) {
      ++count_[line.substr(0, line.find(' '))];
      ++total_;
    }
  }
}

std::optional<std::vector<std::string>> OperationCount::never(InputKind kind) const {
  std::vector<std::string> out;
  const auto missing = [&](const std::string& name) { return !count_.contains(name); };
  if (kind == InputKind::kDma) {
    for (const OpInfo& info : op_table()) {
      std::vector<std::string> names;
      for (std::size_t i = 0; i < info.kinds.size(); ++i) names.push_back(with_kind(info, i));
      // The operation by itself says that no kind of it is there.
      if (std::ranges::all_of(names, missing)) names = {std::string(info.name)};
      std::ranges::copy_if(names, std::back_inserter(out), missing);
    }
    return out;
  }
  if (kind == InputKind::kLife) {
    std::array<bool, 6> has = {true};  // by Trade
    const auto each = [&](auto visit) {
      for (std::uint8_t code = 0; code < static_cast<std::uint8_t>(LifeCode::kCount); ++code)
        visit(std::string(life_info(code).name), has[static_cast<std::size_t>(trade_of(LifeCode{code}))]);
    };
    each([&](const std::string& name, bool& of_trade) { of_trade = of_trade || !missing(name); });
    each([&](const std::string& name, bool of_trade) {
      if (of_trade && missing(name)) out.push_back(name);
    });
    return out;
  }
  return std::nullopt;
}

}  // namespace dmafuzz::cli
