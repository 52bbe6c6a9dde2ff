# SPDX-License-Identifier: GPL-2.0-only
#
# The snippets of docs/checks must compile as a driver would. A test builds them; nothing else needs them.
set(snippets ${CMAKE_CURRENT_BINARY_DIR}/doc-snippets.c)
set(extract ${CMAKE_CURRENT_SOURCE_DIR}/doc-snippets/extract)
file(GLOB pages CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/docs/checks/*.md)
add_custom_command(OUTPUT ${snippets} COMMAND ${extract} ${pages} > ${snippets} DEPENDS ${extract} ${pages})
add_library(kobj_doc_snippets OBJECT EXCLUDE_FROM_ALL ${snippets})
set_source_files_properties(${snippets} PROPERTIES OBJECT_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/doc-snippets/frame.h
  COMPILE_DEFINITIONS "KBUILD_MODNAME=\"snippets\";KBUILD_BASENAME=\"snippets\";KBUILD_MODFILE=\"snippets\";__KBUILD_MODNAME=kmod_snippets")
target_compile_options(kobj_doc_snippets PRIVATE ${KERNEL_HEADERS} ${KERNEL_DIALECT} ${SHIM_WARNINGS}
  -Wno-unused-variable -Wno-unused-label)
add_test(NAME docs.snippets COMMAND ${CMAKE_COMMAND} --build ${CMAKE_BINARY_DIR} --target kobj_doc_snippets)
