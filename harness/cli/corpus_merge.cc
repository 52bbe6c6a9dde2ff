// SPDX-License-Identifier: GPL-2.0-only
//
// See corpus_merge.h. A folder cannot be exchanged for another in one step that every file system has, so the old one
// steps aside first; whoever comes next finds it there.
#include "cli/corpus_merge.h"

#include "cli/process.h"
#include "cli/storage.h"

namespace dmafuzz::cli {
namespace fs = std::filesystem;
namespace {

fs::path aside(const fs::path& corpus) {
  return corpus.native() + ".old";
}
fs::path coming(const fs::path& corpus) {
  return corpus.native() + ".merging";
}
// How far libFuzzer came. By itself it keeps that in the system's temporary folder, and leaves it there when killed.
fs::path progress(const fs::path& corpus) {
  return corpus.native() + ".merge-progress";
}

}  // namespace

void recover_corpus(const fs::path& corpus) {
  std::error_code ignored;
  if (!fs::exists(corpus) && fs::exists(aside(corpus))) fs::rename(aside(corpus), corpus);
  fs::remove_all(aside(corpus), ignored);
  fs::remove_all(coming(corpus), ignored);
  fs::remove(progress(corpus), ignored);
}

Merged merge_corpus(const Build& build, const Target& target, std::chrono::seconds limit) {
  const fs::path corpus = build.work(target) / "corpus";
  recover_corpus(corpus);
  Merged merged;
  merged.before = merged.after = count_files(corpus);
  if (!merged.before) return merged;
  const fs::path next = coming(corpus);
  make_folder(next);
  const std::vector<std::string> argv = {target.fuzzer,
                                         "-merge=1",
                                         "-merge_control_file=" + progress(corpus).native(),
                                         "-timeout=25",
                                         "-rss_limit_mb=2560",
                                         "-detect_leaks=0",
                                         next,
                                         corpus};
  const Outcome outcome = run_process(argv, sanitizer_environment(), limit, [](std::string_view) {});
  const std::uint64_t after = count_files(next);
  if (outcome.exit.ok() && !outcome.timed_out && after) {
    fs::rename(corpus, aside(corpus));
    fs::rename(next, corpus);
    merged.done = true;
    merged.after = after;
  }
  recover_corpus(corpus);
  return merged;
}

}  // namespace dmafuzz::cli
