// SPDX-License-Identifier: GPL-2.0-only
//
// Writes the corpus of mistakes: for each check on each path where it can fire a short unlawful program that fires it,
// and its lawful twin, the same text as the shaper mends it, that must stay silent. `dmafuzz regress` replays both.
//
//   misuse_corpus FOLDER         writes ID-PATH.dma and ID-PATH-lawful.dma, and names the cells that it found no pair
//   for
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>

#include "dmasan/checks.h"
#include "dmasan/dmasan.h"
#include "engine/executor.h"
#include "engine/machine.h"
#include "engine/raise.h"
#include "host.h"
#include "program/mistake.h"
#include "program/shape.h"
#include "program/text.h"

using namespace dmafuzz;

namespace {

namespace fs = std::filesystem;

constexpr unsigned kSeeds = 64;

struct Pair {
  const Mistake* mistake;
  Program wrong, right;
};

class Corpus {
 public:
  explicit Corpus(fs::path folder) : folder_(std::move(folder)), executor_(dmaf_backend_c, "dma_api") {
    executor_.set_rerun(true);  // as replaying does
  }

  // The shortest pair for the cell, of all mistakes that the check is for.
  std::optional<Pair> find(Check which, unsigned path) {
    const CheckInfo& check = check_info(which);
    std::optional<Pair> best;
    for (std::size_t i = 0; i < mistakes().size(); ++i) {
      if (!mistakes()[i].seen || mistakes()[i].check != check.id) continue;
      for (unsigned seed = 0; seed < kSeeds; ++seed) {
        auto pair = make(i, which, path, seed);
        if (pair && (!best || size(*pair) < size(*best))) best = std::move(pair);
      }
    }
    return best;
  }

  fs::path file(const CheckInfo& check, unsigned path, bool lawful) const {
    return folder_ / fmt::format("{}-{}{}.dma", check.id, path_words()[path], lawful ? "-lawful" : "");
  }

  void write(const CheckInfo& check, unsigned path, const Pair& pair) {
    const std::string checks = check.severity == CheckSeverity::kAdvisory ? std::string(check.id) : std::string();
    ProgramFile wrong, right;
    wrong.program = pair.wrong;
    wrong.expect = {
        .kind = Expectation::Kind::kFinding, .finding = std::string(check.id), .checks = checks, .only = {}};
    right.program = pair.right;
    right.expect = {.kind = Expectation::Kind::kOk, .finding = {}, .checks = checks, .only = {}};
    put(file(check, path, false), fmt::format("{}: {}.", pair.mistake->name, pair.mistake->what), wrong);
    put(file(check, path, true),
        fmt::format("As {}, without the mistake.", file(check, path, false).filename().native()), right);
  }

 private:
  static std::size_t size(const Pair& pair) { return pair.wrong.ops.size(); }

  std::optional<Pair> make(std::size_t mistake, Check check, unsigned path, unsigned seed) {
    Program lawful;
    lawful.config.path = static_cast<dmaf_u8>(path);
    lawful.config.coherent = seed % 2;
    Random random(seed);
    const auto unlawful = commit(lawful, mistake, random);
    if (!unlawful) return std::nullopt;
    // 6.12 has no IOVA API.
    const auto uses_iova = [](const dmaf_op& op) { return op.code == DMAF_OP_MAP && op.kind == DMAF_MAP_IOVA; };
    if (std::ranges::any_of(unlawful->program.ops, uses_iova)) return std::nullopt;
    Pair pair = {&mistakes()[mistake], unlawful->program, unlawful->program};
    if (found(pair.wrong, check) != check_info(check).id) return std::nullopt;
    shape(pair.right);
    // What the shaper takes for lawful all the same: the same with pages of its own.
    if (!found(pair.right, check).empty()) {
      for (dmaf_op& op : pair.right.ops) {
        if (op.code == DMAF_OP_ALLOC) op.kind = DMAF_ALLOC_PAGES;
      }
      shape(pair.right);
    }
    // A twin that does nothing would prove nothing.
    if (pair.right.ops.empty() || !found(pair.right, check).empty()) return std::nullopt;
    return pair;
  }

  std::string found(const Program& program, Check check) {
    FindingTrap trap;
    const CheckSet before = dmasan().checks();
    dmasan().enable(check, true);
    std::string id;
    if (sigsetjmp(trap.jump, 0) == 0) {
      arm_trap(&trap);
      executor_.run(program);
      arm_trap(nullptr);
    } else {
      machine().reset();
      id = trap.id;
    }
    dmasan().checks() = before;
    return id;
  }

  static void put(const fs::path& file, const std::string& comment, const ProgramFile& program) {
    std::ofstream out(file, std::ios::binary);
    out << "# SPDX-License-Identifier: GPL-2.0-only OR MIT\n# " << comment << "\n" << print_text(program);
    if (!out.flush()) {
      fmt::print(stderr, "{} cannot be written\n", file.native());
      std::exit(2);
    }
  }

  fs::path folder_;
  Executor executor_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    fmt::print(stderr, "usage: misuse_corpus FOLDER\n");
    return 2;
  }
  fs::create_directories(argv[1]);
  Corpus corpus(argv[1]);
  for (std::size_t i = 0; i < kChecks.size(); ++i) {
    for (unsigned path = 0; path < DMAF_PATHS; ++path) {
      if (const auto pair = corpus.find(static_cast<Check>(i), path)) {
        corpus.write(kChecks[i], path, *pair);
      } else {
        fmt::print("no pair for {} on {}\n", kChecks[i].id, path_words()[path]);
      }
    }
  }
  return 0;
}
