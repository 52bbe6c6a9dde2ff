// SPDX-License-Identifier: GPL-2.0-only
//
// See time_share.h.
#include "cli/time_share.h"

#include <algorithm>
#include <numeric>

namespace dmafuzz::cli {

std::vector<double> share_time(double round, std::span<const Turn> turns, double least) {
  std::vector<double> seconds(turns.size());
  if (turns.empty() || round < least) return seconds;
  // Who takes part: who had no turn yet comes before all others.
  std::vector<std::size_t> order(turns.size());
  std::iota(order.begin(), order.end(), 0);
  const auto first = [&](std::size_t a, std::size_t b) {
    const bool new_a = turns[a].seconds == 0, new_b = turns[b].seconds == 0;
    if (new_a != new_b) return new_a;
    return turns[a].rate() != turns[b].rate() ? turns[a].rate() > turns[b].rate() : a < b;
  };
  std::ranges::sort(order, first);
  order.resize(std::min(order.size(), static_cast<std::size_t>(round / least)));

  double rates = 0;
  for (const std::size_t i : order) rates += turns[i].rate();
  const double alike = (rates > 0 ? round / 2 : round) / static_cast<double>(order.size());
  double beyond = 0;  // what turns have above the least
  for (const std::size_t i : order) {
    seconds[i] = alike + (rates > 0 ? round / 2 * turns[i].rate() / rates : 0);
    beyond += std::max(0.0, seconds[i] - least);
  }
  // Who has too little gets it from those who have more, in proportion.
  double lacking = 0;
  for (const std::size_t i : order) lacking += std::max(0.0, least - seconds[i]);
  const double keep = beyond > 0 ? (beyond - lacking) / beyond : 1;
  for (const std::size_t i : order) seconds[i] = seconds[i] < least ? least : least + (seconds[i] - least) * keep;
  return seconds;
}

}  // namespace dmafuzz::cli
