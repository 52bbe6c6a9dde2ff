// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Where a mistake is made: a lawful program up to some point, what lives there, and the lawful steps that lead to the
// mistake. Private to mistake*.cc.
#ifndef DMAFUZZ_PROGRAM_MISTAKE_SCENE_H
#define DMAFUZZ_PROGRAM_MISTAKE_SCENE_H

#include <cstdint>
#include <optional>

#include "program/mistake.h"
#include "program/program.h"
#include "program/random.h"
#include "program/shape.h"

namespace dmafuzz::mistakes_internal {

// A set of small enumerators.
constexpr unsigned set_of() {
  return 0;
}
template <class... Rest>
constexpr unsigned set_of(unsigned first, Rest... rest) {
  return 1u << first | set_of(static_cast<unsigned>(rest)...);
}
inline constexpr unsigned kAnyDir = set_of(DMAF_BIDIRECTIONAL, DMAF_TO_DEVICE, DMAF_FROM_DEVICE);
// Kinds of mappings that are of memory and known to dma-debug one by one.
inline constexpr unsigned kMemoryMaps = set_of(DMAF_MAP_SINGLE, DMAF_MAP_PAGE, DMAF_MAP_PHYS);

// What is wanted of an object. Ranges that go past its end stay within its last page and bounce slot, of which nothing
// else is mapped: what the device finds there is nobody's.
struct Wish {
  unsigned dirs = kAnyDir;
  unsigned kinds = ~0u;
  std::uint32_t min_len = 1;
  std::uint32_t beyond = 0;   // bytes past its end that will be touched
  bool device_owned = false;  // all of it
  bool cpu_clean = false;     // the CPU owns nothing of it that a sync would throw away
  bool untouched = false;     // the device has not accessed it yet
  bool alone = false;         // nothing else is the device's
  bool fresh = false;         // made for the purpose
  std::uint8_t attrs = 0;     // of a mapping that is made afresh
};

class Scene {
 public:
  // Keeps the first `keep` operations of a lawful program.
  Scene(const Program& lawful, std::size_t keep, Random& random);

  Random& random() { return random_; }
  const dmaf_config& config() const { return out_.program.config; }
  const ShapeState& state() const { return shaper_.state(); }
  std::span<const dmaf_op> ops() const { return out_.program.ops; }
  bool live(unsigned cls, unsigned h) const { return shaper_.live(cls, h); }

  // A lawful operation, as the shaper admits it; nothing if it does not.
  std::optional<dmaf_op> go(const dmaf_op& op);
  // What go() would make of it.
  std::optional<dmaf_op> lawful(const dmaf_op& op) const;
  // A step that no lawful program takes and no check can see yet; what follows must not rely on state().
  bool raw(const dmaf_op& op);
  // The operation that the check must fire at. Ends the scene.
  bool mistake(const dmaf_op& op);
  // The object must have come to be for the mistake to be one.
  void need(unsigned cls, unsigned h);
  // Nobody asks dma_mapping_error() about the mapping.
  bool leave_unchecked(unsigned h);
  // Releases whatever lives, and sees to it that the driver is bound.
  bool clear();
  // Binds the driver again if it is gone.
  bool bind();

  // An object as wished for, that lives or is made; it is needed. Nothing if it cannot be had here.
  std::optional<unsigned> map(const Wish& wish);
  std::optional<unsigned> sg(const Wish& wish);  // mapped, of the table or chained kind
  std::optional<unsigned> coherent(const Wish& wish);
  std::optional<unsigned> buffer(std::uint32_t len, unsigned kinds, bool filled);

  Unlawful take() { return std::move(out_); }

 private:
  bool fits_map(const Wish& wish, unsigned h) const;
  bool fits_sg(const Wish& wish, unsigned h) const;
  bool fits_coherent(const Wish& wish, unsigned h) const;
  // Whether `beyond` bytes past a range of a buffer are in its last page and slot and of no other mapping.
  bool nobody_beyond(unsigned buf, std::uint32_t off, std::uint32_t len, std::uint32_t beyond) const;
  bool accessed(unsigned cls, unsigned h) const;
  bool anything_mapped() const;
  template <class Fits>
  std::optional<unsigned> one_that_lives(unsigned set, Fits fits);
  std::optional<unsigned> make_map(const Wish& wish);
  std::optional<unsigned> make_sg(const Wish& wish);
  std::optional<unsigned> make_coherent(const Wish& wish);
  // Before something is looked for or made; false: make it.
  bool prepare(const Wish& wish, bool& look);

  Random& random_;
  Unlawful out_;
  Shaper shaper_;
};

dmaf_op operation(unsigned code, unsigned h = 0, unsigned cls = DMAF_NONE);
dmaf_op access(unsigned code, unsigned cls, unsigned h, std::uint32_t off, std::uint32_t len);

// Mistakes by what they are about; each returns whether it was made.
using Make = bool (*)(Scene&);
struct Recipe {
  Mistake mistake;
  Make make;
};
std::span<const Recipe> call_mistakes();    // calls of the API
std::span<const Recipe> access_mistakes();  // who touches what and when
std::span<const Recipe> limit_mistakes();   // what the device can take, and what lies beside its memory
std::span<const Recipe> memory_mistakes();  // what is mapped
std::span<const Recipe> pool_mistakes();    // blocks of pools
std::span<const Recipe> leak_mistakes();    // what nobody wrote
std::span<const Recipe> after_mistakes();   // what is gone, or was never there, of what wrappers own

}  // namespace dmafuzz::mistakes_internal

#endif
