// SPDX-License-Identifier: GPL-2.0-only
//
// See search.h.
#include "driver/search.h"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <map>
#include <set>
#include <span>
#include <tuple>
#include <utility>
#include <vector>

#include "driver/generic.h"
#include "driver/stages.h"
#include "program/random.h"

// The last function of the driver, by the order of linking (cli/driver_build.cc).
extern "C" void dmaf_driver_end() __attribute__((weak));

namespace dmafuzz {
namespace {

using Register = Manifest::Register;

// Of all runs together: a driver that polls does not make its search longer than others.
constexpr uint64_t kMostAccesses = 1'500'000;
// What a comparison may be of: the latest reads.
constexpr size_t kLatest = 24;
constexpr size_t kMostIdeas = 512, kMostPlaces = 512;
// Of one run: it polls what will not come, or counts to a number that it read.
constexpr unsigned kMostReads = 20'000, kMostComparisons = 20'000;
// So many of them end a run: a loop that asks its device nothing (nbpfaxi counts interrupts that it has not).
constexpr unsigned kEndlessComparisons = 20'000'000;

uint64_t ones(unsigned bits) {
  return bits >= 64 ? ~uint64_t{0} : (uint64_t{1} << bits) - 1;
}

struct Read {
  unsigned bar = 0, size = 4;
  uint64_t offset = 0, value = 0;
  unsigned nth = 0;    // of this register in this run
  unsigned order = 0;  // among all reads of this run
};

// That a read gives another value.
struct Idea {
  Read read;
  uint64_t wanted = 0;
  auto key() const { return std::tuple(read.bar, read.offset, read.size, read.nth, wanted); }
  bool operator<(const Idea& other) const { return key() < other.key(); }
};

// What a run came to.
struct Trial {
  std::vector<Register> registers;
  unsigned stages = 0;
  size_t edges = 0;
  std::vector<Read> reads;  // the last one of each register, the latest first
  std::vector<Idea> ideas;

  auto worth() const { return std::pair(stages, edges); }
};

// The run that is under way.
struct Running {
  bool on = false;
  std::vector<Read> latest;                                       // a ring of kLatest
  std::map<std::tuple<unsigned, uint64_t, unsigned>, Read> last;  // of each register
  std::set<Idea> ideas;
  unsigned reads = 0, comparisons = 0;
  Random* random = nullptr;
};
Running g_run;
constinit std::vector<std::span<uint8_t>> g_counters;
constinit std::vector<std::span<const uintptr_t>> g_places;
uint64_t g_accesses = 0;

bool in_driver(uintptr_t pc) {
  return !&dmaf_driver_end || pc < reinterpret_cast<uintptr_t>(&dmaf_driver_end);
}

// Out of the run, from anywhere in it.
void (*g_leave)() = nullptr;

void was_read(unsigned bar, uint64_t offset, unsigned size, uint64_t value) {
  ++g_accesses;
  if (!g_run.on) return;
  if (++g_run.reads > kMostReads) g_leave();
  const auto it = g_run.last.find({bar, offset, size});
  const Read read = {bar, size, offset, value, it == g_run.last.end() ? 0 : it->second.nth + 1, g_run.reads};
  if (it != g_run.last.end()) {
    it->second = read;
  } else if (g_run.last.size() < kMostPlaces) {
    g_run.last.emplace(std::tuple(bar, offset, size), read);
  }
  if (g_run.latest.size() < kLatest) {
    g_run.latest.push_back(read);
  } else {
    g_run.latest[g_run.reads % kLatest] = read;
  }
}

void idea(const Read& read, uint64_t wanted) {
  wanted &= ones(8 * read.size);
  if (wanted != read.value && g_run.ideas.size() < kMostIdeas) g_run.ideas.insert({read, wanted});
}

// The driver compared `value`, which may come from what it read, with `other`.
void compared(uint64_t other, uint64_t value, unsigned bits) {
  for (const Read& read : g_run.latest) {
    const uint64_t r = read.value;
    for (unsigned shift = 0; shift < 8 * read.size; shift += 8) {
      const uint64_t mask = ones(std::min(bits, 8 * read.size - shift));
      if ((r >> shift & mask) == (value & mask)) idea(read, (r & ~(mask << shift)) | (other & mask) << shift);
    }
    // Of some of its bits, maybe from further up.
    const unsigned shift = g_run.random->below(8 * read.size);
    uint64_t mask = 1;
    while (mask < std::max(other, value) && mask != ~uint64_t{0}) mask = mask << 1 | 1;
    if ((r >> shift & mask) == value) idea(read, (r & ~(mask << shift)) | other << shift);
    if ((r & value) == value) idea(read, (r & ~value) | other);
  }
}

void on_compare(uintptr_t pc, uint64_t a, uint64_t b, unsigned bits) {
  if (!g_run.on || !in_driver(pc)) return;
  if (++g_run.comparisons > kEndlessComparisons) g_leave();
  if (a == b || g_run.comparisons > kMostComparisons) return;
  compared(a, b, bits);
  compared(b, a, bits);
  // Less or more by one, where it is an order that is asked for.
  if (a < b) compared(a + 1, b, bits), compared(b + 1, a, bits);
}

// A driver that read something strange may crash.
void on_signal(int) {
  if (!g_run.on) std::abort();
  g_leave();
}

void catch_signals() {
  struct sigaction action = {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_NODEFER | SA_ONSTACK;
  for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL}) sigaction(signal, &action, nullptr);
}

class Search {
 public:
  Search(Searched& searched, GenericDevice& device, Stage enough)
      : searched_(searched), device_(device), enough_(1u << static_cast<unsigned>(enough)), said_(device.registers()) {
    for (const auto& counters : g_counters) seen_.emplace_back(counters.size());
  }

