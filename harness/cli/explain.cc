// SPDX-License-Identifier: GPL-2.0-only
//
// `dmafuzz explain`: who owned which bytes when, who touched them, and where it went wrong.
#include "cli/explain.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "cli/checks.h"
#include "cli/command.h"
#include "cli/inputs.h"
#include "cli/replay.h"
#include "cli/source_lines.h"
#include "cli/storage.h"
#include "cli/terminal.h"

namespace dmafuzz::cli {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kRecord = "finding.json";
constexpr std::string_view kClosing = "closing ";
// Cells of all bars of a line together.
constexpr std::uint64_t kCells = 48;

// In which line of the program each operation is: operations come in the order of the lines.
std::vector<int> lines_of(const Timeline& timeline, const std::vector<std::string>& program) {
  std::vector<int> out;
  std::size_t from = 0;
  for (const std::string& operation : timeline.operations) {
    const OperationName name = operation_name(operation);
    const auto found = std::find(program.begin() + static_cast<std::ptrdiff_t>(from), program.end(), name.text);
    const bool there = found != program.end() && !name.number.starts_with(kClosing);
    out.push_back(there ? static_cast<int>(found - program.begin()) : -1);
    if (there) from = static_cast<std::size_t>(found - program.begin()) + 1;
  }
  return out;
}

// A cell stands for as many bytes, a power of two.
std::uint64_t cell_size(const BufferView& view) {
  std::uint64_t all = 0, size = 1;
  for (const ViewStrip& strip : view.strips) all += strip.size;
  while (all / size > kCells) size *= 2;
  return size;
}

char letter(Owner owner) {
  return ".cdb"[static_cast<std::size_t>(owner)];
}

Ink ink(char cell) {
  switch (cell) {
    case 'c':
    case 'C':
      return Ink::kGreen;
    case 'd':
    case 'D':
      return Ink::kYellow;
    case 'b':
    case 'B':
    case '/':
      return Ink::kBold;
    case '!':
      return Ink::kRed;
    default:
      return Ink::kDim;
  }
}

// The strip's owners after a step, cell by cell; in capitals where the step touched it.
std::string bar(const BufferView& view, const ViewStep& step, std::uint32_t strip, std::uint64_t cell) {
  const std::uint64_t count = (view.strips[strip].size + cell - 1) / cell;
  std::string out(count, ' ');
  for (const ViewSpan& span : step.owners) {
    if (span.strip != strip) continue;
    for (std::uint64_t i = span.lo / cell; i * cell < span.hi; ++i)
      out[i] = out[i] == ' ' || out[i] == letter(span.owner) ? letter(span.owner) : '/';
  }
  const bool violation = step.event.kind == EventKind::kViolation;
  for (const ViewSpan& span : step.touched) {
    if (span.strip != strip) continue;
    for (std::uint64_t i = span.lo / cell; i * cell < span.hi; ++i)
      out[i] = violation ? '!' : out[i] == '.' ? '*' : static_cast<char>(std::toupper(out[i]));
  }
  return out;
}

std::string mapping_line(std::uint32_t number, const TimelineMapping& m) {
  return fmt::format("mapping {}: {}, {}, {} bytes at DMA address {:#x} for {}{}", number, m.kind, m.direction, m.size,
                     m.dma, m.device.empty() ? "a device" : m.device, m.snoops ? "" : ", which does not snoop caches");
}

class TextFace {
 public:
  TextFace(const Explained& explained, bool colour)
      : e_(explained), colour_(colour), cell_(cell_size(explained.view)) {}

  std::string text() {
    heading();
    if (e_.view.steps.empty()) return out_ + "nothing was mapped, so that there is nothing to show\n";
    memory();
    out_ += fmt::format(
        "\na cell is {}; c the CPU's, d the device's, b both's, . nobody's, / of several; capital or *: touched, "
        "!: the violation\n\n",
        cell_ == kViewLine ? std::string("a cache line") : plural(cell_, "byte"));
    for (std::size_t i = 0; i < e_.view.steps.size(); ++i) step(i);
    for (const std::string& note : e_.view.notes) out_ += fmt::format("\n{}\n", note);
    return std::move(out_);
  }

