# `cpack` in a build folder: one Debian package with programs, library, headers and documents.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME serene)
set(CPACK_PACKAGE_CONTACT "The serene authors")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
# Whatever umask the build had.
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION sound)
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
"serene runs TRNet, a network that enhances speech, measures how much the
enhancement changed it, and recognises emotion from the blend of the two.
The package has the commands, the C library and its headers, a converter for
PyTorch checkpoints and a small model trained on acted German speech.")
# dpkg-shlibdeps reads what the binaries load; nothing here is listed by hand.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# Tells the packages built against libserene.so what to depend on, and the loader that there is a new library.
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
include(CPack)
