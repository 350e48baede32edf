# Man pages, which help2man writes from what the programs say of themselves.
find_program(HELP2MAN help2man)
if(NOT HELP2MAN OR SERENE_SANITIZE)
  message(STATUS "no man pages: no help2man, or a build with sanitizers")
  return()
endif()

# serene_add_man_page(serene-score serene_cli "score" "score recordings")
set(man_pages "")
function(serene_add_man_page page target arguments title)
  # help2man calls the page what the program is called.
  file(GENERATE OUTPUT ${PROJECT_BINARY_DIR}/man/${page}
    CONTENT "#!/bin/sh\nexec '$<TARGET_FILE:${target}>' ${arguments} \"$@\"\n"
    FILE_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE)
  set(file ${PROJECT_BINARY_DIR}/man/${page}.1)
  add_custom_command(OUTPUT ${file}
    COMMAND ${HELP2MAN} --no-info --name ${title} --version-string ${PROJECT_VERSION}
            --source "serene ${PROJECT_VERSION}" --output ${file} ${PROJECT_BINARY_DIR}/man/${page}
    DEPENDS ${target} VERBATIM)
  set(man_pages ${man_pages} ${file} PARENT_SCOPE)
endfunction()

serene_add_man_page(serene serene_cli "" "which emotion is in a recording of speech")
serene_add_man_page(serene-score serene_cli score "score recordings")
serene_add_man_page(serene-evaluate serene_cli evaluate "compare scores with what recordings are said to be")
serene_add_man_page(serene-enhance serene_cli enhance "take the noise out of recordings")
serene_add_man_page(serene-info serene_cli info "show what a model file holds")
serene_add_man_page(serene-check serene_cli check "hold a model to reference tensors")
serene_add_man_page(serene-profile serene_cli profile "measure where the time goes")
serene_add_man_page(serene-doctor serene_cli doctor "show what there is to compute with")
serene_add_man_page(serene-convert serene-convert "" "make a model file from PyTorch checkpoints")
add_custom_target(serene-man ALL DEPENDS ${man_pages})
install(FILES ${man_pages} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
