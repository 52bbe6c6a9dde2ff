// SPDX-License-Identifier: GPL-2.0-only OR MIT
//
// Errors as values: what can fail returns a result, which is either a value or an error of the kernel.
//
//	auto mapped = dma::map<dma::to_device>(dev, std::move(bytes));
//	if (!mapped)
//		return mapped.failure().code();
//	auto tx = std::move(mapped).value();
//
// A result that is dropped does not compile with -Werror=unused-result (on by default as a warning). Taking the value
// of one that nobody asked does not compile with clang's -Wconsumed -Werror; elsewhere it is a BUG() if there is none.
#ifndef DMAXX_RESULT_H
#define DMAXX_RESULT_H

#include <new>
#include <type_traits>
#include <utility>

#include "attributes.h"
#include "capi.h"

namespace dma
{

// A negative errno. Never 0.
class error
{
      public:
	explicit constexpr error(int code) noexcept : code_(code)
	{
	}
	constexpr int code() const noexcept
	{
		return code_;
	}
	friend constexpr bool operator==(error, error) noexcept = default;

      private:
	int code_;
};

// What dmaxx itself finds wrong; all other codes are the kernel's.
inline constexpr error invalid_argument{-22}; // EINVAL: nothing to map, an alignment that is none
inline constexpr error out_of_range{-34};     // ERANGE: beyond the object
inline constexpr error no_memory{-12};	      // ENOMEM
inline constexpr error io_error{-5};	      // EIO: dma_map_sg() says no more than that
inline constexpr error not_supported{-95};    // EOPNOTSUPP: this kernel or this device has no such thing

template <class T> class DMAXX_STARTS(unknown) [[nodiscard]] result
{
      public:
	DMAXX_RETURNS(unknown) result(T &&value) noexcept : code_(0)
	{
		new (&value_) T(std::move(value));
	}
	DMAXX_RETURNS(unknown)
	result(const T &value) noexcept
		requires std::is_trivially_copyable_v<T>
	    : code_(0)
	{
		new (&value_) T(value);
	}
	DMAXX_RETURNS(unknown) result(error e) noexcept : code_(e.code())
	{
	}
	DMAXX_RETURNS(unknown) result(result &&other) noexcept : code_(other.code_)
	{
		if (!code_)
			new (&value_) T(std::move(other.value_));
	}
	result(const result &) = delete;
	result &operator=(const result &) = delete;
	~result()
	{
		if constexpr (!std::is_trivially_destructible_v<T>)
			if (!code_)
				value_.~T();
	}

	DMAXX_ASKS bool ok() const noexcept
	{
		return !code_;
	}
	DMAXX_ASKS explicit operator bool() const noexcept
	{
		return !code_;
	}
	// Of one that is not ok.
	error failure() const noexcept
	{
		return error(code_);
	}
	// 0 or the error's code, as C has it.
	int code() const noexcept
	{
		return code_;
	}

	// The value, moved out.
	DMAXX_HANDS_OUT T value() && noexcept
		requires(!std::is_trivially_copyable_v<T>)
	{
		insist();
		return std::move(value_);
	}
	DMAXX_ASKED T value() const & noexcept
		requires std::is_trivially_copyable_v<T>
	{
		insist();
		return value_;
	}

      private:
	void insist() const noexcept
	{
		if (code_) [[unlikely]]
			dmaxx_bug();
	}

	union {
		T value_;
	};
	int code_;
};

template <> class [[nodiscard]] result<void>
{
      public:
	constexpr result() noexcept : code_(0)
	{
	}
	constexpr result(error e) noexcept : code_(e.code())
	{
	}
	// What a function of C returned: 0 or a negative errno.
	static constexpr result of(int code) noexcept
	{
		result r;
		r.code_ = code;
		return r;
	}
	constexpr bool ok() const noexcept
	{
		return !code_;
	}
	constexpr explicit operator bool() const noexcept
	{
		return !code_;
	}
	constexpr error failure() const noexcept
	{
		return error(code_);
	}
	constexpr int code() const noexcept
	{
		return code_;
	}

      private:
	int code_;
};

} // namespace dma

#endif
