// SPDX-License-Identifier: GPL-2.0-only
//
// Which check sees which mistake on which path: makes each mistake on each path, in many programs, and holds the result
// against docs/misuse.md.
//
//   misuse_table FILE            fails if FILE is not what it would print, or a mistake is missed or taken for another
//   misuse_table                 prints the table
//   --runs=N                     programs a cell (default 24)
//   --only=NAME                  only mistakes whose name holds NAME; prints what each run came to, and no table
//   --all                        with --only: those as well that no check sees yet
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "dmasan/checks.h"
#include "engine/misuse.h"
#include "program/generate.h"
#include "program/shape.h"

using namespace dmafuzz;

namespace {

constexpr std::size_t kOps = 12;

// Why a check cannot fire on a path, whatever mistake is made.
struct Silent {
  std::string_view check;
  unsigned paths;  // bit set
  std::string_view why;
};
constexpr unsigned kAllPaths = (1u << DMAF_PATHS) - 1;
constexpr unsigned kBouncedPaths = 1u << DMAF_PATH_BOUNCE | 1u << DMAF_PATH_RESTRICTED;
constexpr Silent kSilent[] = {
    {"stale-iotlb", kAllPaths & ~(1u << DMAF_PATH_IOMMU_LAZY), "nothing is cached beyond its unmapping there"},
    {"mask-exceeded", 1u << DMAF_PATH_OFFSET, "its window lies within 32 bits, and narrower masks are refused"},
    {"segment-crosses-boundary", kBouncedPaths, "a bounce buffer never crosses it: what cannot lie within is refused"},
    {"subpage-exposure", kBouncedPaths, "the device reaches the bounce buffer, not the page"},
};

struct Options {
  std::string file;
  std::string only;
  unsigned runs = 24;
  bool all = false;
};

struct Cell {
  unsigned fired = 0, not_made = 0, wrong = 0;
};

class Table {
 public:
  explicit Table(const Options& options) : options_(options), misuse_("dma_misuse") {}

  void fill() {
    for (std::size_t i = 0; i < mistakes().size(); ++i) {
      const Mistake& mistake = mistakes()[i];
      if (!find_check(mistake.check)) {
        fmt::print("mistake {} names a check that there is not\n", mistake.name);
        ++wrong_;
      }
      if (mistake.name.find(options_.only) == std::string_view::npos) continue;
      if (!mistake.seen && (!options_.all || options_.only.empty())) continue;
      for (unsigned path = 0; path < DMAF_PATHS; ++path) one(i, path);
    }
  }

  // The table as text; counts cells that nobody explains.
  std::string text() {
    std::string out =
        "# What DmaSan sees, by path\n\n"
        "Written by `misuse_table`, which makes each mistake in many programs on each path; a test fails when this "
        "page\n"
        "is not what it writes. The paths are those of a program's device line.\n\n| check |";
    for (const auto path : path_words()) out += fmt::format(" {} |", path);
    out += "\n| --- |";
    for (unsigned path = 0; path < DMAF_PATHS; ++path) out += " --- |";
    out += "\n";
    std::vector<std::string_view> notes;
    for (const CheckInfo& check : kChecks) {
      if (rows_.find(check.id) == rows_.end()) continue;
      out += fmt::format("| `{}` |", check.id);
      for (unsigned path = 0; path < DMAF_PATHS; ++path) out += fmt::format(" {} |", cell(check.id, path, notes));
      out += "\n";
    }
    if (!notes.empty()) out += "\n";
    for (std::size_t i = 0; i < notes.size(); ++i) out += fmt::format("{}. {}.\n", i + 1, notes[i]);
    out += "\n## The mistakes\n\n| check | mistake | what it is |\n| --- | --- | --- |\n";
    for (const CheckInfo& check : kChecks) {
      for (const Mistake& mistake : mistakes()) {
        if (mistake.seen && mistake.check == check.id)
          out += fmt::format("| `{}` | `{}` | {} |\n", check.id, mistake.name, mistake.what);
      }
    }
    return out;
  }

  unsigned wrong() const { return wrong_; }

 private:
  void one(std::size_t index, unsigned path) {
    const Mistake& mistake = mistakes()[index];
    Cell here;
    unsigned impossible = 0;
    for (unsigned seed = 0; seed < options_.runs; ++seed) {
      Program lawful = random_program(seed, kOps);
      lawful.config.path = static_cast<dmaf_u8>(path);
      Random random(seed);
      const auto unlawful = commit(lawful, index, random);
      if (!unlawful) {
        ++impossible;
        continue;
      }
      const MisuseVerdict verdict = misuse_.run(mistake, *unlawful);
      here.fired += verdict.end == MisuseEnd::kSeen;
      here.not_made += verdict.end == MisuseEnd::kNotMade;
      if (verdict.end != MisuseEnd::kMissed && verdict.end != MisuseEnd::kWrong) continue;
      if (!here.wrong++) fmt::print("{}# {}\n", misuse_text(mistake, *unlawful), verdict.why);
    }
    wrong_ += here.wrong;
    if (!options_.only.empty()) {
      fmt::print("{} on {}: fired {}, not made {}, impossible {}, wrong {}\n", mistake.name, path_words()[path],
                 here.fired, here.not_made, impossible, here.wrong);
    }
    Cell& sum = rows_[mistake.check][path];
    sum.fired += here.fired;
    sum.wrong += here.wrong;
  }

  std::string cell(std::string_view check, unsigned path, std::vector<std::string_view>& notes) {
    const Cell& here = rows_[check][path];
    for (const Silent& silent : kSilent) {
      if (silent.check != check || !(silent.paths >> path & 1)) continue;
      if (here.fired) {
        fmt::print("{} fires on {}, where it is said to be silent\n", check, path_words()[path]);
        ++wrong_;
      }
      std::size_t note = 0;
      while (note < notes.size() && notes[note] != silent.why) ++note;
      if (note == notes.size()) notes.push_back(silent.why);
      return fmt::format("no ({})", note + 1);
    }
    if (!here.fired) {
      fmt::print("{} never fires on {}, and nobody says why\n", check, path_words()[path]);
      ++wrong_;
    }
    return "fires";
  }

  const Options& options_;
  Misuse misuse_;
  std::map<std::string_view, Cell[DMAF_PATHS]> rows_;
  unsigned wrong_ = 0;
};

Options parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view arg = argv[i];
    if (arg.starts_with("--runs=")) {
      options.runs = static_cast<unsigned>(std::strtoul(argv[i] + 7, nullptr, 10));
    } else if (arg.starts_with("--only=")) {
      options.only = arg.substr(7);
    } else if (arg == "--all") {
      options.all = true;
    } else if (arg.starts_with("--")) {
      fmt::print(stderr, "unknown option {}; known: --runs=N --only=NAME --all\n", arg);
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
  Table table(options);
  table.fill();
  if (!options.only.empty()) return table.wrong() ? 1 : 0;
  const std::string text = table.text();
  if (options.file.empty()) {
    fmt::print("{}", text);
    return table.wrong() ? 1 : 0;
  }
  std::ifstream in(options.file, std::ios::binary);
  const std::string there((std::istreambuf_iterator<char>(in)), {});
  if (there != text) fmt::print("{} is out of date; to renew it: misuse_table > {}\n", options.file, options.file);
  return table.wrong() || there != text ? 1 : 0;
}
