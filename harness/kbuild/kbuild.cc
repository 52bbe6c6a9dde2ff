// SPDX-License-Identifier: GPL-2.0-only
//
// See kbuild.h.
#include "kbuild/kbuild.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>

namespace dmafuzz {
namespace fs = std::filesystem;
namespace {

constexpr unsigned kDeepest = 16;  // of variables in variables
constexpr std::string_view kBlank = " \t\r";

std::string_view trim(std::string_view text) {
  const size_t from = text.find_first_not_of(kBlank);
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(kBlank) - from + 1);
}

std::vector<std::string> words(const std::string& text) {
  std::istringstream in(text);
  return {std::istream_iterator<std::string>(in), {}};
}

// Lines with what they go on with, without comments.
std::vector<std::string> logical_lines(const fs::path& file) {
  std::ifstream in(file);
  std::vector<std::string> out;
  std::string line, whole;
  while (std::getline(in, line)) {
    if (const size_t hash = line.find('#'); hash != std::string::npos) line.erase(hash);
    const std::string_view text = trim(line);
    if (text.ends_with('\\')) {
      whole.append(text.substr(0, text.size() - 1)).append(" ");
      continue;
    }
    out.push_back(whole.append(text));
    whole.clear();
  }
  if (!whole.empty()) out.push_back(whole);
  return out;
}

// "obj-$(CONFIG_X)" -> "CONFIG_X"; "obj-y" and "obj-m" -> "".
std::string option_of(std::string_view name) {
  const size_t at = name.find("$(CONFIG_");
  if (at == std::string_view::npos) return {};
  return std::string(name.substr(at + 2, name.find(')', at) - at - 2));
}

}  // namespace

std::set<std::string> Kbuild::read_options(std::string_view autoconf) {
  std::set<std::string> out;
  std::istringstream in{std::string(autoconf)};
  std::string line;
  while (std::getline(in, line)) {
    std::istringstream parts(line);
    std::string define, name, value;
    parts >> define >> name >> value;
    if (define == "#define" && name.starts_with("CONFIG_") && value == "1") out.insert(name);
  }
  return out;
}

// Whether the condition after ifeq, ifneq, ifdef or ifndef is true.
bool Kbuild::holds(const Folder& folder, std::string_view directive, std::string_view rest) const {
  const bool negated = directive == "ifneq" || directive == "ifndef";
  if (directive.ends_with("def")) return value(folder, trim(rest), {}, 0).empty() == negated;
  std::string a, b;
  if (rest.starts_with('(') && rest.ends_with(')')) {
    rest = rest.substr(1, rest.size() - 2);
    unsigned open = 0;
    for (size_t i = 0; i < rest.size(); ++i) {
      open += rest[i] == '(';
      open -= rest[i] == ')';
      if (rest[i] != ',' || open) continue;
      a = expand(folder, trim(rest.substr(0, i)), {});
      b = expand(folder, trim(rest.substr(i + 1)), {});
      break;
    }
  }
  return (a == b) != negated;
}

Kbuild::Folder Kbuild::parse(const fs::path& dir) const {
  Folder folder = {dir, {}};
  fs::path file = dir / "Kbuild";
  if (!fs::exists(file)) file = dir / "Makefile";
  std::vector<bool> taken;  // of each open conditional, whether we are in its true part
  for (const std::string& line : logical_lines(file)) {
    const std::string_view text = trim(line);
    const size_t blank = text.find_first_of(" \t(");
    const std::string_view first = text.substr(0, blank);
    if (first == "ifeq" || first == "ifneq" || first == "ifdef" || first == "ifndef") {
      taken.push_back(holds(folder, first, trim(text.substr(first.size()))));
      continue;
    }
    if (first == "else" && !taken.empty()) {
      taken.back() = !taken.back();
      continue;
    }
    if (first == "endif" && !taken.empty()) {
      taken.pop_back();
      continue;
    }
    if (std::ranges::find(taken, false) != taken.end()) continue;
    const size_t equals = text.find('=');
    if (equals == std::string_view::npos || !equals) continue;
    const char before = text[equals - 1];
    const size_t end = before == '+' || before == ':' || before == '?' ? equals - 1 : equals;
    std::string_view name = trim(text.substr(0, end));
    if (name.ends_with(':')) name.remove_suffix(1);  // ::=
    // What has a blank is a rule with a variable of its own.
    if (name.empty() || name.find_first_of(kBlank) != std::string_view::npos) continue;
    folder.assignments.push_back({std::string(name), std::string(trim(text.substr(equals + 1))), before == '+'});
  }
  return folder;
}