  std::vector<Register> go(unsigned runs) {
    corpus_.push_back(run({}));
    best_ = corpus_[0];
    for (unsigned n = 1; n < runs && g_accesses < kMostAccesses && !done(); ++n) {
      Trial trial = run(change(choose()));
      const bool better = trial.worth() > best_.worth();
      if (better) best_ = trial;
      if (better || fresh_) corpus_.push_back(std::move(trial));
    }
    if (best_.stages == corpus_[0].stages) return {};
    shrink();
    return best_.registers;
  }

 private:
  // That stage, or one after it.
  bool done() const { return best_.stages >= enough_; }

  Trial run(std::vector<Register> registers) {
    Trial trial;
    device_.registers() = registers;
    device_.registers().insert(device_.registers().end(), said_.begin(), said_.end());
    for (const auto& counters : g_counters) std::ranges::fill(counters, 0);
    forget_stages();
    g_run.latest.clear();
    g_run.last.clear();
    g_run.ideas.clear();
    g_run.reads = g_run.comparisons = 0;
    g_run.random = &random_;
    g_run.on = true;
    searched_.run();
    g_run.on = false;
    fresh_ = false;
    for (size_t i = 0; i < g_counters.size(); ++i) {
      for (size_t j = 0; j < g_counters[i].size(); ++j) {
        if (!g_counters[i][j]) continue;
        if (i < g_places.size() && !in_driver(g_places[i][2 * j])) continue;
        ++trial.edges;
        fresh_ |= !seen_[i][j];
        seen_[i][j] = 1;
      }
    }
    trial.registers = std::move(registers);
    trial.stages = stages_reached();
    trial.ideas.assign(g_run.ideas.begin(), g_run.ideas.end());
    for (const auto& [place, read] : g_run.last) trial.reads.push_back(read);
    std::ranges::sort(trial.reads, std::greater<>(), &Read::order);
    return trial;
  }

  const Trial& choose() {
    if (!random_.one_in(2)) return best_;
    if (random_.one_in(3)) return corpus_.back();
    return corpus_[random_.below(static_cast<uint32_t>(corpus_.size()))];
  }

  std::vector<Register> change(const Trial& from) {
    std::vector<Register> registers = from.registers;
    const unsigned times = random_.one_in(3) ? 2 + random_.below(3) : 1;
    for (unsigned i = 0; i < times; ++i) {
      if (!from.ideas.empty() && !random_.one_in(3)) {
        take(registers, from.ideas[random_.below(static_cast<uint32_t>(from.ideas.size()))]);
      } else if (!from.reads.empty()) {
        // What was read last is what it stopped at, as a rule.
        const size_t among = random_.one_in(4) ? from.reads.size() : std::min<size_t>(from.reads.size(), 6);
        const Read& read = from.reads[random_.below(static_cast<uint32_t>(among))];
        take(registers, {read, another(read)});
      } else if (!registers.empty()) {
        registers.erase(registers.begin() +
                        static_cast<ptrdiff_t>(random_.below(static_cast<uint32_t>(registers.size()))));
      }
    }
    return registers;
  }

  uint64_t another(const Read& read) {
    const unsigned bits = 8 * read.size;
    switch (random_.below(8)) {
      case 0:
        return 0;
      case 1:
        return ones(bits);
      case 2:
        return random_.next() & ones(bits);
      case 3:
        return read.value + 1;
      default:
        return read.value ^ uint64_t { 1 } << random_.below(bits);
    }
  }

