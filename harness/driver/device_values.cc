// SPDX-License-Identifier: GPL-2.0-only
//
// See device_values.h. The lines are written as they come: the process may end with any of them.
#include "driver/device_values.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>

#include "engine/raise.h"
#include "memory/stack.h"
#include "program/line_parser.h"
#include "report/device_value.h"

namespace dmafuzz {
namespace {

[[noreturn]] void refuse(const char* argument, const char* why) {
  std::fprintf(stderr, "%s: %s\n", argument, why);
  std::exit(2);
}

// Whether to name it: the driver, or whoever asked for it, but not the harness, shims or accessors in headers that lie
// between.
bool takes(const SourceFrame& frame) {
  const auto in = [&](std::string_view folder) { return frame.file.find(folder) != std::string::npos; };
  const CallStack alone = {.title = {}, .frames = {frame}};
  return kernel_frame(alone) && !in("shims/") && !in("/include/") && !frame.file.starts_with("include/");
}

}  // namespace

void DeviceValues::take_options(int* argc, char** argv) {
  int kept = 1;
  for (int i = 1; i < *argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument.starts_with(kValuesOption)) {
      file_ = ::open(argv[i] + kValuesOption.size(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
      if (file_ < 0) refuse(argv[i], "cannot be written");
    } else if (argument.starts_with(kValueOption)) {
      const std::string_view words = argument.substr(kValueOption.size());
      const size_t colon = std::min(words.find(':'), words.size());
      const auto number = parse_number(words.substr(0, colon));
      const auto value = parse_number(words.substr(std::min(colon + 1, words.size())));
      if (!number || !value) refuse(argv[i], "takes N:VALUE, the number of a value and another one for it");
      changes_ = true;
      changed_ = *number;
      changed_to_ = *value;
    } else {
      argv[kept++] = argv[i];
    }
  }
  argv[kept] = nullptr;
  *argc = kept;
  wanted_ = file_ >= 0 || changes_;
}

uint64_t DeviceValues::take(uint64_t value, unsigned size, const std::function<std::string()>& where,
                            const void* frame) {
  const uint64_t number = count_++;
  if (file_ >= 0) {
    const DeviceValue taken = {.number = number, .where = where(), .size = size, .value = value, .taken = place(frame)};
    const std::string line = to_json(taken).dump() + "\n";
    if (::write(file_, line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
      refuse(kValuesOption.data(), "the file takes no more");
    }
  }
  if (!changes_ || number != changed_) return value;
  return size < 8 ? changed_to_ & ((uint64_t{1} << 8 * size) - 1) : changed_to_;
}

// Looking up an address is slow, and there are few: each is looked up once.
const SourceFrame& DeviceValues::place(const void* frame) {
  static const SourceFrame kNobody;
  uintptr_t pcs[16];
  const uint32_t depth = walk_stack(pcs, std::size(pcs), frame);
  for (const uintptr_t pc : std::span(pcs, depth)) {
    const auto [entry, fresh] = places_.try_emplace(pc);
    if (fresh) {
      const CallStack calls = call_stack({&pc, 1}, {});
      if (const auto by = std::ranges::find_if(calls.frames, takes); by != calls.frames.end()) entry->second = *by;
    }
    if (!entry->second.empty()) return entry->second;
  }
  return kNobody;
}

DeviceValues& device_values() {
  static DeviceValues the_values;
  return the_values;
}

}  // namespace dmafuzz
