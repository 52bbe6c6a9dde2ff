# SPDX-License-Identifier: GPL-2.0-only
#
# The tree's own `kernel` crate (rust/kernel of Linux 7.3), unmodified, built for this program: without cargo, without
# network, by the rules of rust/Makefile. docs/rust.md says what is left out and why. Where there is none,
# there is no target kernel_rust; where there is, link_rust(TARGET) links it.

set(dma_rs ${DMAFUZZ_KERNEL}/rust/kernel/dma.rs)
if(EXISTS ${dma_rs})
  file(STRINGS ${dma_rs} present REGEX "^pub struct CoherentView")
endif()
if(NOT present)
  message(STATUS "Backend rust: absent, Linux ${KERNEL_SERIES} does not have rust/kernel/dma.rs as the backend uses it")
  message(STATUS "Drivers rust_dma and edu_rust: absent, for want of that")
  return()
endif()
# Debian's, which ci/setup installs: another one may come first on PATH. Proc macros run in the compiler that built them.
find_program(DMAFUZZ_RUSTC rustc PATHS /usr/bin NO_DEFAULT_PATH)
find_program(DMAFUZZ_BINDGEN bindgen PATHS /usr/bin NO_DEFAULT_PATH)
# bindgen 0.60 cannot read what later ones tell it.
find_file(DMAFUZZ_LIBCLANG NAMES libclang-14.so.1 PATHS /usr/lib/x86_64-linux-gnu /usr/lib/aarch64-linux-gnu
  NO_DEFAULT_PATH)
find_program(DMAFUZZ_OBJCOPY llvm-objcopy-19)
foreach(tool RUSTC BINDGEN LIBCLANG OBJCOPY)
  if(NOT DMAFUZZ_${tool})
    message(WARNING "Backend rust: absent, ${tool} was not found. Run ci/setup.")
    return()
  endif()
endforeach()

set(RUST_DIR ${CMAKE_CURRENT_SOURCE_DIR}/rust)
set(RUST_OUT ${CMAKE_CURRENT_BINARY_DIR}/rust)
execute_process(
  COMMAND ${RUST_DIR}/prepare ${DMAFUZZ_KERNEL} "${DMAFUZZ_OVERLAY}" ${RUST_OUT} ${DMAFUZZ_RUSTC}
          ${CMAKE_CURRENT_SOURCE_DIR}/config/generated/autoconf.h ${RUST_DIR}/autoconf.h
  RESULT_VARIABLE result ERROR_VARIABLE errors)
if(result)
  message(FATAL_ERROR "Could not lay out the kernel crate of ${DMAFUZZ_KERNEL}:\n${errors}")