std::string Kbuild::value(const Folder& folder, std::string_view name, const std::string& own, unsigned depth) const {
  if (name.starts_with("CONFIG_")) return name == own ? "m" : options_.contains(std::string(name)) ? "y" : "";
  if (name == "src" || name == "obj" || name == "M") return folder.dir;
  if (name == "srctree" || name == "objtree") return tree_;
  std::string out;
  for (const Assignment& a : folder.assignments) {
    if (a.name != name) continue;
    if (!a.append) out.clear();
    out.append(out.empty() ? "" : " ").append(expand(folder, a.value, own, depth + 1));
  }
  return out;
}

std::string Kbuild::expand(const Folder& folder, std::string_view text, const std::string& own, unsigned depth) const {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '$' || i + 1 >= text.size() || (text[i + 1] != '(' && text[i + 1] != '{')) {
      out += text[i];
      continue;
    }
    const char close = text[i + 1] == '(' ? ')' : '}';
    unsigned open = 1;
    size_t end = i + 2;
    for (; end < text.size() && open; ++end) {
      open += text[end] == text[i + 1];
      open -= text[end] == close;
    }
    const std::string_view name = text.substr(i + 2, end - i - 3);
    // A function, which is not understood, gives nothing.
    if (depth < kDeepest && name.find(' ') == std::string_view::npos) out += value(folder, name, own, depth);
    i = end - 1;
  }
  return out;
}

KernelModule Kbuild::module(const Folder& folder, const std::string& name, const std::string& option,
                            const std::vector<std::string>& inherited) const {
  KernelModule module = {name, option, folder.dir, {}, {}, inherited};
  std::string objects, flags;
  // NAME-y, NAME-m, NAME-objs, and NAME-$(CONFIG_X) where that comes to one of them.
  for (const Assignment& a : folder.assignments) {
    const std::string key = expand(folder, a.name, option);
    const auto is = [&](std::string_view what) { return key == name + std::string(what); };
    if (is("-y") || is("-m") || is("-objs")) objects.append(" ").append(expand(folder, a.value, option));
    if (key == "ccflags-y" || key == "ccflags-m" || key == "EXTRA_CFLAGS" || key == "subdir-ccflags-y")
      flags.append(" ").append(expand(folder, a.value, option));
    if (key.starts_with("CFLAGS_") && key.ends_with(".o")) flags.append(" ").append(expand(folder, a.value, option));
  }
  for (const std::string& flag : words(flags)) module.flags.push_back(flag);
  std::vector<std::string> list = words(objects);
  if (list.empty()) list.push_back(name + ".o");
  for (const std::string& object : list) {
    if (!object.ends_with(".o")) continue;
    const fs::path file = (folder.dir / (object.substr(0, object.size() - 2) + ".c")).lexically_normal();
    auto& to = fs::exists(file) ? module.files : module.absent;
    if (std::ranges::find(to, file) == to.end()) to.push_back(file);
  }
  // obj-m += below/toy.o makes toy.ko.
  module.name = fs::path(name).filename();
  return module;
}

void Kbuild::collect(const fs::path& dir, bool deep, const std::vector<std::string>& inherited,
                     std::vector<KernelModule>& out) const {
  const Folder folder = parse(dir);
  std::vector<std::string> below = inherited;
  for (const Assignment& a : folder.assignments) {
    if (expand(folder, a.name, {}) != "subdir-ccflags-y") continue;
    for (const std::string& flag : words(expand(folder, a.value, {}))) below.push_back(flag);
  }
  for (const Assignment& a : folder.assignments) {
    if (!a.name.starts_with("obj-")) continue;
    const std::string option = option_of(a.name);
    for (const std::string& item : words(expand(folder, a.value, option))) {
      if (item.ends_with('/')) {
        const fs::path next = (dir / item.substr(0, item.size() - 1)).lexically_normal();
        if (deep && next != dir && fs::is_directory(next)) collect(next, deep, below, out);
      } else if (item.ends_with(".o")) {
        const std::string name = item.substr(0, item.size() - 2);
        KernelModule one = module(folder, name, option, inherited);
        const bool known =
            std::ranges::any_of(out, [&](const KernelModule& m) { return m.name == one.name && m.dir == one.dir; });
        if (!known) out.push_back(std::move(one));
      }
    }
  }
}

std::vector<KernelModule> Kbuild::modules(const fs::path& dir, bool deep) const {
  std::vector<KernelModule> out;
  collect(dir.lexically_normal(), deep, {}, out);
  return out;
}

}  // namespace dmafuzz
