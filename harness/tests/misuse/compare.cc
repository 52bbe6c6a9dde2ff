// SPDX-License-Identifier: GPL-2.0-only
//
// Who sees which mistake, DmaSan or the kernel's own checker: makes each mistake on each path, as misuse_table does,
// and holds what the two say against docs/compare-debug.md.
//
//   compare_table FILE       fails if FILE is not what it would print, or something is seen that nobody explains
//   compare_table            prints the page
//   --runs=N                 programs a cell (default 12)
//   --only=NAME              only mistakes whose name holds NAME; prints what each run came to, and no page
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "dmasan/checks.h"
#include "engine/comparison.h"
#include "engine/misuse.h"
#include "program/generate.h"

using namespace dmafuzz;

namespace {

constexpr std::size_t kOps = 12;

struct Options {
  std::string file;
  std::string only;
  unsigned runs = 12;
};

// What was seen of the program that runs.
std::vector<Sighting> g_sightings;

void seen(const Sighting& sighting) {
  g_sightings.push_back(sighting);
  // Both were asked of this call and have said what they have to say: what a wrong call does to the kernel is not the
  // question. Where dma-debug has not been asked yet, it may still speak later on.
  if (!sighting.check.empty() && sighting.debug != DebugVerdict::kNotAsked) raise_finding("compared", {});
}

struct Cell {
  unsigned both = 0, dmasan = 0, debug = 0;
  bool any() const { return both || dmasan || debug; }
};

std::string words_of(const Cell& cell) {
  std::string out;
  const auto add = [&](unsigned count, std::string_view word) {
    if (!count) return;
    if (!out.empty()) out += ", ";
    out += word;
  };
  add(cell.both, "both");
  add(cell.dmasan, "DmaSan");
  add(cell.debug, "dma-debug");
  return out.empty() ? "-" : out;
}

class Comparing {
 public:
  explicit Comparing(const Options& options) : options_(options), misuse_("dma_misuse") {}

  void fill() {
    for (std::size_t i = 0; i < mistakes().size(); ++i) {
      const Mistake& mistake = mistakes()[i];
      if (!mistake.seen || mistake.name.find(options_.only) == std::string_view::npos) continue;
      for (unsigned path = 0; path < DMAF_PATHS; ++path) one(i, path);
    }
  }

  std::string text() const;
  unsigned wrong() const { return wrong_; }

 private:
  void one(std::size_t index, unsigned path) {
    const Mistake& mistake = mistakes()[index];
    Cell& here = cells_[mistake.name][path];
    for (unsigned seed = 0; seed < options_.runs; ++seed) {
      Program lawful = random_program(seed, kOps);
      lawful.config.path = static_cast<dmaf_u8>(path);
      Random random(seed);
      const auto unlawful = commit(lawful, index, random);
      if (!unlawful) continue;
      g_sightings.clear();
      if (misuse_.run(mistake, *unlawful).end == MisuseEnd::kNotMade) continue;
      count(mistake, *unlawful, here);
    }
    if (!options_.only.empty()) {
      fmt::print("{} on {}: both {}, DmaSan alone {}, dma-debug alone {}\n", mistake.name, path_words()[path],
                 here.both, here.dmasan, here.debug);
    }
  }

  void count(const Mistake& mistake, const Unlawful& unlawful, Cell& here) {
    bool dmasan = false, debug = false;
    for (const Sighting& s : g_sightings) {
      if (s.operation < unlawful.op) {
        complain(mistake, unlawful, fmt::format("seen before it is made, at {}: {} {}", s.text, s.check, s.words));
        continue;
      }
      if (is_of(mistake, s.check)) dmasan = true;
      if (s.debug != DebugVerdict::kSaid) continue;
      debug = true;
      if (!check_of_debug(s.words)) complain(mistake, unlawful, fmt::format("words that nobody knows: {}", s.words));
    }
    here.both += dmasan && debug;
    here.dmasan += dmasan && !debug;
    here.debug += !dmasan && debug;
    if (!dmasan && !debug) complain(mistake, unlawful, "nobody saw it");
    if (!dmasan && debug && why_alone(mistake.name).empty()) {
      complain(mistake, unlawful, "dma-debug alone saw it, and nobody says why");
    }
  }