  // The register reads so from now on: as a whole, or the bits that are to be different, or only from that read on.
  void take(std::vector<Register>& registers, const Idea& idea) {
    const Read& read = idea.read;
    const uint64_t all = ones(8 * read.size), wanted = idea.wanted & all;
    const auto at = std::ranges::find_if(registers, [&](const Register& r) {
      return r.bar == read.bar && r.offset == read.offset && r.size == read.size;
    });
    const bool had = at != registers.end();
    Register r =
        had ? *at : Register{.bar = read.bar, .offset = read.offset, .size = read.size, .values = {}, .keeps = all};
    const unsigned way = random_.below(20);
    if (way < 9) {
      const uint64_t bits = (wanted ^ read.value) & all;
      if (r.values.empty()) r.values = {0};
      for (uint64_t& value : r.values) value = ((value & ~bits) | (wanted & bits)) & all;
      r.keeps &= ~bits;
    } else if (way < 16 || read.nth > 15) {
      r.values = {wanted};
      r.keeps = 0;
    } else {
      // As it read before, then so.
      const uint64_t last = r.values.empty() ? read.value : r.values.back();
      r.values.resize(read.nth, last);
      r.values.push_back(wanted);
      r.keeps = 0;
    }
    if (had) {
      *at = r;
    } else {
      registers.push_back(r);
    }
  }

  // What the driver gets as far without is left out.
  void shrink() {
    for (size_t i = best_.registers.size(); i-- > 0;) {
      std::vector<Register> fewer = best_.registers;
      fewer.erase(fewer.begin() + static_cast<ptrdiff_t>(i));
      Trial trial = run(std::move(fewer));
      if (trial.stages >= best_.stages) best_ = std::move(trial);
    }
  }

  Searched& searched_;
  GenericDevice& device_;
  unsigned enough_;
  std::vector<Register> said_;  // by the manifest
  Random random_{1};
  std::vector<Trial> corpus_;
  Trial best_;
  std::vector<std::vector<uint8_t>> seen_;
  bool fresh_ = false;  // the last run reached what none before did
};

}  // namespace

std::vector<Register> search_registers(Searched& searched, GenericDevice& device, unsigned runs, Stage enough,
                                       void (*leave)()) {
  g_leave = leave;
  g_accesses = 0;
  catch_signals();
  device.listen(was_read);
  return Search(searched, device, enough).go(runs);
}

void stop_searching() {
  g_run.on = false;
}

}  // namespace dmafuzz

// What the compiler puts in for -fsanitize-coverage; in other programs the sanitizer's own, which do nothing.
#define CALLER reinterpret_cast<uintptr_t>(__builtin_return_address(0))
extern "C" {

void __sanitizer_cov_8bit_counters_init(uint8_t* start, uint8_t* stop) {
  for (const auto& known : dmafuzz::g_counters) {
    if (known.data() == start) return;
  }
  if (start < stop) dmafuzz::g_counters.emplace_back(start, stop);
}
void __sanitizer_cov_pcs_init(const uintptr_t* start, const uintptr_t* stop) {
  for (const auto& known : dmafuzz::g_places) {
    if (known.data() == start) return;
  }
  if (start < stop) dmafuzz::g_places.emplace_back(start, stop);
}
void __sanitizer_cov_trace_cmp1(uint8_t a, uint8_t b) {
  dmafuzz::on_compare(CALLER, a, b, 8);
}
void __sanitizer_cov_trace_cmp2(uint16_t a, uint16_t b) {
  dmafuzz::on_compare(CALLER, a, b, 16);
}
void __sanitizer_cov_trace_cmp4(uint32_t a, uint32_t b) {
  dmafuzz::on_compare(CALLER, a, b, 32);
}
void __sanitizer_cov_trace_cmp8(uint64_t a, uint64_t b) {
  dmafuzz::on_compare(CALLER, a, b, 64);
}
void __sanitizer_cov_trace_const_cmp1(uint8_t a, uint8_t b) {
  dmafuzz::on_compare(CALLER, a, b, 8);
}
void __sanitizer_cov_trace_const_cmp2(uint16_t a, uint16_t b) {
  dmafuzz::on_compare(CALLER, a, b, 16);
}
void __sanitizer_cov_trace_const_cmp4(uint32_t a, uint32_t b) {
  dmafuzz::on_compare(CALLER, a, b, 32);
}
void __sanitizer_cov_trace_const_cmp8(uint64_t a, uint64_t b) {
  dmafuzz::on_compare(CALLER, a, b, 64);
}
void __sanitizer_cov_trace_switch(uint64_t value, const uint64_t* cases) {
  for (uint64_t i = 0; i < cases[0]; ++i) {
    dmafuzz::on_compare(CALLER, cases[2 + i], value, static_cast<unsigned>(cases[1]));
  }
}

}  // extern "C"
