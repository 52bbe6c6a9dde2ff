/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Kernel functions that bear a name of the C library get a linker name of their own, so that kernel code, the
 * sanitizers' run time and the harness can live in one program. Force-included before everything else; one line a name.
 * The mem* family leads to shims/mm/string.c, the others to the tree's own lib/.
 */
#ifndef DMAF_EXTNAMES_H
#define DMAF_EXTNAMES_H

#ifdef DMAF_WATCHED /* code under test: shims/dmasan/access.c */
#pragma redefine_extname memcpy watched_memcpy
#pragma redefine_extname memmove watched_memmove
#pragma redefine_extname memset watched_memset
#pragma redefine_extname memcmp watched_memcmp
#else
#pragma redefine_extname memcpy dmaf_memcpy
#pragma redefine_extname memmove dmaf_memmove
#pragma redefine_extname memset dmaf_memset
#pragma redefine_extname memcmp dmaf_memcmp
#endif
#pragma redefine_extname memchr dmaf_memchr
#pragma redefine_extname bcmp dmaf_bcmp
#pragma redefine_extname strlen dmaf_strlen
#pragma redefine_extname strnlen dmaf_strnlen
#pragma redefine_extname strcpy dmaf_strcpy
#pragma redefine_extname strncpy dmaf_strncpy
#pragma redefine_extname strlcat dmaf_strlcat
#pragma redefine_extname strlcpy dmaf_strlcpy
#pragma redefine_extname strcat dmaf_strcat
#pragma redefine_extname strncat dmaf_strncat
#pragma redefine_extname strcmp dmaf_strcmp
#pragma redefine_extname strncmp dmaf_strncmp
#pragma redefine_extname strcasecmp dmaf_strcasecmp
#pragma redefine_extname strncasecmp dmaf_strncasecmp
#pragma redefine_extname strchr dmaf_strchr
#pragma redefine_extname strchrnul dmaf_strchrnul
#pragma redefine_extname strrchr dmaf_strrchr
#pragma redefine_extname strstr dmaf_strstr
#pragma redefine_extname strspn dmaf_strspn
#pragma redefine_extname strcspn dmaf_strcspn
#pragma redefine_extname strpbrk dmaf_strpbrk
#pragma redefine_extname strsep dmaf_strsep
#pragma redefine_extname stpcpy dmaf_stpcpy
#pragma redefine_extname snprintf dmaf_snprintf
#pragma redefine_extname vsnprintf dmaf_vsnprintf
#pragma redefine_extname sprintf dmaf_sprintf
#pragma redefine_extname vsprintf dmaf_vsprintf
#pragma redefine_extname sscanf dmaf_sscanf
#pragma redefine_extname vsscanf dmaf_vsscanf
#pragma redefine_extname bsearch dmaf_bsearch
#pragma redefine_extname __stack_chk_fail dmaf_stack_chk_fail

#endif
