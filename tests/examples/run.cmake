# Runs PROGRAM with ARGUMENTS (a list) and holds its exit status against STATUS, what it prints against PATTERN.
execute_process(COMMAND "${PROGRAM}" ${ARGUMENTS} OUTPUT_VARIABLE printed ERROR_VARIABLE printed RESULT_VARIABLE status)
if(NOT status EQUAL STATUS)
  message(FATAL_ERROR "exit status ${status}, expected ${STATUS}\n${printed}")
endif()
if(NOT printed MATCHES "${PATTERN}")
  message(FATAL_ERROR "nothing like '${PATTERN}' in\n${printed}")
endif()
