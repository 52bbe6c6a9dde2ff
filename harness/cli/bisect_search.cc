// SPDX-License-Identifier: GPL-2.0-only
//
// See bisect_search.h.
#include "cli/bisect_search.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/build.h"
#include "cli/command.h"
#include "cli/storage.h"

namespace dmafuzz::cli {
namespace {

constexpr std::string_view kVerdicts[] = {"without", "with", "cannot"};

// The step to judge next between two that differ: nearest to the middle of those that are not given up. `high` if none
// is left.
std::size_t next_step(std::size_t low, std::size_t high, const std::vector<bool>& given_up) {
  const std::size_t middle = low + (high - low) / 2;
  for (std::size_t away = 0; away < high - low; ++away) {
    if (middle >= low + 1 + away && !given_up[middle - away]) return middle - away;
    if (middle + away < high && middle + away > low && !given_up[middle + away]) return middle + away;
  }
  return high;
}

}  // namespace

std::string_view verdict_text(Verdict verdict) {
  return kVerdicts[static_cast<std::size_t>(verdict)];
}

std::optional<Change> find_change(std::size_t steps, const std::function<Verdict(std::size_t)>& judge) {
  if (steps < 2) throw Trouble("there is nothing to bisect: it takes two steps at least");
  const Verdict before = judge(0), after = judge(steps - 1);
  if (before == Verdict::kCannot || after == Verdict::kCannot)
    throw Trouble(
        fmt::format("the {} step cannot be judged: start from another", before == Verdict::kCannot ? "first" : "last"));
  if (before == after) return std::nullopt;
  std::size_t low = 0, high = steps - 1;
  std::vector<bool> given_up(steps);
  for (;;) {
    const std::size_t step = next_step(low, high, given_up);
    if (step == high) break;
    const Verdict verdict = judge(step);
    if (verdict == Verdict::kCannot) {
      given_up[step] = true;
    } else {
      (verdict == before ? low : high) = step;
    }
  }
  Change change{.before = before, .first = high, .unknown = {}};
  for (std::size_t step = low + 1; step < high; ++step) change.unknown.push_back(step);
  return change;
}

BisectLog::BisectLog(std::filesystem::path file, std::string question)
    : file_(std::move(file)), question_(std::move(question)) {
  if (!std::filesystem::exists(file_)) return;
  try {
    const auto json = nlohmann::json::parse(read_file(file_));
    if (json.at("question") != question_)
      throw Trouble(fmt::format("{} is of another search: give --log, or remove it", friendly(file_)));
    finding_ = json.at("finding");
    for (const auto& [step, word] : json.at("verdicts").items()) {
      std::size_t i = 0;
      while (i < std::size(kVerdicts) && kVerdicts[i] != word.get<std::string>()) ++i;
      if (i == std::size(kVerdicts)) throw Trouble(fmt::format("{} is damaged: remove it", friendly(file_)));
      verdicts_[step] = static_cast<Verdict>(i);
    }
  } catch (const nlohmann::json::exception&) {
    throw Trouble(fmt::format("{} is damaged: remove it", friendly(file_)));
  }
}

std::optional<Verdict> BisectLog::find(const std::string& step) const {
  const auto found = verdicts_.find(step);
  return found == verdicts_.end() ? std::nullopt : std::optional(found->second);
}

void BisectLog::add(const std::string& step, Verdict verdict) {
  verdicts_[step] = verdict;
  nlohmann::ordered_json json = {
      {"schema", 1}, {"question", question_}, {"finding", finding_}, {"verdicts", nlohmann::ordered_json::object()}};
  for (const auto& [name, of_step] : verdicts_) json["verdicts"][name] = verdict_text(of_step);
  write_file(file_, json.dump(2) + "\n");
}

}  // namespace dmafuzz::cli
