// SPDX-License-Identifier: GPL-2.0-only
//
// What the page of a finding shows, as JSON (report/page/page.js reads it): the view of its memory, the program, the
// source around each place, the stacks, and the commands that show it again.
#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "cli/explain.h"
#include "cli/replay.h"
#include "cli/source_lines.h"
#include "report/html_page.h"

namespace dmafuzz::cli {
namespace {

using Json = nlohmann::ordered_json;

// Lines before and after a place.
constexpr int kContext = 4;

Json hex(std::uint64_t number) {
  return fmt::format("{:#x}", number);
}

class PageData {
 public:
  PageData(const Build& build, const Explained& explained) : build_(build), e_(explained), source_(build) {}

  Json json() {
    Json out = {{"schema", 1},
                {"target", e_.target->name},
                {"input", friendly(e_.file)},
                {"kernel", build_.release},
                {"tree", friendly(build_.kernel)},
                {"overlay", build_.overlay.empty() ? "" : friendly(build_.overlay)},
                {"line", kViewLine}};
    out["finding"] = e_.finding ? finding(*e_.finding) : Json();
    out["program"] = e_.program;
    out["operations"] = operations();
    out["mappings"] = mappings();
    out["strips"] = strips();
    out["steps"] = steps();
    out["violation"] = e_.view.violation ? Json(*e_.view.violation) : Json();
    out["notes"] = e_.view.notes;
    out["stacks"] = stacks();
    out["commands"] = commands();
    out["sources"] = std::move(sources_);  // last: the others add to it
    return out;
  }

 private:
  static Json finding(const Finding& f) {
    return {{"id", f.id},
            {"tool", f.tool},
            {"severity", severity_word(f.severity)},
            {"summary", f.summary},
            {"function", f.location.function},
            {"place", f.location.place()},
            {"key", f.key()},
            {"debug", verdict_word(f.dma_debug)},
            {"debug_words", f.dma_debug_words},
            {"object", f.object}};
  }

  Json operations() const {
    Json out = Json::array();
    for (std::size_t i = 0; i < e_.timeline.operations.size(); ++i) {
      const OperationName name = operation_name(e_.timeline.operations[i]);
      out.push_back({{"number", name.number}, {"text", name.text}, {"line", e_.lines[i]}});
    }
    return out;
  }

  Json mappings() const {
    Json out = Json::array();
    for (const TimelineMapping& m : e_.timeline.mappings) {
      out.push_back({{"kind", m.kind},
                     {"direction", m.direction},
                     {"device", m.device},
                     {"dma", hex(m.dma)},
                     {"size", m.size},
                     {"snoops", m.snoops}});
    }
    return out;
  }

  Json strips() const {
    Json out = Json::array();
    for (const ViewStrip& strip : e_.view.strips) {
      Json parts = Json::array();
      for (const std::uint32_t m : strip.mappings) {
        for (const MemoryRange& range : e_.timeline.mappings[m].memory) {
          if (range.phys >= strip.phys + strip.size || range.phys + range.size <= strip.phys) continue;
          const std::uint64_t lo = std::max(range.phys, strip.phys) - strip.phys;
          const std::uint64_t hi = std::min(range.phys + range.size, strip.phys + strip.size) - strip.phys;
          parts.push_back({{"mapping", m}, {"lo", lo}, {"hi", hi}});
        }
      }
      // The first byte's place in its line and its page: a script's numbers do not hold the address.
      out.push_back({{"phys", hex(strip.phys)},
                     {"in_line", strip.phys % kViewLine},
                     {"in_page", strip.phys % 4096},
                     {"size", strip.size},
                     {"what", strip.what},
                     {"mappings", strip.mappings},
                     {"parts", std::move(parts)}});
    }
    return out;
  }

