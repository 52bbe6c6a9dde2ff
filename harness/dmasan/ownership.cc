// SPDX-License-Identifier: GPL-2.0-only
#include "dmasan/ownership.h"

#include <algorithm>

#include "host.h"

namespace dmafuzz {

void ByteRuns::update(uint32_t lo, uint32_t hi, uint8_t keep, uint8_t add) {
  if (lo >= hi) return;
  const auto becomes = [=](uint8_t state) { return static_cast<uint8_t>((state & keep) | add); };
  const uint32_t first = run_of(lo);
  if (first == runs_.size()) return;
  if (runs_[first].end >= hi && becomes(runs_[first].state) == runs_[first].state) return;

  // What comes in place of the runs that the range meets and of their neighbours, which may join it.
  scratch_.clear();
  const auto put = [this](uint32_t end, uint8_t state) {
    if (!scratch_.empty() && scratch_.back().state == state) {
      scratch_.back().end = end;
    } else {
      scratch_.push_back({end, state});
    }
  };
  const uint32_t from = first ? first - 1 : 0;
  uint32_t start = first ? runs_[first - 1].end : 0, i = first;
  if (first) put(runs_[from].end, runs_[from].state);
  for (; i < runs_.size() && start < hi; start = runs_[i++].end) {
    const Run run = runs_[i];
    if (start < lo) put(lo, run.state);
    put(std::min(hi, run.end), becomes(run.state));
    if (run.end > hi) put(run.end, run.state);
  }
  if (i < runs_.size()) {
    put(runs_[i].end, runs_[i].state);
    ++i;
  }
  const uint32_t room = i - from, n = static_cast<uint32_t>(scratch_.size());
  std::copy_n(scratch_.begin(), std::min(room, n), runs_.begin() + from);
  if (n < room) {
    runs_.erase(runs_.begin() + from + n, runs_.begin() + i);
  } else {
    runs_.insert(runs_.begin() + i, scratch_.begin() + room, scratch_.end());
  }
}

Ownership::Ownership() : heads_(kBuckets, kNone), watched_(HOST_MAX_PFN, 0) {}

uint32_t Ownership::new_piece() {
  if (!free_pieces_.empty()) {
    const uint32_t index = free_pieces_.back();
    free_pieces_.pop_back();
    return index;
  }
  if (used_ == pieces_.size()) pieces_.push_back(std::make_unique<Piece>());
  return used_++;
}

uint32_t Ownership::add(uint32_t head, uint32_t mapping, uint64_t phys, uint64_t dma, uint64_t size, uint8_t state) {
  if (!size || frame_of_phys(phys) == kNoFrame || frame_of_phys(phys + size - 1) == kNoFrame) return head;
  const uint32_t index = new_piece();
  note(index);
  Piece& piece = *pieces_[index];
  piece.index = index;
  piece.phys = phys;
  piece.dma = dma;
  piece.size = static_cast<uint32_t>(size);
  piece.mapping = mapping;
  piece.next = head;
  piece.bytes.reset(piece.size, state);
  for (uint64_t frame = phys >> kPageShift; frame <= (phys + size - 1) >> kPageShift; ++frame) {
    uint32_t node = free_node_;
    if (node == kNone) {
      node = static_cast<uint32_t>(nodes_.size());
      nodes_.emplace_back();
    } else {
      free_node_ = nodes_[node].next;
    }
    uint32_t& first = heads_[bucket(frame)];
    if (first == kNone) touched_.push_back(bucket(frame));
    nodes_[node] = {frame, index, first};
    first = node;
    if (!watched_[frame]++) watched_frames_.push_back(static_cast<uint32_t>(frame));
  }
  return index;
}

void Ownership::remove(uint32_t head) {
  for (uint32_t index = head; index != kNone;) {
    Piece& piece = *pieces_[index];
    for (uint64_t frame = piece.phys >> kPageShift; frame <= (piece.phys + piece.size - 1) >> kPageShift; ++frame) {
      for (uint32_t* link = &heads_[bucket(frame)]; *link != kNone; link = &nodes_[*link].next) {
        const uint32_t node = *link;
        if (nodes_[node].piece != index || nodes_[node].frame != frame) continue;
        *link = nodes_[node].next;
        nodes_[node].next = free_node_;
        free_node_ = node;
        break;
      }
      --watched_[frame];
    }
    const uint32_t next = piece.next;
    note(index);
    free_pieces_.push_back(index);
    index = next;
  }
}

void Ownership::snapshot() {
  kept_.pieces.clear();
  for (uint32_t i = 0; i < used_; ++i) kept_.pieces.push_back(*pieces_[i]);
  kept_.free_pieces = free_pieces_;
  kept_.nodes = nodes_;
  kept_.free_node = free_node_;
  kept_.touched = touched_;
  kept_.heads.clear();
  for (const uint32_t bucket : touched_) kept_.heads.push_back(heads_[bucket]);
  kept_.watched_frames = watched_frames_;
  kept_.watched.clear();
  for (const uint32_t frame : watched_frames_) kept_.watched.push_back(watched_[frame]);
  noted_.assign(used_, false);
  changed_.clear();
}

void Ownership::reset() {
  for (const uint32_t bucket : touched_) heads_[bucket] = kNone;
  touched_ = kept_.touched;
  for (size_t i = 0; i < touched_.size(); ++i) heads_[touched_[i]] = kept_.heads[i];
  for (const uint32_t frame : watched_frames_) watched_[frame] = 0;
  watched_frames_ = kept_.watched_frames;
  for (size_t i = 0; i < watched_frames_.size(); ++i) watched_[watched_frames_[i]] = kept_.watched[i];
  for (const uint32_t index : changed_) {
    *pieces_[index] = kept_.pieces[index];
    noted_[index] = false;
  }
  changed_.clear();
  nodes_ = kept_.nodes;
  free_node_ = kept_.free_node;
  free_pieces_ = kept_.free_pieces;
  used_ = static_cast<uint32_t>(kept_.pieces.size());
}

}  // namespace dmafuzz
