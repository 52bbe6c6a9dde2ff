// SPDX-License-Identifier: GPL-2.0-only
//
// What a driver's finding hangs on: the least hostile device that shows it, and which of the values that the driver
// took from its device matter, found by running the input again with one of them changed.
#ifndef DMAFUZZ_CLI_TRIAGE_H
#define DMAFUZZ_CLI_TRIAGE_H

#include <chrono>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "cli/build.h"
#include "life/life_text.h"
#include "report/device_value.h"
#include "report/finding.h"

namespace dmafuzz::cli {

// What comes of an input after a change.
enum class Ending {
  kSame,        // the finding, word for word
  kOtherWords,  // the finding, with other numbers: what was changed goes into what is said
  kOther,       // another finding
  kNone,
};

struct Trial {
  std::uint64_t value = 0;  // instead of the device's
  Ending ending = Ending::kSame;
  std::string finding;  // headline of another one
};

struct Decider {
  DeviceValue value;
  std::vector<Trial> trials;

  // Whether the finding's own words follow it.
  bool goes_in() const;
};

struct Triage {
  Finding finding;
  // Degrees below the input's, with what they show; the first that shows the finding is the one that is needed.
  std::vector<std::pair<Degree, Trial>> degrees;
  Degree degree = Degree::kFaithful;  // the input's
  Degree needed = Degree::kFaithful;
  std::size_t values = 0;         // taken from the device in all
  std::size_t places = 0;         // by how many places of the code from where
  std::size_t tried = 0;          // of these, the latest value of each
  std::vector<Decider> deciders;  // latest first
  bool time_is_up = false;

  // Lines for people.
  std::string text() const;
  nlohmann::ordered_json json() const;
};

struct TriageOptions {
  std::vector<std::string> arguments;  // of the replayer
  std::chrono::seconds limit = std::chrono::seconds(60);
  std::size_t most = 48;  // values
};

// Throws Trouble if the input shows no finding. Works in a folder of its own.
Triage triage(const Build& build, const Target& target, const LifeFile& life, const TriageOptions& options);

// What to try instead of a value of so many bytes, to tell whether it matters.
std::vector<std::uint64_t> other_values(std::uint64_t value, unsigned size);

}  // namespace dmafuzz::cli

#endif
