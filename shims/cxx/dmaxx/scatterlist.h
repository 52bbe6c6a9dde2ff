// SPDX-License-Identifier: GPL-2.0-only OR MIT
//
// Lists of memory: a table, which the CPU has, and what mapping makes of it.
//
//	auto made = dma::list::of(3, dma::gfp::may_sleep);
//	...
//	for (auto entry = table.first(); entry; entry = entry.next())
//		(void)entry.set(bytes...);
//	auto mapped = std::move(table).map<dma::to_device>(dev);
//
// A list borrows the memory of its entries: it does not keep their tokens, so keep them yourself while it lives. It is
// always unmapped with the entries, direction and attributes that it was mapped with, and returned by unmap(). Lists
// change hands whole.
#ifndef DMAXX_SCATTERLIST_H
#define DMAXX_SCATTERLIST_H

#include "hand_over.h"
#include "memory.h"

namespace dma
{

class list_entry
{
      public:
	explicit list_entry(struct scatterlist *at) noexcept : at_(at)
	{
	}
	explicit operator bool() const noexcept
	{
		return at_;
	}
	list_entry next() const noexcept
	{
		return list_entry(dmaxx_sg_next(at_));
	}
	// The bytes of this entry: at least one, and less than 4 GiB.
	result<void> set(const cpu_view<true> &m) const noexcept
	{
		if (!m.bytes() || m.bytes() > ~0u)
			return invalid_argument;
		dmaxx_sg_set(at_, m.data(), static_cast<unsigned>(m.bytes()));
		return {};
	}
	result<void> set(const vmalloc_part &m) const noexcept
	{
		if (!m.bytes())
			return invalid_argument;
		dmaxx_sg_set_vmalloc(at_, m.view().data(), static_cast<unsigned>(m.bytes()));
		return {};
	}
	physical phys(size &bytes) const noexcept
	{
		return dmaxx_sg_phys(at_, &bytes);
	}

      private:
	struct scatterlist *at_;
};

class list;

namespace detail
{

// A table, and who frees it.
class table
{
      public:
	enum class kind : unsigned char { none, plain, appended, borrowed };

	table() noexcept = default;
	explicit table(kind k) noexcept : kind_(k)
	{
	}
	table(table &&other) noexcept : raw_(other.raw_), kind_(std::exchange(other.kind_, kind::none))
	{
	}
	table &operator=(table &&other) noexcept
	{
		if (this != &other) {
			free();
			raw_ = other.raw_;
			kind_ = std::exchange(other.kind_, kind::none);
		}
		return *this;
	}
	~table()
	{
		free();
	}
	void free() noexcept
	{
		switch (std::exchange(kind_, kind::none)) {
		case kind::plain:
			dmaxx_sg_free(&raw_);
			break;
		case kind::appended:
			dmaxx_sg_free_append(&raw_);
			break;
		default:
			break;
		}
	}
	bool live() const noexcept
	{
		return kind_ != kind::none;
	}
	void disown() noexcept
	{
		kind_ = kind::none;
	}
	dmaxx_table &raw() noexcept
	{
		return raw_;
	}
	const dmaxx_table &raw() const noexcept
	{
		return raw_;
	}

