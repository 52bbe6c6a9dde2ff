// SPDX-License-Identifier: GPL-2.0-only OR MIT
//
// What lets the compiler follow the life of an object through a function. With clang and -Wconsumed, calling a function
// of an object that was moved away or given back is an error, and so is taking the value of a result that nobody asked
// ok(). Other compilers see nothing of it: there, an object that was given back is empty, and using it does nothing.
//
// What clang follows are local variables and parameters that are values. Members of a class and references are not.
#ifndef DMAXX_ATTRIBUTES_H
#define DMAXX_ATTRIBUTES_H

#if defined(__clang__)
#define DMAXX_STARTS(state) __attribute__((consumable(state)))
// Not of what is gone; and only of what was asked about.
#define DMAXX_ALIVE	     __attribute__((callable_when("unconsumed", "unknown")))
#define DMAXX_ASKED	     __attribute__((callable_when("unconsumed")))
#define DMAXX_ASKS	     __attribute__((test_typestate(unconsumed)))
#define DMAXX_GIVES_AWAY     __attribute__((callable_when("unconsumed", "unknown"), set_typestate(consumed)))
#define DMAXX_HANDS_OUT	     __attribute__((callable_when("unconsumed"), set_typestate(consumed)))
#define DMAXX_REVIVES	     __attribute__((set_typestate(unconsumed)))
#define DMAXX_RETURNS(state) __attribute__((return_typestate(state)))
// What is returned refers into the object: it must not be a temporary one.
#define DMAXX_WITHIN [[clang::lifetimebound]]
#else
#define DMAXX_STARTS(state)
#define DMAXX_ALIVE
#define DMAXX_ASKED
#define DMAXX_ASKS
#define DMAXX_GIVES_AWAY
#define DMAXX_HANDS_OUT
#define DMAXX_REVIVES
#define DMAXX_RETURNS(state)
#define DMAXX_WITHIN
#endif

#endif
