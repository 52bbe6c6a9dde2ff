// SPDX-License-Identifier: GPL-2.0-only OR MIT
//
// How the CPU gets at memory that a device shares. Neither view owns; each is good as long as what it is of, and no
// longer than the CPU's turn with it.
//
//   cpu_view<W>	bytes that are the CPU's for now: ordinary memory. W: it may write.
//   shared_view<T>	elements that both sides may touch at any time (coherent memory): each read and write is one
//			volatile access, as READ_ONCE() and WRITE_ONCE() are.
//
// Every access is checked against the size of the object, and one beyond it is an error (out_of_range), not an access.
#ifndef DMAXX_VIEW_H
#define DMAXX_VIEW_H

#include <type_traits>

#include "result.h"
#include "types.h"

namespace dma
{

// What may lie in memory that a device writes: plain bytes, any of which are a value.
template <class T>
concept plain = std::is_trivially_copyable_v<T> && std::is_standard_layout_v<T>;

// What the CPU loads and stores at once.
template <class T>
concept word = plain<T> && !std::is_same_v<T, bool> && (std::is_arithmetic_v<T> || std::is_enum_v<T>) &&
	       (sizeof(T) == 1 || sizeof(T) == 2 || sizeof(T) == 4 || sizeof(T) == 8);

template <bool Writable> class cpu_view
{
      public:
	using pointer = std::conditional_t<Writable, byte *, const byte *>;

	cpu_view(pointer at, size bytes) noexcept : at_(at), size_(bytes)
	{
	}
	size bytes() const noexcept
	{
		return size_;
	}
	// For what takes a pointer. It must not outlive the CPU's turn, and nothing checks that.
	pointer data() const noexcept
	{
		return at_;
	}

	result<cpu_view> part(size at, size n) const noexcept
	{
		if (!within(size_, at, n))
			return out_of_range;
		return cpu_view(at_ + at, n);
	}
	// A value at a byte offset, aligned or not.
	template <plain T> result<T> read(size at) const noexcept
	{
		T value;

		if (!within(size_, at, sizeof(T)))
			return out_of_range;
		__builtin_memcpy(&value, at_ + at, sizeof(T));
		return value;
	}
	template <plain T>
	result<void> write(size at, const T &value) const noexcept
		requires Writable
	{
		if (!within(size_, at, sizeof(T)))
			return out_of_range;
		__builtin_memcpy(at_ + at, &value, sizeof(T));
		return {};
	}
	result<void> copy_out(size at, void *to, size n) const noexcept
	{
		if (!within(size_, at, n))
			return out_of_range;
		dmaxx_copy(to, at_ + at, n);
		return {};
	}
	result<void> copy_in(size at, const void *from, size n) const noexcept
		requires Writable
	{
		if (!within(size_, at, n))
			return out_of_range;
		dmaxx_copy(at_ + at, from, n);
		return {};
	}

      private:
	pointer at_;
	size size_;
};

template <plain T> class shared_view
{
      public:
	shared_view(T *at, size count) noexcept : at_(at), count_(count)
	{
	}
	size count() const noexcept
	{
		return count_;
	}

	// Element i.
	result<T> read(size i) const noexcept
		requires word<T>
	{
		if (i >= count_)
			return out_of_range;
		return T(*static_cast<volatile T *>(at_ + i));
	}
	result<void> write(size i, T value) const noexcept
		requires word<T>
	{
		if (i >= count_)
			return out_of_range;
		*static_cast<volatile T *>(at_ + i) = value;
		return {};
	}
	// A member of element i: read(3, &descriptor::status).
	template <class Member, class Of>
	result<Member> read(size i, Member Of::*member) const noexcept
		requires(word<Member> && std::is_base_of_v<Of, T>)
	{
		if (i >= count_)
			return out_of_range;
		return Member(*static_cast<volatile Member *>(&(at_[i].*member)));
	}
	template <class Member, class Of>
	result<void> write(size i, Member Of::*member, std::type_identity_t<Member> value) const noexcept
		requires(word<Member> && std::is_base_of_v<Of, T>)
	{
		if (i >= count_)
			return out_of_range;
		*static_cast<volatile Member *>(&(at_[i].*member)) = value;
		return {};
	}
	// Whole elements at once, in no particular order of accesses: the device may see, or have written, some of
	// them.
	result<void> copy_out(size first, T *to, size n) const noexcept
	{
		if (!within(count_, first, n))
			return out_of_range;
		dmaxx_copy(to, at_ + first, n * sizeof(T));
		return {};
	}
	result<void> copy_in(size first, const T *from, size n) const noexcept
	{
		if (!within(count_, first, n))
			return out_of_range;
		dmaxx_copy(at_ + first, from, n * sizeof(T));
		return {};
	}

      private:
	T *at_;
	size count_;
};

} // namespace dma

#endif
