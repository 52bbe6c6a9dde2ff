// SPDX-License-Identifier: GPL-2.0-only
//
// Reading by keyword rather than by column: libFuzzer adds fields between versions.
#include "cli/fuzz_status.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>

#include "cli/command.h"

namespace dmafuzz::cli {
namespace {

std::uint64_t number_after(std::string_view line, std::string_view key) {
  const auto at = line.find(key);
  if (at == std::string_view::npos) return 0;
  std::uint64_t value = 0;
  std::from_chars(line.data() + at + key.size(), line.data() + line.size(), value);
  return value;
}

}  // namespace

std::optional<StatusLine> parse_status(std::string_view line) {
  if (!line.starts_with('#')) return std::nullopt;
  StatusLine out;
  const auto [end, error] = std::from_chars(line.data() + 1, line.data() + line.size(), out.executions);
  if (error != std::errc()) return std::nullopt;
  std::string_view rest = line.substr(static_cast<std::size_t>(end - line.data()));
  const auto word = rest.find_first_not_of(" \t");
  // The frames of a stack begin with '#' as well.
  if (word == std::string_view::npos || word == 0 || rest.find("cov: ") == std::string_view::npos) return std::nullopt;
  rest.remove_prefix(word);
  out.event = rest.substr(0, rest.find_first_of(" \t"));
  out.coverage = number_after(rest, "cov: ");
  out.features = number_after(rest, "ft: ");
  out.corpus = number_after(rest, "corp: ");
  return out;
}

std::optional<std::uint64_t> parse_executed(std::string_view line) {
  constexpr std::string_view kKey = "stat::number_of_executed_units:";
  if (!line.starts_with(kKey)) return std::nullopt;
  line.remove_prefix(std::min(line.find_first_not_of(' ', kKey.size()), line.size()));
  std::uint64_t value = 0;
  std::from_chars(line.data(), line.data() + line.size(), value);
  return value;
}

SharedCounter::SharedCounter(const std::filesystem::path& file) : file_(file) {
  const int fd = open(file.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  void* map = MAP_FAILED;
  if (fd >= 0 && ftruncate(fd, sizeof(std::uint64_t)) == 0) {
    map = mmap(nullptr, sizeof(std::uint64_t), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  }
  const int error = errno;
  if (fd >= 0) close(fd);
  if (map == MAP_FAILED) throw Trouble(fmt::format("cannot map {}: {}", file.native(), std::strerror(error)));
  count_ = static_cast<volatile std::uint64_t*>(map);
}

SharedCounter::~SharedCounter() {
  munmap(const_cast<std::uint64_t*>(count_), sizeof(std::uint64_t));
}

std::string SharedCounter::variable() const {
  return fmt::format("DMAFUZZ_STATUS={}", file_.native());
}

}  // namespace dmafuzz::cli
