// SPDX-License-Identifier: GPL-2.0-only
//
// What becomes of each mistake on each implementation of the DMA API: it does not compile, it is refused, DmaSan sees
// it, or nobody does. Run-time cells come from unlawful programs on each back end and path, compile-time cells from the
// files of harness/tests/compile_fail, whose own tests prove them. Holds docs/misuse-matrix.md, and the table in
// README.md that repeats it, against the result.
//
//   misuse_matrix --compile-fail=FOLDER DOCS README   fails if either is not what it would print
//   misuse_matrix --compile-fail=FOLDER               prints the page
//   --runs=N                                          programs a mistake, path and back end (default 8)
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dma_wrappers/wrappers.h"
#include "dmasan/checks.h"
#include "engine/misuse.h"
#include "engine/offered.h"
#include "program/generate.h"

using namespace dmafuzz;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t kOps = 8;

// From the best that can come of a mistake to the worst.
enum class Fate {
  kNoCompile,
  kRefusedByType,
  kError,
  kPrevented,
  kDetected,
  kDetectedAsOther,
  kUndetected,
  kNotOffered
};
constexpr std::string_view kFateWords[] = {"does not compile", "refused by type", "refused with an error",
                                           "prevented",        "detected",        "detected as",
                                           "**undetected**",   "not offered"};

struct Fates {
  std::set<Fate> fates;
  std::set<std::string> others;  // ids that DmaSan gave instead

  std::string text(bool proven) const {
    std::string out;
    const auto add = [&](std::string_view what) { out += fmt::format("{}{}", out.empty() ? "" : ", ", what); };
    if (proven) add(kFateWords[static_cast<std::size_t>(Fate::kNoCompile)]);
    for (const Fate fate : fates) {
      // Types refuse at run time only because programs are data: in a driver's source it does not compile.
      if (fate == Fate::kRefusedByType && proven) continue;
      // There is no such call to make it with; what there is decides.
      if (fate == Fate::kNotOffered && (proven || fates.size() > 1)) continue;
      if (fate == Fate::kDetectedAsOther) {
        for (const std::string& id : others) add(fmt::format("detected as `{}`", id));
      } else {
        add(kFateWords[static_cast<std::size_t>(fate)]);
      }
    }
    return out;
  }
};

struct Side {
  std::string name;
  const dmaf_backend* backend;
  bool owns;  // it owns the memory of its lists (engine/offered.h)
  std::unique_ptr<Misuse> misuse;
  std::map<std::string_view, Fates> by_check, by_mistake;
  std::set<std::string> proven;  // checks of which a mistake does not compile
};

// The checks that files of the folder name: // check: ID
std::set<std::string> proven_in(const fs::path& folder) {
  std::set<std::string> out;
  if (!fs::is_directory(folder)) return out;
  for (const auto& entry : fs::directory_iterator(folder)) {
    std::ifstream in(entry.path());
    constexpr std::string_view kWord = "// check: ";
    for (std::string line; std::getline(in, line);) {
      if (line.starts_with(kWord)) out.insert(line.substr(kWord.size()));
    }
  }
  return out;
}

// `reference`: of the C API, of which nothing is prevented. Where a wrapper takes a call that is a mistake in C, which
// DmaSan sees there, and DmaSan sees nothing, it has done what is right instead. But not if it did not do all that led
// there: then what it did not do decides.
Fate fate_of(const MisuseVerdict& verdict, bool reference) {
  switch (verdict.end) {
    case MisuseEnd::kSeen:
      return Fate::kDetected;
    case MisuseEnd::kMissed:
      if (reference) return Fate::kUndetected;
      if (verdict.skipped) return verdict.skipped == DMAF_ST_REFUSED_BY_TYPE ? Fate::kRefusedByType : Fate::kNotOffered;
      return Fate::kPrevented;
    case MisuseEnd::kWrong:
      return Fate::kDetectedAsOther;
    case MisuseEnd::kNotMade:
      break;
  }
  if (!verdict.refused) return Fate::kNotOffered;
  if (verdict.status == DMAF_ST_REFUSED_BY_TYPE) return Fate::kRefusedByType;
  return verdict.status < 0 && verdict.status > -4096 ? Fate::kError : Fate::kNotOffered;
}

