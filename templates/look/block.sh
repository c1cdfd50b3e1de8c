#!/bin/bash
# block.sh RUN FOLDER...: makes sure that these attempts are never asked for, where nobody has asked yet. Prints each one
# that was blocked; the others were asked for already and have to be cancelled by their scheduler. The file `asked` is made
# by whoever asks (O_EXCL, templates/walk/submit.sh), so only one of the two can win.
set -u
cd -- "$1" || exit 3
shift
for folder in "$@"; do
  mkdir -p "$folder"
  set -o noclobber
  if { echo "cancelled before it was asked for" >"$folder/asked"; } 2>/dev/null; then echo "$folder"; fi
  set +o noclobber
done
echo end