endif()
if(DMAFUZZ_OVERLAY)
  file(GLOB_RECURSE replaced RELATIVE ${DMAFUZZ_OVERLAY} ${DMAFUZZ_OVERLAY}/rust/*)
  foreach(file ${replaced})
    if(file MATCHES "^rust/(kernel|bindings)/.*\\.rs$")
      message(STATUS "Overlay: ${file}")
    elseif(NOT file STREQUAL "rust/helpers/helpers.c") # which kernel_objects() takes
      message(WARNING "Overlay: ${file} is not used: of rust/ only the crate's own files are, kernel/*.rs")
    endif()
  endforeach()
endif()
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${RUST_DIR}/prepare ${RUST_DIR}/modules
  ${RUST_DIR}/autoconf.h ${DMAFUZZ_KERNEL}/rust/kernel/lib.rs ${DMAFUZZ_KERNEL}/rust/bindgen_parameters)
execute_process(COMMAND ${DMAFUZZ_RUSTC} --print target-libdir OUTPUT_VARIABLE rust_libs OUTPUT_STRIP_TRAILING_WHITESPACE)
file(GLOB RUST_CORE ${rust_libs}/libcore-*.rlib ${rust_libs}/libcompiler_builtins-*.rlib)

# No path of this machine in what is built; rustc takes the last prefix that fits.
set(RUST_COMMON --edition=2021 --cap-lints=allow -Astable_features -Zunstable-options
  --remap-path-prefix=${CMAKE_SOURCE_DIR}/= --remap-path-prefix=${DMAFUZZ_KERNEL}/=)
if(DMAFUZZ_OVERLAY)
  list(APPEND RUST_COMMON --remap-path-prefix=${DMAFUZZ_OVERLAY}/=)
endif()
list(APPEND RUST_COMMON --remap-path-prefix=${CMAKE_CURRENT_BINARY_DIR}=. --remap-path-prefix=${RUST_OUT}/=)
set(RUST_ENV ${CMAKE_COMMAND} -E env RUSTC_BOOTSTRAP=1 OBJTREE=${RUST_OUT} CARGO_PKG_VERSION=0.8.54)

# rust_host(CRATE FILE TYPE DEPENDS crate... FLAGS flag...): a crate that runs in the compiler: proc macros, and what
# they are made of. Not optimized: it takes longer to optimize them than to run them once.
function(rust_host name file type)
  cmake_parse_arguments(R "" "" "DEPENDS;FLAGS" ${ARGN})
  set(output ${RUST_OUT}/host/lib${name}.rlib)
  if(type STREQUAL "proc-macro")
    set(output ${RUST_OUT}/host/lib${name}.so)
    list(APPEND R_FLAGS --extern proc_macro -Clinker=${CMAKE_C_COMPILER} -Clink-arg=-fuse-ld=lld)
  endif()
  set(depends)
  foreach(crate ${R_DEPENDS})
    list(APPEND depends ${RUST_OUT}/host/lib${crate}.rlib)
    list(APPEND R_FLAGS --extern ${crate})
  endforeach()
  add_custom_command(OUTPUT ${output}
    COMMAND ${RUST_ENV} ${DMAFUZZ_RUSTC} ${RUST_COMMON} --crate-name ${name} --crate-type ${type} -Copt-level=0
            -Cdebuginfo=0 -L ${RUST_OUT}/host --emit=link=${output} --emit=dep-info=${output}.d ${R_FLAGS} ${file}
    COMMAND ${RUST_DIR}/depfile ${output}.d ${output}
    DEPENDS ${file} ${depends} DEPFILE ${output}.d COMMENT "Rust: ${name} (in the compiler)" VERBATIM)
endfunction()

# rust_crate(CRATE FILE [WATCHED] DEPENDS file... FLAGS flag...): a crate that is linked: libCRATE.rmeta for the crates
# above it, and an object whose name says that it is the kernel's (kernel.lds, link-with-traps). WATCHED: code under
# test, with sanitizers and coverage, and its loads and stores are seen. LINTED: what it forbids itself is an error.
function(rust_crate name file)
  cmake_parse_arguments(R "WATCHED;LINTED" "" "DEPENDS;FLAGS" ${ARGN})
  set(meta ${RUST_OUT}/lib${name}.rmeta)
  set(object ${RUST_OUT}/kobj_rust_${name}.o)
  set(rename)
  set(common ${RUST_COMMON})
  if(R_LINTED)
    list(REMOVE_ITEM common --cap-lints=allow)
  endif()
  if(R_WATCHED)
    list(APPEND R_FLAGS ${RUST_WATCHED})
    set(rename COMMAND ${RUST_DIR}/rename ${DMAFUZZ_OBJCOPY} ${object})
  endif()
  add_custom_command(OUTPUT ${object} ${meta}
    COMMAND ${RUST_ENV} ${DMAFUZZ_RUSTC} ${common} ${RUST_CODE} --crate-name ${name} --crate-type rlib
            -L ${RUST_OUT} -L ${RUST_OUT}/host --emit=obj=${object} --emit=metadata=${meta} --emit=dep-info=${object}.d
            @${RUST_OUT}/rustc_cfg ${R_FLAGS} ${file}
    COMMAND ${RUST_DIR}/depfile ${object}.d ${object}
    ${rename}
    DEPENDS ${file} ${R_DEPENDS} ${RUST_OUT}/rustc_cfg ${RUST_OUT}/sources ${RUST_DIR}/rename
    DEPFILE ${object}.d COMMENT "Rust: ${name}" VERBATIM)
endfunction()

rust_host(proc_macro2 ${DMAFUZZ_KERNEL}/rust/proc-macro2/lib.rs rlib FLAGS --cfg=feature="proc-macro"
  --cfg=wrap_proc_macro --cfg=proc_macro_span_file --cfg=proc_macro_span_location)
rust_host(quote ${DMAFUZZ_KERNEL}/rust/quote/lib.rs rlib DEPENDS proc_macro2 FLAGS --cfg=feature="proc-macro")
set(features)
foreach(feature clone-impls derive full parsing printing proc-macro visit visit-mut)
  list(APPEND features --cfg=feature="${feature}")
endforeach()
rust_host(syn ${DMAFUZZ_KERNEL}/rust/syn/lib.rs rlib DEPENDS proc_macro2 quote FLAGS ${features})
set(host proc_macro2 quote syn)
rust_host(zerocopy_derive ${DMAFUZZ_KERNEL}/rust/zerocopy-derive/lib.rs proc-macro DEPENDS ${host}
  FLAGS --cfg=zerocopy_unstable_linux)
rust_host(macros ${DMAFUZZ_KERNEL}/rust/macros/lib.rs proc-macro DEPENDS ${host} FLAGS @${RUST_OUT}/rustc_cfg)
rust_host(pin_init_internal ${DMAFUZZ_KERNEL}/rust/pin-init/internal/src/lib.rs proc-macro DEPENDS ${host}
  FLAGS --cfg=kernel --cfg=USE_RUSTC_FEATURES)

# The declarations of the kernel's C. Its mem* functions are those of watched code.
set(watched ${WATCHED_COPIES})
list(TRANSFORM watched PREPEND -D)
foreach(what kernel helpers)
  set(bindings_kernel ${RUST_OUT}/rust/bindings/bindings_generated.rs)
  set(bindings_helpers ${RUST_OUT}/rust/bindings/bindings_helpers_generated.rs)
  add_custom_command(OUTPUT ${bindings_${what}}
    COMMAND ${RUST_DIR}/bindings ${what} ${DMAFUZZ_KERNEL} ${bindings_${what}} ${bindings_${what}}.d ${DMAFUZZ_BINDGEN}
            ${DMAFUZZ_LIBCLANG} ${header_words} ${KERNEL_DIALECT} ${watched}
    DEPENDS ${RUST_DIR}/bindings DEPFILE ${bindings_${what}}.d COMMENT "Rust: declarations of ${what}" VERBATIM)
endforeach()

# Optimized: what build_assert!() asserts is proven by the optimizer. Numbers that overflow are a panic, as they are by
# default in the kernel (CONFIG_RUST_OVERFLOW_CHECKS).
set(RUST_CODE -Copt-level=2 -Coverflow-checks=on -Cpanic=abort -Cdebuginfo=1 -Ccodegen-units=1 -Csymbol-mangling-version=v0
  -Crelocation-model=static -Cforce-frame-pointers=yes -Zfunction-sections=yes)
set(RUST_WATCHED)
set(llvm_args)
if("address" IN_LIST DMAFUZZ_LAYERS)
  list(APPEND RUST_WATCHED -Zsanitizer=address)
  list(APPEND llvm_args -asan-use-after-return=never)
endif()
if("coverage" IN_LIST DMAFUZZ_LAYERS)
  list(APPEND llvm_args -sanitizer-coverage-level=4 -sanitizer-coverage-inline-8bit-counters
    -sanitizer-coverage-pc-table -sanitizer-coverage-trace-compares)
endif()
if("access" IN_LIST DMAFUZZ_LAYERS)
  list(APPEND llvm_args -sanitizer-coverage-trace-loads -sanitizer-coverage-trace-stores)
endif()
if(llvm_args MATCHES sanitizer-coverage)
  list(APPEND RUST_WATCHED -Cpasses=sancov-module)
endif()
if(llvm_args)
  list(JOIN llvm_args " " llvm_args)
  list(APPEND RUST_WATCHED "-Cllvm-args=${llvm_args}")
endif()
if(DMAFUZZ_COVERAGE AND NOT DMAFUZZ_COVERAGE STREQUAL "DRIVERS")
  # The counters are clang's, and so is what writes them out.
  list(APPEND RUST_WATCHED -Cinstrument-coverage -Zno-profiler-runtime)
endif()

rust_crate(build_error ${DMAFUZZ_KERNEL}/rust/build_error.rs)
rust_crate(ffi ${DMAFUZZ_KERNEL}/rust/ffi.rs)
rust_crate(zerocopy ${DMAFUZZ_KERNEL}/rust/zerocopy/src/lib.rs FLAGS --cfg=no_fp_fmt_parse)
rust_crate(pin_init ${DMAFUZZ_KERNEL}/rust/pin-init/src/lib.rs
  FLAGS --cfg=kernel --cfg=USE_RUSTC_FEATURES --extern pin_init_internal --extern macros
  DEPENDS ${RUST_OUT}/host/libpin_init_internal.so ${RUST_OUT}/host/libmacros.so)
rust_crate(bindings ${RUST_OUT}/rust/bindings/lib.rs FLAGS --extern ffi --extern pin_init
  DEPENDS ${RUST_OUT}/libffi.rmeta ${RUST_OUT}/libpin_init.rmeta ${bindings_kernel} ${bindings_helpers})
# C and Rust must see the same memory.
add_custom_command(OUTPUT ${RUST_OUT}/layouts.stamp
  COMMAND ${RUST_DIR}/layouts ${DMAFUZZ_KERNEL} ${RUST_OUT} ${RUST_OUT}/layouts.stamp ${DMAFUZZ_RUSTC} ${DMAFUZZ_OBJCOPY}
          ${CMAKE_C_COMPILER} ${header_words} ${KERNEL_DIALECT}
  DEPENDS ${RUST_DIR}/layouts ${RUST_OUT}/libbindings.rmeta ${bindings_kernel}
  COMMENT "Rust: layouts as in C" VERBATIM)
add_test(NAME rust_layout_gate COMMAND ${CMAKE_SOURCE_DIR}/harness/tests/rust/layout-gate ${RUST_DIR}/layouts
  ${DMAFUZZ_KERNEL} ${RUST_OUT} ${DMAFUZZ_RUSTC} ${DMAFUZZ_OBJCOPY} ${CMAKE_C_COMPILER} ${header_words} ${KERNEL_DIALECT})
# No more than the name: what the modules that use it need is left out with them.
rust_crate(uapi ${RUST_DIR}/uapi.rs)
set(crates ffi pin_init build_error bindings uapi zerocopy)
set(externs)
set(metas ${RUST_OUT}/host/libmacros.so ${RUST_OUT}/host/libzerocopy_derive.so)
foreach(crate ${crates} macros zerocopy_derive)
  list(APPEND externs --extern ${crate})
endforeach()
foreach(crate ${crates})
  list(APPEND metas ${RUST_OUT}/lib${crate}.rmeta)
endforeach()
rust_crate(kernel ${RUST_OUT}/rust/kernel/lib.rs WATCHED FLAGS ${externs} DEPENDS ${metas})

# Our back end on top of it.
add_custom_command(OUTPUT ${RUST_OUT}/backend_abi.rs
  COMMAND ${RUST_DIR}/bindings backend ${DMAFUZZ_KERNEL} ${RUST_OUT}/backend_abi.rs ${RUST_OUT}/backend_abi.rs.d
          ${DMAFUZZ_BINDGEN} ${DMAFUZZ_LIBCLANG} ${header_words} ${KERNEL_DIALECT}
  DEPENDS ${RUST_DIR}/bindings DEPFILE ${RUST_OUT}/backend_abi.rs.d COMMENT "Rust: declarations of backend" VERBATIM)
set(externs)
foreach(crate kernel ffi pin_init macros zerocopy zerocopy_derive)
  list(APPEND externs --extern ${crate})
endforeach()
rust_crate(backend ${CMAKE_CURRENT_SOURCE_DIR}/backend/rust/lib.rs WATCHED FLAGS ${externs}
  DEPENDS ${RUST_OUT}/libkernel.rmeta ${RUST_OUT}/backend_abi.rs)
# How what uses the crate is compiled, for tests of what the compiler rejects.
set_property(GLOBAL PROPERTY DMAFUZZ_RUST_COMMAND ${RUST_ENV} ${DMAFUZZ_RUSTC} ${RUST_COMMON} ${RUST_CODE}
  --crate-type rlib -L ${RUST_OUT} -L ${RUST_OUT}/host @${RUST_OUT}/rustc_cfg ${externs})
# What a driver can do that a DMA program cannot say (harness/tests/rust/looks).
rust_crate(looks ${CMAKE_SOURCE_DIR}/harness/tests/rust/looks/looks.rs WATCHED LINTED FLAGS ${externs}
  DEPENDS ${RUST_OUT}/libkernel.rmeta)
# The functions that C has as macros or inline.
kernel_objects(rust_helpers FILES rust/helpers/helpers.c)
shim_objects(shim_rust FILES rust/runtime.c)
# %pA of printk: a panic says what and where.
foreach(root ${DMAFUZZ_KERNEL} ${DMAFUZZ_OVERLAY})
  set_property(SOURCE ${root}/lib/vsprintf.c APPEND PROPERTY COMPILE_DEFINITIONS CONFIG_RUST=1)
endforeach()

# In this order: what the crate defines and only the back end has code of (what is inlined or generic) is unused by the
# crate's own account, and llvm-cov takes the account that it reads first.
set(RUST_OBJECTS ${RUST_OUT}/kobj_rust_backend.o ${RUST_OUT}/kobj_rust_kernel.o)
add_custom_target(kernel_rust DEPENDS ${RUST_OBJECTS} ${RUST_OUT}/layouts.stamp)
add_custom_target(kernel_rust_looks DEPENDS ${RUST_OUT}/kobj_rust_looks.o)

set_property(GLOBAL PROPERTY DMAFUZZ_RUST_OBJECTS ${RUST_OBJECTS})
set_property(GLOBAL PROPERTY DMAFUZZ_RUST_CORE ${RUST_CORE})
set_property(GLOBAL PROPERTY DMAFUZZ_RUST_LOOKS ${RUST_OUT}/kobj_rust_looks.o)

# link_rust(TARGET [DRIVER name]): links the kernel's Rust into an executable, with its back end, or a driver above it.
function(link_rust target)
  cmake_parse_arguments(L "" "DRIVER" "" ${ARGN})
  get_property(objects GLOBAL PROPERTY DMAFUZZ_RUST_OBJECTS)
  if(L_DRIVER)
    get_property(objects GLOBAL PROPERTY DMAFUZZ_RUST_DRIVER_${L_DRIVER})
    add_dependencies(${target} rust_driver_${L_DRIVER})
  endif()
  get_property(core GLOBAL PROPERTY DMAFUZZ_RUST_CORE)
  target_sources(${target} PRIVATE $<TARGET_OBJECTS:kobj_rust_helpers> $<TARGET_OBJECTS:kobj_shim_rust> ${objects})
  set_source_files_properties(${objects} PROPERTIES GENERATED TRUE EXTERNAL_OBJECT TRUE)
  add_dependencies(${target} kernel_rust)
  set_property(TARGET ${target} APPEND PROPERTY DMAFUZZ_PARTS rust_helpers shim_rust rust)
  set_property(GLOBAL PROPERTY DMAFUZZ_FILES_rust rust/)
  if(L_DRIVER)
    set_property(TARGET ${target} APPEND PROPERTY DMAFUZZ_PARTS driver_${L_DRIVER})
  endif()
  target_link_libraries(${target} PRIVATE ${core})
  target_compile_definitions(${target} PRIVATE DMAFUZZ_RUST)
endfunction()

# rust_driver(NAME BUS FILE): a module of the tree in Rust, as a driver (driver_objects() of drivers.cmake). FILE is its
# crate, of the tree or of the overlay, or with an absolute path our own. As Kbuild does it: a module (cfg MODULE) of the crate `kernel`; its three names
# that each module has are renamed, as C's are by definitions, and so is its table of ids.
function(rust_driver name bus file)
  set(path ${file})
  if(NOT IS_ABSOLUTE ${file})
    set(path ${DMAFUZZ_KERNEL}/${file})
  endif()
  if(DMAFUZZ_OVERLAY AND EXISTS ${DMAFUZZ_OVERLAY}/${file})
    set(path ${DMAFUZZ_OVERLAY}/${file})
    message(STATUS "Overlay: ${file}")
  endif()
  set(externs)
  foreach(crate kernel pin_init zerocopy zerocopy_derive)
    list(APPEND externs --extern ${crate})
  endforeach()
  set(lines)
  if(DMAFUZZ_COVERAGE STREQUAL "DRIVERS")
    set(lines -Cinstrument-coverage -Zno-profiler-runtime -Cllvm-args=-runtime-counter-relocation)
  endif()
  set_property(GLOBAL PROPERTY DMAFUZZ_FILES_driver_${name} ${path})
  set(object ${RUST_OUT}/kobj_driver_${name}.o)
  add_custom_command(OUTPUT ${object}
    COMMAND ${RUST_ENV} RUST_MODFILE=${name} ${DMAFUZZ_RUSTC} ${RUST_COMMON} ${RUST_CODE} ${RUST_WATCHED} ${lines}
            --crate-name ${name} --crate-type rlib -L ${RUST_OUT} -L ${RUST_OUT}/host --emit=obj=${object}
            --emit=dep-info=${object}.d @${RUST_OUT}/rustc_cfg --cfg=MODULE -Zcrate-attr=no_std
            "-Zcrate-attr=feature(arbitrary_self_types,asm_goto,generic_arg_infer,used_with_arg)" ${externs} ${path}
    COMMAND ${RUST_DIR}/depfile ${object}.d ${object}
    COMMAND ${RUST_DIR}/rename ${DMAFUZZ_OBJCOPY} ${object}
    COMMAND ${RUST_DIR}/rename-module ${DMAFUZZ_OBJCOPY} ${object} ${name} ${bus}
    DEPENDS ${path} ${RUST_OUT}/libkernel.rmeta ${RUST_OUT}/rustc_cfg ${RUST_DIR}/rename ${RUST_DIR}/rename-module
    DEPFILE ${object}.d COMMENT "Rust: driver ${name}" VERBATIM)
  add_custom_target(rust_driver_${name} DEPENDS ${object})
  driver_objects(${name} BUS ${bus} RUST)
  # In this order, as above.
  set_property(GLOBAL PROPERTY DMAFUZZ_RUST_DRIVER_${name} ${object} ${RUST_OUT}/kobj_rust_kernel.o)
endfunction()

rust_driver(rust_dma pci samples/rust/rust_dma.rs)
rust_driver(edu_rust pci ${DMAFUZZ_EDU}/edu_rust.rs)
set(RUST_DRIVERS rust_dma edu_rust PARENT_SCOPE)
