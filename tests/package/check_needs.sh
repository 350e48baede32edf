#!/bin/sh
# What an unpacked Debian package loads is in it, or in a package that it depends on.
#
#   tests/package/check_needs.sh PACKAGE FOLDER READELF
set -eu
package=$1
folder=$2
readelf=$3

# Names alone, with a space around each.
names() { sed 's/([^)]*)//g' | tr ',|\n' '   '; }
depends=" $(dpkg-deb --field "$package" Depends | names) "

failed=0
files=0
for file in "$folder"/usr/bin/* "$folder"/usr/lib/*.so; do
  files=$((files + 1))
  dynamic=$("$readelf" --dynamic "$file")
  case $dynamic in *RPATH* | *RUNPATH*)
    echo "$file looks for libraries where it was built"
    failed=1
    ;;
  esac
  libraries=$(echo "$dynamic" | sed -n 's/.*(NEEDED).*\[\(.*\)\].*/\1/p')
  if [ -z "$libraries" ]; then
    echo "$file: no libraries found"
    failed=1
  fi
  for library in $libraries; do
    [ ! -e "$folder/usr/lib/$library" ] || continue
    # As many packages as have a file of that name, for other architectures, too; and what these replace.
    owners=$(dpkg-query --search "*/$library" | sed 's/:.*//' | sort -u)
    # shellcheck disable=SC2086  # a list
    offered=$(dpkg-query --show --showformat '${Package} ${Provides}\n' $owners | names)
    is_met=0
    for name in $offered; do
      case $depends in *" $name "*) is_met=1 ;; esac
    done
    if [ $is_met -eq 0 ]; then
      echo "$file loads $library of $(echo "$owners" | tr '\n' ' '), which is not among the dependencies:$depends"
      failed=1
    fi
  done
done
if [ $files -ne 3 ]; then
  echo "$files files looked at, expected two programs and a library"
  failed=1
fi
exit $failed