class Matrix {
 public:
  explicit Matrix(const fs::path& compile_fail) {
    add({&dmaf_backend_c, false}, compile_fail);
    for (const Lockstep::Wrapper& wrapper : wrappers()) add(wrapper, compile_fail);
  }

  void fill(unsigned runs) {
    for (std::size_t i = 0; i < mistakes().size(); ++i) {
      const Mistake& mistake = mistakes()[i];
      if (!mistake.seen) continue;
      for (unsigned path = 0; path < DMAF_PATHS; ++path) {
        for (unsigned seed = 0; seed < runs; ++seed) one(mistake, i, path, seed);
      }
    }
  }

  // The table of checks, also the README's.
  std::string table() const {
    std::string out = head("check");
    for (const CheckInfo& check : kChecks) {
      if (!sides_[0].by_check.contains(check.id)) continue;
      out += fmt::format("| `{}` |", check.id);
      for (const Side& side : sides_) {
        const auto at = side.by_check.find(check.id);
        out += fmt::format(" {} |", at == side.by_check.end()
                                        ? std::string("-")
                                        : at->second.text(side.proven.contains(std::string(check.id))));
      }
      out += "\n";
    }
    return out;
  }

  std::string page() const {
    std::string out =
        "# What becomes of a mistake in C, in C++ and in Rust\n\n"
        "Written by `misuse_matrix`; a test fails when this page is not what it writes. Each mistake is made in many "
        "programs on\neach path, and a cell lists all that came of it. Rust's lists own whole buffers of vmalloc(): "
        "where such a list makes a\n"
        "mistake that C makes as well, Rust is asked about that one too.\n\n"
        "| word | meaning |\n| --- | --- |\n"
        "| does not compile | proven by the files of `harness/tests/compile_fail` |\n"
        "| refused by type | the types make it impossible to say; in the first table: and no file proves it yet |\n"
        "| refused with an error | the implementation's own answer at run time |\n"
        "| prevented | the call is taken, and what is right is done instead: objects that release themselves |\n"
        "| detected | the mistake is made, and DmaSan reports it |\n"
        "| **undetected** | the mistake is made, and nobody reports it |\n"
        "| not offered | there is no call to make the mistake with |\n\n";
    out += table();
    out += "\n## By mistake\n\n" + head("mistake");
    for (const Mistake& mistake : mistakes()) {
      if (!sides_[0].by_mistake.contains(mistake.name)) continue;
      out += fmt::format("| `{}`: {} |", mistake.name, mistake.what);
      for (const Side& side : sides_) out += fmt::format(" {} |", side.by_mistake.at(mistake.name).text(false));
      out += "\n";
    }
    return out;
  }

 private:
  void add(const Lockstep::Wrapper& of, const fs::path& compile_fail) {
    Side side;
    side.name = of.backend->name;
    side.backend = of.backend;
    side.owns = of.own_memory;
    side.misuse = std::make_unique<Misuse>("dma_misuse", *of.backend);
    side.proven = proven_in(compile_fail / side.name);
    sides_.push_back(std::move(side));
  }

  std::string head(std::string_view first) const {
    std::string out = fmt::format("| {} |", first), rule = "| --- |";
    for (const Side& side : sides_) {
      out += fmt::format(" {} |", side.name);
      rule += " --- |";
    }
    return out + "\n" + rule + "\n";
  }