 private:
  std::string dyed(std::string_view text, Ink ink) const { return colour_ ? paint(text, ink) : std::string(text); }

  void heading() {
    if (!e_.finding) {
      out_ += dyed("no finding", Ink::kGreen) + "\n";
      return;
    }
    const Finding& f = *e_.finding;
    out_ += dyed(f.headline(), Ink::kRed) + "\n";
    if (!f.summary.empty()) out_ += fmt::format("  {}\n", f.summary);
    if (f.dma_debug != DebugVerdict::kNone) {
      out_ += fmt::format("  the kernel's own checker, dma-debug: {}{}\n", verdict_word(f.dma_debug),
                          f.dma_debug_words.empty() ? "" : ": " + f.dma_debug_words);
    }
  }

  void memory() {
    out_ += "\nmemory:\n";
    for (std::uint32_t i = 0; i < e_.view.strips.size(); ++i) {
      const ViewStrip& strip = e_.view.strips[i];
      out_ += fmt::format("  {}  {} bytes at physical {:#x}{}{}\n", static_cast<char>('A' + i), strip.size, strip.phys,
                          strip.what.empty() ? "" : ": ", strip.what);
      for (const std::uint32_t m : strip.mappings)
        out_ += fmt::format("     {}\n", mapping_line(m, e_.timeline.mappings[m]));
    }
  }

  void name_operation(const std::string& operation) {
    const OperationName name = operation_name(operation);
    const bool closing = name.number.starts_with(kClosing);
    const std::string line = name.number.empty()
                                 ? name.text
                                 : fmt::format("{}op {}  {}", closing ? kClosing : "",
                                               name.number.substr(closing ? kClosing.size() : 0), name.text);
    out_ += dyed(line, Ink::kBold) + "\n";
  }

  void step(std::size_t i) {
    const ViewStep& step = e_.view.steps[i];
    const std::uint32_t of = step.event.operation;
    if (of == kNoIndex) {
      if (!outside_) out_ += dyed("outside of operations", Ink::kBold) + "\n";
    } else {
      for (; operation_ <= of && operation_ < e_.timeline.operations.size(); ++operation_)
        name_operation(e_.timeline.operations[operation_]);
    }
    outside_ = of == kNoIndex;
    out_ += fmt::format("{:5}  ", i + 1);
    for (std::uint32_t strip = 0; strip < e_.view.strips.size(); ++strip)
      out_ += painted(bar(e_.view, step, strip, cell_)) + "  ";
    out_ += dyed(step.sentence, step.event.kind == EventKind::kViolation ? Ink::kRed : Ink::kPlain);
    if (!step.elsewhere.empty()) out_ += ", " + step.elsewhere;
    if (const SourceFrame* who = who_did(e_, step))
      out_ += dyed(fmt::format("  [{} {}]", who->function, who->place()), Ink::kDim);
    out_ += '\n';
  }

  std::string painted(std::string_view bar) const {
    std::string out;
    for (std::size_t at = 0; at < bar.size();) {
      const std::size_t end = std::min(bar.find_first_not_of(bar[at], at), bar.size());
      out += dyed(bar.substr(at, end - at), ink(bar[at]));
      at = end;
    }
    return out;
  }

