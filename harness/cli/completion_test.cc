// SPDX-License-Identifier: GPL-2.0-only
//
// The scripts in the shells that they are for: bash is asked what it would offer.
#include "cli/completion.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/process.h"
#include "cli/storage.h"

namespace dmafuzz::cli {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// An argument or option with a value: with these words, or any.
OptionDescription valued(std::vector<std::string> names, std::vector<std::string> choices = {}, bool repeats = false) {
  return {.names = std::move(names),
          .help = "Help",
          .takes_value = true,
          .repeats = repeats,
          .choices = std::move(choices)};
}

// A command with what there is to complete.
CommandDescription command() {
  const OptionDescription help = {.names = {"-h", "--help"}, .help = "It's [this] text: all of it", .choices = {}};
  const CommandDescription run = {
      .name = "run",
      .help = "Run inputs",
      .options = {help, valued({"-o", "--output"}), valued({"--mode"}, {"fast", "fine"}), valued({"--target"})},
      .arguments = {valued({"TARGET"}), valued({"FILE"}, {}, true)},
      .subcommands = {}};
  const CommandDescription convert = {.name = "convert",
                                      .help = "Convert",
                                      .options = {},
                                      .arguments = {valued({"FORM"}, {"text", "json"}, true)},
                                      .subcommands = {}};
  const CommandDescription corpus = {
      .name = "corpus", .help = "Corpora", .options = {help}, .arguments = {}, .subcommands = {convert}};
  return {.name = "dmafuzz", .help = "Fuzzes", .options = {help}, .arguments = {}, .subcommands = {run, corpus}};
}

class Completion : public testing::Test {
 protected:
  void SetUp() override {
    write_file(scratch_.path() / "script", bash_completion(command()));
    // What stands for the command says its targets when it is asked for them.
    write_file(scratch_.path() / "dmafuzz",
               "#!/bin/sh\n[ \"$*\" = 'targets --names' ] && printf 'dma_api\\ndmapool\\n'\n");
    std::filesystem::permissions(scratch_.path() / "dmafuzz", std::filesystem::perms::owner_all);
  }

  // What bash offers for the last of these words, split as readline splits them.
  std::vector<std::string> offers(const std::vector<std::string>& words) const {
    std::string line = (scratch_.path() / "dmafuzz").native();
    for (const std::string& word : words) line += fmt::format(" '{}'", word);
    std::vector<std::string> out;
    const Outcome outcome = run_process(
        {"/bin/bash", "--norc", "-c",
         fmt::format(
             "set -u; source {}; COMP_WORDS=({}); COMP_CWORD={}; _dmafuzz; printf '%s\\n' \"${{COMPREPLY[@]}}\"",
             (scratch_.path() / "script").native(), line, words.size())},
        {}, std::chrono::seconds(20), [&](std::string_view l) { out.emplace_back(l); });
    EXPECT_TRUE(outcome.exit.ok());
    std::erase(out, "");
    return out;
  }

  const ScratchFolder scratch_;
};

TEST_F(Completion, BashKnowsSubcommands) {
  EXPECT_THAT(offers({""}), ElementsAre("run", "corpus"));
  EXPECT_THAT(offers({"r"}), ElementsAre("run"));
  EXPECT_THAT(offers({"corpus", ""}), ElementsAre("convert"));
  EXPECT_THAT(offers({"corpus", "convert", "j"}), ElementsAre("json"));
}

TEST_F(Completion, BashKnowsOptions) {
  EXPECT_THAT(offers({"run", "--m"}), ElementsAre("--mode"));
  EXPECT_THAT(offers({"-"}), ElementsAre("-h", "--help"));
  EXPECT_THAT(offers({"run", "dma_api", "-o", "x", "--t"}), ElementsAre("--target"));
}

TEST_F(Completion, BashKnowsValues) {
  EXPECT_THAT(offers({"run", "--mode", "fa"}), ElementsAre("fast"));
  EXPECT_THAT(offers({"run", "--mode", "="}), ElementsAre("fast", "fine"));
  EXPECT_THAT(offers({"run", "--mode", "=", "fi"}), ElementsAre("fine"));
  EXPECT_THAT(offers({"run", "--target", "dmap"}), ElementsAre("dmapool"));
}

TEST_F(Completion, BashAsksTheCommandForItsTargets) {
  EXPECT_THAT(offers({"run", ""}), ElementsAre("dma_api", "dmapool"));
  EXPECT_THAT(offers({"run", "--mode", "fast", "dma_"}), ElementsAre("dma_api"));
  EXPECT_THAT(offers({"run", "--mode", "=", "fast", "dma_"}), ElementsAre("dma_api"));
}

TEST_F(Completion, BashLeavesFilesToTheShell) {
  EXPECT_THAT(offers({"run", "dma_api", ""}), IsEmpty());
  EXPECT_THAT(offers({"run", "dma_api", "a", "d"}), IsEmpty());
  EXPECT_THAT(offers({"run", "--output", "d"}), IsEmpty());
}

TEST_F(Completion, BashRepeatsTheLastArgument) {
  EXPECT_THAT(offers({"corpus", "convert", "text", "json", ""}), ElementsAre("text", "json"));
}

// Whether zsh reads it, and what it makes of help: a colon, a bracket or a quote of it would end a description.
TEST_F(Completion, ZshReadsIt) {
  const std::string script = zsh_completion(command());
  EXPECT_THAT(script, testing::HasSubstr(R"('(-h --help)--help[It'\''s \[this\] text\: all of it]')"));
  EXPECT_THAT(script, testing::HasSubstr("'*:file:_files'"));
  const auto zsh = find_program("zsh");
  if (zsh.empty()) GTEST_SKIP() << "zsh is not installed: whether it reads the script is not known";
  write_file(scratch_.path() / "_dmafuzz", script);
  std::string said;
  const Outcome outcome =
      run_process({zsh, "-f", "-c",
                   fmt::format("autoload -Uz compinit; compinit -D -u; source {}; print ${{_comps[dmafuzz]}}",
                               (scratch_.path() / "_dmafuzz").native())},
                  {}, std::chrono::seconds(20), [&](std::string_view l) { said.append(l).append("\n"); });
  EXPECT_TRUE(outcome.exit.ok());
  EXPECT_EQ(said, "_dmafuzz\n");
}

}  // namespace
}  // namespace dmafuzz::cli