  void one(const Mistake& mistake, std::size_t index, unsigned path, unsigned seed) {
    // A short program on the plainest device: what wrappers do not offer must not stand in the way.
    const bool plain = seed % 2 == 0;
    Program lawful;
    if (!plain) lawful = random_program(seed, kOps);
    lawful.config.path = static_cast<dmaf_u8>(path);
    Random random(seed);
    const auto unlawful = commit(lawful, index, random);
    if (!unlawful) return;
    Side& c = sides_[0];
    const MisuseVerdict verdict = c.misuse->run(mistake, *unlawful);
    // Of C what never came to be says nothing: this device or path rules it out.
    if (verdict.end != MisuseEnd::kNotMade) {
      count(c, mistake, fate_of(verdict, true), verdict.id);
      for (Side& side : std::span(sides_).subspan(1)) on_wrapper(side, mistake, *unlawful, plain);
    }
    // Once more with what a wrapper has that owns the memory of its lists, if that is a mistake still: C tells.
    if (!plain) return;
    Unlawful bent = *unlawful;
    bend_to_owning(bent.program);
    if (std::ranges::equal(bent.program.ops, unlawful->program.ops, same_op)) return;
    if (c.misuse->run(mistake, bent).end != MisuseEnd::kSeen) return;
    for (Side& side : std::span(sides_).subspan(1)) {
      if (side.owns) on_wrapper(side, mistake, bent, plain);
    }
  }

  void on_wrapper(Side& side, const Mistake& mistake, const Unlawful& unlawful, bool plain) {
    const MisuseVerdict verdict = side.misuse->run(mistake, unlawful);
    // What it left out of a longer program need not have been about the mistake, and may have led to another.
    const bool other = verdict.end == MisuseEnd::kMissed || verdict.end == MisuseEnd::kWrong;
    if (!plain && other && verdict.skipped) return;
    Fate fate = fate_of(verdict, false);
    // Types refuse the mistake in a call only if there is the call.
    if (fate == Fate::kRefusedByType && side.backend->offers) {
      dmaf_op right = unlawful.program.ops[unlawful.op];
      right.flags &= static_cast<dmaf_u8>(~DMAF_F_UNLAWFUL);
      dmaf_s32 status = 0;
      side.backend->offers(&unlawful.program.config, &right, 1, &status);
      if (status == DMAF_ST_NOT_OFFERED) fate = Fate::kNotOffered;
    }
    count(side, mistake, fate, verdict.id);
  }

  void count(Side& side, const Mistake& mistake, Fate fate, const std::string& id) {
    for (Fates* fates : {&side.by_check[mistake.check], &side.by_mistake[mistake.name]}) {
      fates->fates.insert(fate);
      if (fate == Fate::kDetectedAsOther) fates->others.insert(id);
    }
  }

  std::vector<Side> sides_;
};

std::string contents(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

int main(int argc, char** argv) {
  std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);
  std::string compile_fail;
  std::vector<std::string> files;
  unsigned runs = 8;
  for (int i = 1; i < argc; ++i) {
    const std::string_view arg = argv[i];
    if (arg.starts_with("--compile-fail=")) {
      compile_fail = arg.substr(15);
    } else if (arg.starts_with("--runs=")) {
      runs = static_cast<unsigned>(std::strtoul(argv[i] + 7, nullptr, 10));
    } else if (arg.starts_with("--")) {
      fmt::print(stderr, "unknown option {}; known: --compile-fail=FOLDER --runs=N\n", arg);
      return 2;
    } else {
      files.emplace_back(arg);
    }
  }
  Matrix matrix(compile_fail);
  matrix.fill(runs);
  const std::string page = matrix.page();
  if (files.empty()) {
    fmt::print("{}", page);
    return 0;
  }
  bool current = contents(files[0]) == page;
  if (!current) fmt::print("{} is out of date; to renew it: misuse_matrix > {}\n", files[0], files[0]);
  if (files.size() > 1 && contents(files[1]).find(matrix.table()) == std::string::npos) {
    fmt::print("{} does not have this table:\n{}", files[1], matrix.table());
    current = false;
  }
  return current ? 0 : 1;
}