      private:
	dmaxx_table raw_ = {};
	kind kind_ = kind::none;
};

} // namespace detail

// Bytes of a list, one entry after the other.
template <bool Writable> class list_view
{
      public:
	explicit list_view(const dmaxx_table &t) noexcept : table_(t)
	{
	}
	// Less than n bytes left: as many as there are, and that is an error.
	result<void> copy_out(size at, void *to, size n) const noexcept
	{
		if (dmaxx_sg_copy_out(&table_, to, n, at) != n)
			return out_of_range;
		return {};
	}
	result<void> copy_in(size at, const void *from, size n) const noexcept
		requires Writable
	{
		if (dmaxx_sg_copy_in(&table_, from, n, at) != n)
			return out_of_range;
		return {};
	}

      private:
	mutable dmaxx_table table_; // a copy of the head: the entries are not
};

namespace detail
{

// AsTable: dma_map_sgtable() and its kin; otherwise dma_map_sg() and its kin.
template <bool AsTable> class mapped_table
{
      public:
	static constexpr bool syncs = true, has_parts = false, has_cpu = true, allocated = false;
	using returned = list;

	mapped_table(device dev, table &&t, unsigned segments, attributes attrs) noexcept
	    : table_(std::move(t)), dev_(dev.raw()), segments_(segments), attrs_(attrs)
	{
	}
	mapped_table(mapped_table &&other) noexcept
	    : table_(std::move(other.table_)), dev_(std::exchange(other.dev_, nullptr)), segments_(other.segments_),
	      attrs_(other.attrs_)
	{
	}
	mapped_table &operator=(mapped_table &&other) noexcept
	{
		table_ = std::move(other.table_);
		dev_ = std::exchange(other.dev_, nullptr);
		segments_ = other.segments_;
		attrs_ = other.attrs_;
		return *this;
	}
	bool live() const noexcept
	{
		return dev_;
	}
	attributes attrs() const noexcept
	{
		return attrs_;
	}
	unsigned segments() const noexcept
	{
		return segments_;
	}
	size bytes() const noexcept
	{
		return 0;
	} // of no use here: handed over whole
	template <class F> void for_each_segment(F &f) const noexcept
	{
		struct scatterlist *entry = table_.raw().entries;

		for (unsigned i = 0; i < segments_; i++, entry = dmaxx_sg_next(entry)) {
			size n;
			const address at = dmaxx_sg_dma(entry, &n);

			f(at, n);
		}
	}
	template <bool W> list_view<W> view() const noexcept
	{
		return list_view<W>(table_.raw());
	}
	void sync_for_cpu(direction dir, size, size) noexcept
	{
		AsTable ? dmaxx_sync_sgtable_for_cpu(dev_, &table_.raw(), static_cast<int>(dir))
			: dmaxx_sync_sg_for_cpu(dev_, &table_.raw(), static_cast<int>(dir));
	}
	void sync_for_device(direction dir, size, size) noexcept
	{
		AsTable ? dmaxx_sync_sgtable_for_device(dev_, &table_.raw(), static_cast<int>(dir))
			: dmaxx_sync_sg_for_device(dev_, &table_.raw(), static_cast<int>(dir));
	}
	list finish(direction dir, unsigned long skip) noexcept;

      private:
	table table_;
	struct ::device *dev_; // null: moved away
	unsigned segments_;
	attributes attrs_;
};

} // namespace detail

template <direction Dir, owner Own = device_owned, bool AsTable = true>
using mapped_list = handed<detail::mapped_table<AsTable>, Dir, Own>;

class DMAXX_STARTS(unconsumed) [[nodiscard]] list
{
      public:
	// `count` entries to be set (sg_alloc_table()).
	static result<list> of(unsigned count, gfp how) noexcept
	{
		detail::table t(detail::table::kind::plain);

		if (int code = dmaxx_sg_alloc(&t.raw(), count, how.value())) {
			t.disown();
			return error(code);
		}
		return list(std::move(t));
	}
	// The bytes [offset, offset + bytes) of an array of pages, in segments of at most max_segment bytes (a multiple
	// of the page size).
	static result<list> of_pages(struct page **pages, unsigned count, unsigned offset, size bytes,
				     unsigned max_segment, gfp how) noexcept
	{
		detail::table t(detail::table::kind::plain);

		if (int code = dmaxx_sg_from_pages(&t.raw(), pages, count, offset, bytes, max_segment, how.value())) {
			t.disown();
			return error(code);
		}
		return list(std::move(t));
	}
	// Entries that the driver made and frees (arrays, chained by sg_chain() or not); they must outlive the list.
	DMAXX_RETURNS(unconsumed) static list of_entries(struct scatterlist *first, unsigned count) noexcept
	{
		detail::table t(detail::table::kind::borrowed);

		t.raw().entries = first;
		t.raw().nents = t.raw().orig_nents = count;
		return list(std::move(t));
	}

	DMAXX_RETURNS(unconsumed) list(list &&other) noexcept : table_(std::move(other.table_))
	{
	}
	DMAXX_REVIVES list &operator=(list &&other) noexcept
	{
		table_ = std::move(other.table_);
		return *this;
	}