  const Explained& e_;
  const bool colour_;
  const std::uint64_t cell_;
  std::uint32_t operation_ = 0;  // the next to be named
  bool outside_ = false;
  std::string out_;
};

struct Options {
  std::vector<std::string> what;
  std::string html;
  bool json = false;
  bool pass_known = false;
};

// The folder of a finding that is meant (finding_store.h), or nothing.
std::optional<fs::path> finding_folder(const fs::path& path) {
  if (fs::exists(path / kRecord)) return path;
  if (path.filename() == kRecord && fs::exists(path)) return path.parent_path();
  return std::nullopt;
}

int run(const Options& options) {
  if (options.what.size() > 2) throw Trouble("explain takes TARGET and one FILE, or the folder of a finding");
  const Build build = this_build();
  std::string name = options.what.size() == 2 ? options.what[0] : std::string();
  fs::path file = options.what.back();
  bool pass_known = options.pass_known;
  if (const auto folder = finding_folder(file)) {
    const auto json = nlohmann::ordered_json::parse(read_file(*folder / kRecord), nullptr, false);
    if (json.is_discarded()) throw Trouble(fmt::format("{} is damaged", friendly(*folder / kRecord)));
    if (name.empty()) name = json.value("target", "");
    file = input_of_finding(*folder);
    pass_known = true;  // as the campaign saw it
  }
  if (name.empty())
    throw Trouble(fmt::format("{} is no folder of a finding: say which target it is for, as `run` wants it",
                              options.what.back()));
  if (!fs::exists(file)) throw Trouble(fmt::format("{}: no such file", friendly(file)));
  const Explained explained = explain(build, build.target(name), file, pass_known);
  if (options.json) {
    fmt::print("{}\n",
               explained_json(build, explained).dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
  } else if (options.html.empty()) {
    fmt::print("{}", explained_text(explained, true));
  }
  if (!options.html.empty()) {
    write_file(options.html, explained_page(build, explained));
    fmt::print(stderr, "written to {}\n", options.html);
  }
  return explained.finding ? kFindings : kClean;
}

}  // namespace

OperationName operation_name(const std::string& operation) {
  const std::size_t open = operation.find(" (");
  const bool closing = operation.starts_with("closing op ");
  if ((!closing && !operation.starts_with("op ")) || open == std::string::npos || !operation.ends_with(')'))
    return {.number = {}, .text = operation};
  const std::size_t start = std::string_view(closing ? "closing op " : "op ").size();
  return {.number = std::string(closing ? kClosing : "") + operation.substr(start, open - start),
          .text = operation.substr(open + 2, operation.size() - open - 3)};
}

const SourceFrame* who_did(const Explained& explained, const ViewStep& step) {
  if (const SourceFrame* who = who_of(explained.timeline, step.event)) return who;
  if (!step.of_finding || !explained.finding || explained.finding->location.empty()) return nullptr;
  return &explained.finding->location;
}

fs::path input_of_finding(const fs::path& folder) {
  for (const InputKind kind : {InputKind::kDma, InputKind::kLife, InputKind::kBytes}) {
    const fs::path small = folder / ("minimized" + std::string(text_ending(kind)));
    if (fs::exists(small)) return small;
  }
  return folder / "input";
}

Explained explain(const Build& build, const Target& target, const fs::path& file, bool pass_known) {
  Explained out;
  out.target = &target;
  out.file = file;
  const Input input = load_input(target, file);  // throws if it is text with a mistake
  const ScratchFolder scratch;
  const fs::path record = scratch.path() / "timeline";
  ReplayOptions how = {.arguments = {fmt::format("--timeline={}", record.native())}};
  if (pass_known) how.arguments.emplace_back("--pass-known");
  out.finding = replay(build, target, std::array{file}, how).front().finding;
  try {
    out.timeline = parse_timeline(read_file(record));
  } catch (const std::exception& error) {
    throw Trouble(
        fmt::format("{} has written a timeline that cannot be read: {}", friendly(target.replayer), error.what()));
  }
  const SourceLines source(build);
  source.rename(out.timeline.stacks);
  if (out.finding) source.rename(*out.finding);
  out.view = view_of(out.timeline, out.finding ? &*out.finding : nullptr);
  out.program = out.finding && !out.finding->program.empty() ? out.finding->program
                : target.kind == InputKind::kBytes           ? out.timeline.operations
                                                             : input_lines(target, input.bytes);
  out.lines = lines_of(out.timeline, out.program);
  return out;
}

std::string explained_text(const Explained& explained, bool colour) {
  return TextFace(explained, colour).text();
}

void add_explain(CommandLine& app, Action& action) {
  auto options = std::make_shared<Options>();
  CommandLine sub = app.add_subcommand("explain", "Show step by step who owned and touched the memory of a finding");
  sub.add_option("WHAT", options->what, "TARGET and FILE, as `run` takes them; or the folder of a finding alone")
      .required();
  sub.add_option("--html", options->html, "Write a page for the browser to this file instead");
  sub.add_flag("--json", options->json, "Print JSON");
  sub.add_flag("--pass-known", options->pass_known, "Go on where a campaign does, past what is known of a driver");
  add_checks_option(sub);
  sub.callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace dmafuzz::cli
