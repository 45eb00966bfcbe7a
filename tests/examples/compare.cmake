# Runs PROGRAM and holds what it prints against the file EXPECTED.
execute_process(COMMAND "${PROGRAM}" OUTPUT_VARIABLE printed ERROR_VARIABLE complaint RESULT_VARIABLE status)
file(READ "${EXPECTED}" expected)
if(NOT status EQUAL 0 OR NOT complaint STREQUAL "")
  message(FATAL_ERROR "exit status ${status}: ${complaint}")
endif()
if(NOT printed STREQUAL expected)
  message(FATAL_ERROR "printed\n${printed}\nexpected\n${expected}")
endif()
