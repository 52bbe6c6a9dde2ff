// SPDX-License-Identifier: GPL-2.0-only OR MIT
// See mistake.h.
#include "program/mistake.h"

#include "program/mistake_scene.h"

namespace dmafuzz {

using namespace mistakes_internal;

namespace {

// Places to try: what lives at one may be in the way.
constexpr unsigned kTries = 4;

std::vector<Recipe> all() {
  std::vector<Recipe> out;
  for (const auto part : {call_mistakes(), access_mistakes(), limit_mistakes(), memory_mistakes(), pool_mistakes(),
                          leak_mistakes(), after_mistakes()})
    out.insert(out.end(), part.begin(), part.end());
  return out;
}

const std::vector<Recipe>& recipes() {
  static const std::vector<Recipe> table = all();
  return table;
}

}  // namespace

bool is_of(const Mistake& mistake, std::string_view id) {
  if (id == mistake.check) return true;
  for (std::string_view rest = mistake.also; !rest.empty();) {
    const std::size_t end = rest.find(' ');
    if (rest.substr(0, end) == id) return true;
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
  }
  return false;
}

std::span<const Mistake> mistakes() {
  static const std::vector<Mistake> table = [] {
    std::vector<Mistake> out;
    for (const Recipe& recipe : recipes()) out.push_back(recipe.mistake);
    return out;
  }();
  return table;
}

std::optional<Unlawful> commit(const Program& lawful, std::size_t mistake, Random& random) {
  const std::size_t count = lawful.ops.size();
  for (unsigned tries = 0; tries < kTries; ++tries) {
    // Towards the end, where most lives; at last at the very beginning, where nothing is in the way.
    const std::size_t keep = tries + 1 == kTries ? 0
                             : random.one_in(3)  ? count
                                                 : random.below(static_cast<std::uint32_t>(count) + 1);
    Scene scene(lawful, keep, random);
    if (recipes()[mistake].make(scene)) return scene.take();
  }
  return std::nullopt;
}

}  // namespace dmafuzz