  void complain(const Mistake& mistake, const Unlawful& unlawful, const std::string& why) {
    if (!wrong_++) fmt::print("{}", misuse_text(mistake, unlawful));
    fmt::print("# {}: {}\n", mistake.name, why);
  }

  // Why DmaSan may be silent where dma-debug sees the mistake.
  static std::string_view why_alone(std::string_view) { return {}; }

  const Options& options_;
  Misuse misuse_;
  std::map<std::string_view, Cell[DMAF_PATHS]> cells_;
  unsigned wrong_ = 0;
};

constexpr std::string_view kHead =
    "# What DmaSan and dma-debug see\n\n"
    "Written by `compare_table`, which makes each mistake of [misuse.md](misuse.md) in many programs on each path and\n"
    "asks DmaSan and the kernel's own checker, `kernel/dma/debug.c`, side by side; a test fails when this page is not\n"
    "what it writes. `dmafuzz compare-debug` does the same with the programs of a corpus. The page is of Linux 7.3: "
    "6.12\n"
    "has no IOVA API, whose mappings dma-debug does not know.\n\n"
    "Two limits of dma-debug are lifted for it, so that it says all that it can. It reports its first error only: "
    "each\n"
    "program starts from a freshly booted kernel, and `all_errors` is set. It looks for what a driver leaves behind "
    "on\n"
    "PCI only: the bus of these devices is added (`dma_debug_add_bus()`). In a kernel as it is set up by default it\n"
    "sees less.\n\n"
    "*both*: in each program where the mistake was made both spoke. *DmaSan*: dma-debug was silent, then and to the "
    "end\n"
    "of the program. *both, DmaSan*: it spoke in some. *-*: the path leaves no way to make it.\n\n";

std::string Comparing::text() const {
  std::string out(kHead);
  out += "| check | seen by |\n| --- | --- |\n";
  std::string rows = "\n## Mistake by mistake\n\n| check | mistake |";
  for (const auto path : path_words()) rows += fmt::format(" {} |", path);
  rows += "\n| --- | --- |";
  for (unsigned path = 0; path < DMAF_PATHS; ++path) rows += " --- |";
  rows += "\n";
  unsigned alone = 0;
  for (const CheckInfo& check : kChecks) {
    Cell sum;
    for (const Mistake& mistake : mistakes()) {
      if (!mistake.seen || mistake.check != check.id) continue;
      rows += fmt::format("| `{}` | `{}` |", check.id, mistake.name);
      for (unsigned path = 0; path < DMAF_PATHS; ++path) {
        const Cell& cell = cells_.at(mistake.name)[path];
        rows += fmt::format(" {} |", words_of(cell));
        sum.both += cell.both;
        sum.dmasan += cell.dmasan;
        sum.debug += cell.debug;
      }
      rows += "\n";
    }
    if (sum.any()) out += fmt::format("| `{}` | {} |\n", check.id, words_of(sum));
    alone += sum.debug;
  }
  out += alone ? "\nWhat dma-debug alone sees is explained in `harness/tests/misuse/compare.cc`.\n"
               : "\ndma-debug sees none of these mistakes alone.\n";
  return out + rows;
}

Options parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view arg = argv[i];
    if (arg.starts_with("--runs=")) {
      options.runs = static_cast<unsigned>(std::strtoul(argv[i] + 7, nullptr, 10));
    } else if (arg.starts_with("--only=")) {
      options.only = arg.substr(7);
    } else if (arg.starts_with("--")) {
      fmt::print(stderr, "unknown option {}; known: --runs=N --only=NAME\n", arg);
      std::exit(2);
    } else {
      options.file = arg;
    }
  }
  return options;
}

}  // namespace

int main(int argc, char** argv) {
  std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);
  const Options options = parse(argc, argv);
  start_comparison(seen);
  Comparing comparing(options);
  comparing.fill();
  if (!options.only.empty()) return comparing.wrong() ? 1 : 0;
  const std::string text = comparing.text();
  if (options.file.empty()) {
    fmt::print("{}", text);
    return comparing.wrong() ? 1 : 0;
  }
  std::ifstream in(options.file, std::ios::binary);
  const std::string there((std::istreambuf_iterator<char>(in)), {});
  if (there != text) fmt::print("{} is out of date; to renew it: compare_table > {}\n", options.file, options.file);
  return comparing.wrong() || there != text ? 1 : 0;
}
