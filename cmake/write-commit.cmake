# SPDX-License-Identifier: Apache-2.0
# cmake -DSOURCE=folder -DOUTPUT=file [-DCOMMIT=text] -P write-commit.cmake
# The commit of the source tree as a header; touched only when it changes.
if(NOT COMMIT)
    execute_process(COMMAND git -C ${SOURCE} describe --always --dirty --abbrev=12 --exclude=*
        OUTPUT_VARIABLE COMMIT OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
endif()
if(NOT COMMIT)
    set(COMMIT unknown)
endif()
set(text "#pragma once\n#define DLA_COMMIT \"${COMMIT}\"\n")
set(old "")
if(EXISTS ${OUTPUT})
    file(READ ${OUTPUT} old)
endif()
if(NOT old STREQUAL text)
    file(WRITE ${OUTPUT} ${text})
endif()
