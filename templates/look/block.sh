#!/bin/bash
# block.sh RUN FOLDER...: makes sure that these attempts are never asked for, where nobody has asked yet. Prints each one
# that was blocked; the others were asked for already and have to be cancelled by their scheduler. The file `asked` is made
# whole and in one step by whoever asks (templates/walk/ask.sh), and here, so only one of the two can win.
set -u
cd -- "$1" || exit 3
shift
for folder in "$@"; do
  mkdir -p "$folder"
  mark=$folder/blocked.$$
  echo "cancelled before it was asked for" >"$mark" || continue
  set -o noclobber
  if ln "$mark" "$folder/asked" 2>/dev/null; then
    echo "$folder"
  elif [ ! -e "$folder/asked" ] && { cat "$mark" >"$folder/asked"; } 2>/dev/null; then
    echo "$folder"
  fi
  set +o noclobber
  rm -f "$mark"
done
echo end
