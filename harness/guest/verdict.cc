// SPDX-License-Identifier: GPL-2.0-only
//
// See verdict.h.
#include "guest/verdict.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <optional>

#include "program/text.h"

namespace dmafuzz {
namespace {

// Of the machine, not of the API.
bool value_is_of_machine(const dmaf_op& op) {
  return op.code == DMAF_OP_QUERY && (op.kind == DMAF_QUERY_REQUIRED_MASK || op.kind == DMAF_QUERY_ADDRESSING_LIMITED);
}

// How many entries a list takes hangs on which of its pages lie side by side.
bool counts_entries(const dmaf_op& op) {
  return op.code == DMAF_OP_SG_ALLOC || op.code == DMAF_OP_COH_SGTABLE;
}

struct Said {
  std::string aspect, what;
};

// What differs in one operation. `same_lists`: no list so far has more entries on one side, which dma-debug counts.
std::optional<Said> difference(const AccountedOp& ours, const GuestRecord& theirs, bool same_lists) {
  const dmaf_guest_record &a = ours.result.record, &b = theirs.record;
  if (a.status != b.status) {
    return Said{"result",
                fmt::format("{} in userspace, {} in the guest", status_word(a.status), status_word(b.status))};
  }
  if (a.value != b.value && !value_is_of_machine(ours.op)) {
    return Said{"value", fmt::format("{:#x} in userspace, {:#x} in the guest", a.value, b.value)};
  }
  if (a.mapped != b.mapped) {
    return Said{"size", fmt::format("{} bytes mapped in userspace, {} in the guest", a.mapped, b.mapped)};
  }
  const size_t n = std::min({ours.known.size(), ours.result.bytes.size(), theirs.bytes.size()});
  for (size_t i = 0; i < n; ++i) {
    if (!ours.known[i] || ours.result.bytes[i] == theirs.bytes[i]) continue;
    return Said{"bytes", fmt::format("byte {} is {:#04x} in userspace, {:#04x} in the guest", i, ours.result.bytes[i],
                                     theirs.bytes[i])};
  }
  if (!ours.known.empty() && ours.result.bytes.size() != theirs.bytes.size()) {
    return Said{"bytes", fmt::format("{} bytes read in userspace, {} in the guest", ours.result.bytes.size(),
                                     theirs.bytes.size())};
  }
  if (a.live != b.live && same_lists) {
    return Said{"live mappings", fmt::format("dma-debug has {} entries in userspace, {} in the guest", a.live, b.live)};
  }
  return std::nullopt;
}

GuestVerdict differs(size_t compared, std::string where, Said said) {
  return {Agreement::kDiffers, compared, std::move(where), std::move(said.what), std::move(said.aspect)};
}

std::string name_of(const AccountedOp& op) {
  return print_op(op.op) + (op.result.record.origin == DMAF_GUEST_CLOSING ? " (closing)" : "");
}

// swiotlb.c warns (once a boot) when it refuses to bounce to where the device cannot reach, as it may.
bool says_of_a_refusal(std::string_view report) {
  return report.starts_with("WARNING: ") && report.find(" swiotlb_map+") != std::string_view::npos;
}

bool same_place(const dmaf_guest_record& a, const dmaf_guest_record& b) {
  return a.index == b.index && a.origin == b.origin;
}

// The text behind "[   12.345678] ", or all of it.
std::string_view without_time(std::string_view line) {
  if (!line.starts_with('[')) return line;
  const size_t end = line.find("] ");
  return end == std::string_view::npos ? line : line.substr(end + 2);
}

std::optional<uint32_t> number_after(std::string_view line, std::string_view words) {
  if (!line.starts_with(words)) return std::nullopt;
  uint32_t number = 0;
  const std::string_view digits = line.substr(words.size());
  if (std::from_chars(digits.data(), digits.data() + digits.size(), number).ec != std::errc()) return std::nullopt;
  return number;
}

bool is_report(std::string_view line) {
  constexpr std::string_view kBeginnings[] = {
      "DMA-API: ", "BUG: ",     "UBSAN: ", "WARNING: ",       "Oops: ",      "kernel BUG at ",
      "list_del ", "list_add ", "swiotlb", "Kernel panic - ", "page_owner ", "general protection"};
  if (line.find("DMA-API: Mapped at") != std::string_view::npos) return false;
  if (line.find("DMA-API: ") != std::string_view::npos) return true;
  // What an IOMMU did not let through: intel-iommu, virtio-iommu.
  if (line.starts_with("DMAR: [DMA ") || line.find(" fault from EP ") != std::string_view::npos) return true;
  return std::ranges::any_of(kBeginnings, [&](std::string_view words) { return line.starts_with(words); });
}

}  // namespace

std::string_view agreement_word(Agreement agreement) {
  switch (agreement) {
    case Agreement::kEqual:
      return "equal";
    case Agreement::kOpen:
      return "open";
    case Agreement::kDiffers:
      return "differs";
    case Agreement::kNotRun:
      break;
  }
  return "not run";
}

std::string_view status_word(int32_t status) {
  switch (status) {
    case 0:
      return "ok";
    case -ENOMEM:
      return "no memory";
    case -EIO:
      return "I/O error";
    case -EINVAL:
      return "invalid";
    case -EREMOTEIO:
      return "remote I/O error";
    case -ENODEV:
      return "no device";
    case -EFAULT:
      return "beyond what is mapped";
    case DMAF_ST_NOT_OFFERED:
      return "not offered";
    case DMAF_ST_DEAD_HANDLE:
      return "no such object";
    case DMAF_GUEST_LEFT_OUT:
      return "left out";
    default:
      return "another error";
  }
}

GuestVerdict compare_with_guest(const Account& account, std::span<const GuestRecord> records,
                                std::span<const std::string> reports) {
  if (records.empty() && reports.empty()) return {.agreement = Agreement::kNotRun};
  size_t at = 0, compared = 0;
  bool same_lists = true;
  while (at < records.size() && records[at].record.origin == DMAF_GUEST_SETUP) ++at;
  for (const AccountedOp& ours : account.ops) {
    if (at == records.size()) return differs(compared, name_of(ours), {"death", "the guest did not survive it"});
    const GuestRecord& theirs = records[at++];
    if (!same_place(ours.result.record, theirs.record)) {
      return differs(compared, name_of(ours), {"result", "the guest ran another operation"});
    }
    const int32_t a = ours.result.record.status, b = theirs.record.status;
    if (a != b && ours.open) {
      return {Agreement::kOpen, compared, name_of(ours),
              fmt::format("either way is lawful: {} in userspace, {} in the guest", status_word(a), status_word(b)),
              "result"};
    }
    if (a == b && counts_entries(ours.op) && ours.result.record.value != theirs.record.value) {
      same_lists = false;
    } else if (auto said = difference(ours, theirs, same_lists)) {
      if (same_lists) return differs(compared, name_of(ours), std::move(*said));
      return {Agreement::kOpen, compared, name_of(ours),
              fmt::format("{}; a list's pages lie side by side on one side only", said->what), std::move(said->aspect)};
    }
    ++compared;
  }
  if (account.whole) {
    if (at == records.size() || records[at].record.index != DMAF_GUEST_END) {
      return differs(compared, {}, {"death", "the guest did not come to the end of the program"});
    }
    const int32_t live = records[at].record.live;
    if (account.program.lawful && live) {
      return differs(compared, {}, {"live mappings", fmt::format("{} entries of dma-debug are left at the end", live)});
    }
    if (!account.program.lawful) return {Agreement::kEqual, compared, {}, {}, {}};
    const bool may_refuse = std::ranges::any_of(account.ops, &AccountedOp::open);
    const auto excused = [&](const std::string& report) { return may_refuse && says_of_a_refusal(report); };
    if (const auto one = std::ranges::find_if_not(reports, excused); one != reports.end()) {
      return differs(compared, {}, {"report", fmt::format("the guest's kernel says: {}", *one)});
    }
  }
  return {Agreement::kEqual, compared, {}, {}, {}};
}

std::map<uint32_t, std::vector<std::string>> reports_by_program(std::string_view log) {
  std::map<uint32_t, std::vector<std::string>> reports;
  std::optional<uint32_t> program;
  for (size_t at = 0; at < log.size();) {
    const size_t end = std::min(log.find('\n', at), log.size());
    std::string_view line = log.substr(at, end - at);
    at = end + 1;
    if (line.ends_with('\r')) line.remove_suffix(1);
    line = without_time(line);
    if (const auto begun = number_after(line, DMAF_GUEST_LOG_BEGIN)) {
      program = begun;
    } else if (number_after(line, DMAF_GUEST_LOG_END)) {
      program.reset();
    } else if (program && is_report(line)) {
      std::vector<std::string>& of = reports[*program];
      if (std::ranges::find(of, line) == of.end()) of.emplace_back(line);
    }
  }
  // dma-debug's warnings say where they are, then what: only the latter is worth a line.
  for (auto& [number, lines] : reports) {
    if (std::ranges::any_of(lines, [](const std::string& l) { return l.find("DMA-API: ") != std::string::npos; })) {
      std::erase_if(lines, [](const std::string& l) {
        return l.starts_with("WARNING: ") && l.find("kernel/dma/debug.c") != std::string::npos;
      });
    }
  }
  return reports;
}

}  // namespace dmafuzz