  Json steps() {
    Json out = Json::array();
    for (const ViewStep& step : e_.view.steps) {
      Json touched = Json::array(), owners = Json::array();
      for (const ViewSpan& span : step.touched) touched.push_back(Json::array({span.strip, span.lo, span.hi}));
      for (const ViewSpan& span : step.owners)
        owners.push_back(Json::array({span.strip, span.lo, span.hi, owner_word(span.owner)}));
      const SourceFrame* who = who_did(e_, step);
      const auto or_null = [](std::uint32_t index) { return index == kNoIndex ? Json() : Json(index); };
      out.push_back(
          {{"kind", event_name(step.event.kind)},
           {"operation", or_null(step.event.operation)},
           {"mapping", or_null(step.event.mapping)},
           {"sentence", step.sentence},
           {"elsewhere", step.elsewhere},
           {"dma", step.event.dma ? hex(*step.event.dma) : Json()},
           {"size", step.event.size},
           {"touched", std::move(touched)},
           {"owners", std::move(owners)},
           {"who", who ? Json{{"function", who->function}, {"place", who->place()}} : Json()},
           {"source", who ? source(*who) : Json()},
           {"stack", step.event.stack == kNoIndex ? Json::array() : frames(e_.timeline.stacks.at(step.event.stack))}});
    }
    return out;
  }

  // Its number in `sources`.
  Json source(const SourceFrame& frame) {
    const auto [entry, fresh] = numbers_.try_emplace({frame.file, frame.line}, Json());
    if (!fresh) return entry->second;
    const auto excerpt = source_.around(frame.file, frame.line, kContext);
    if (!excerpt) return entry->second;
    entry->second = sources_.size();
    sources_.push_back(
        {{"file", frame.file}, {"line", frame.line}, {"first", excerpt->first}, {"lines", excerpt->lines}});
    return entry->second;
  }

  // `of` says whose it is.
  static Json frames(const CallStack& stack) {
    Json out = Json::array();
    for (const SourceFrame& frame : stack.frames) {
      const CallStack alone = {.title = {}, .frames = {frame}};
      const std::string_view of = !kernel_frame(alone)               ? "harness"
                                  : frame.file.starts_with("shims/") ? "shims"
                                                                     : "kernel";
      out.push_back({{"function", frame.function}, {"place", frame.place()}, {"of", of}});
    }
    return out;
  }

  Json stacks() {
    Json out = Json::array();
    if (!e_.finding) return out;
    const auto add = [&](const std::vector<CallStack>& stacks) {
      for (const CallStack& stack : stacks) {
        const SourceFrame* who = caller_frame(stack);
        out.push_back({{"title", stack.title.empty() ? "where it went wrong" : stack.title},
                       {"frames", frames(stack)},
                       {"source", who ? source(*who) : Json()}});
      }
    };
    add(e_.finding->stacks);
    if (e_.finding->mapping) add(e_.finding->mapping->stacks);
    add(e_.finding->object_stacks);
    return out;
  }

  Json commands() const {
    const std::string run = reproduce_command(*e_.target, e_.file);
    const auto with = [&](std::string_view command) {
      std::string out = run;
      if (const std::size_t at = out.find(" run "); at != std::string::npos) out.replace(at + 1, 3, command);
      return out;
    };
    Json out = {{{"what", "Run it again"}, {"command", run}},
                {{"what", "This timeline in the terminal"}, {"command", with("explain")}}};
    if (e_.finding) out.push_back({{"what", "Make the input smaller"}, {"command", with("minimize")}});
    return out;
  }

  const Build& build_;
  const Explained& e_;
  SourceLines source_;
  Json sources_ = Json::array();
  std::map<std::pair<std::string, int>, Json> numbers_;
};

}  // namespace

nlohmann::ordered_json explained_json(const Build& build, const Explained& explained) {
  return PageData(build, explained).json();
}

std::string explained_page(const Build& build, const Explained& explained) {
  const std::string title = explained.finding
                                ? fmt::format("{} in {}", explained.finding->id, explained.finding->location.function)
                                : fmt::format("{}: no finding", explained.target->name);
  return html_page(title, explained_text(explained, false), explained_json(build, explained));
}

}  // namespace dmafuzz::cli