	DMAXX_ALIVE unsigned entries() const noexcept
	{
		return table_.raw().orig_nents;
	}
	DMAXX_ALIVE list_entry first() const noexcept DMAXX_WITHIN
	{
		return list_entry(table_.raw().entries);
	}
	DMAXX_ALIVE list_view<true> view() const noexcept DMAXX_WITHIN
	{
		return list_view<true>(table_.raw());
	}
	DMAXX_GIVES_AWAY void free() && noexcept
	{
		table_.free();
	}

	// For the device. One that could not be mapped stays what it is, with its holder.
	template <direction Dir>
	DMAXX_GIVES_AWAY result<mapped_list<Dir>> map(device dev, attributes a = {}) && noexcept
	{
		return mapped<Dir, device_owned, true>(dev, a, 0);
	}
	template <direction Dir>
	DMAXX_GIVES_AWAY result<mapped_list<Dir, device_owned, false>> map_sg(device dev, attributes a = {}) && noexcept
	{
		return mapped<Dir, device_owned, false>(dev, a, 0);
	}
	// Without a sync: the CPU keeps it.
	template <direction Dir>
	DMAXX_GIVES_AWAY result<mapped_list<Dir, cpu_owned>> map_unsynced(device dev, attributes a = {}) && noexcept
	{
		return mapped<Dir, cpu_owned, true>(dev, a, detail::skip_cpu_sync);
	}
	template <direction Dir>
	DMAXX_GIVES_AWAY result<mapped_list<Dir, cpu_owned, false>> map_sg_unsynced(device dev,
										    attributes a = {}) && noexcept
	{
		return mapped<Dir, cpu_owned, false>(dev, a, detail::skip_cpu_sync);
	}

      private:
	template <bool> friend class detail::mapped_table;
	friend class list_builder;
	explicit list(detail::table &&t) noexcept : table_(std::move(t))
	{
	}

	template <direction Dir, owner Own, bool AsTable>
	result<mapped_list<Dir, Own, AsTable>> mapped(device dev, attributes a, unsigned long skip) noexcept
	{
		const unsigned long all = a.value() | skip;
		unsigned segments;

		if (!table_.live())
			return invalid_argument;
		if constexpr (AsTable) {
			if (int code = dmaxx_map_sgtable(dev.raw(), &table_.raw(), static_cast<int>(Dir), all))
				return error(code);
			segments = table_.raw().nents;
		} else {
			segments = dmaxx_map_sg(dev.raw(), &table_.raw(), static_cast<int>(Dir), all);
			if (!segments)
				return io_error;
		}
		return mapped_list<Dir, Own, AsTable>(
			detail::made(), detail::mapped_table<AsTable>(dev, std::move(table_), segments, a));
	}

	detail::table table_;
};

namespace detail
{
template <bool AsTable> list mapped_table<AsTable>::finish(direction dir, unsigned long skip) noexcept
{
	if (live()) {
		struct ::device *dev = std::exchange(dev_, nullptr);
		const unsigned long all = attrs_.value() | skip;

		AsTable ? dmaxx_unmap_sgtable(dev, &table_.raw(), static_cast<int>(dir), all)
			: dmaxx_unmap_sg(dev, &table_.raw(), static_cast<int>(dir), all);
	}
	return list(std::move(table_));
}
} // namespace detail

// A list that grows by arrays of pages (sg_alloc_append_table_from_pages()): `left` is how many pages are still to
// come.
class DMAXX_STARTS(unconsumed) list_builder
{
      public:
	DMAXX_RETURNS(unconsumed) list_builder() noexcept = default;
	list_builder(const list_builder &) = delete;
	// After an error only what was appended before is to be freed, and is.
	DMAXX_ALIVE result<void> append(struct page **pages, unsigned count, unsigned offset, size bytes,
					unsigned max_segment, unsigned left, gfp how) noexcept
	{
		if (!table_.live())
			table_ = detail::table(detail::table::kind::appended);
		return result<void>::of(
			dmaxx_sg_append(&table_.raw(), pages, count, offset, bytes, max_segment, left, how.value()));
	}
	DMAXX_GIVES_AWAY DMAXX_RETURNS(unconsumed) list finish() && noexcept
	{
		return list(std::move(table_));
	}

      private:
	detail::table table_;
};

} // namespace dma

#endif
