#!/bin/bash
# pairs.sh COUNT <PREFIXES: looks at datasets as Megatron-LM keeps them, PREFIX.idx and PREFIX.bin. The COUNT prefixes come on
# stdin, one a line, because thousands of them would not fit on a command line. Changes nothing. One line for each:
#   NTH <tab> IDX_KIND <tab> IDX_BYTES <tab> BIN_KIND <tab> BIN_BYTES <tab> HEAD <tab> MIDDLE <tab> TURN <tab> LAST
#   end
# KIND: file, folder, missing, closed (it may not be read), shut (a folder above may not be entered), dangling (a link to
# nothing), odd (a pipe or device). Bytes of the .idx come as hexadecimal, so that no byte order of this machine is in them:
#   HEAD    its first 34 bytes: magic, version, dtype, S sequences, N entries of the document index
#   MIDDLE  12 bytes: the length of the last sequence in tokens, the offset of the first one in the .bin
#   TURN    16 bytes: the offset of the last sequence, the first entry of the document index
#   LAST    8 bytes: the last entry of the document index
# MIDDLE, TURN and LAST are empty where the file's size does not fit S and N: nobody knows where they would stand.
set -u
tab=$'\t'

# Sets KIND of a path.
kind_of() {
  local above
  if [ -d "$1" ]; then
    KIND=folder
  elif [ -f "$1" ]; then
    if [ -r "$1" ]; then KIND="file"; else KIND=closed; fi
  elif [ -e "$1" ]; then
    KIND=odd
  elif [ -L "$1" ]; then
    KIND=dangling
  else
    KIND=missing
    # Behind a folder that may not be entered everything looks missing.
    above=${1%/*}
    while [ -n "$above" ] && ! [ -e "$above" ]; do above=${above%/*}; done
    if [ -d "${above:-/}" ] && ! [ -x "${above:-/}" ]; then KIND=shut; fi
  fi
}

# All sizes in one go: a process for each of thousands of files would take longer than everything else.
measure() {
  local path
  for path in "${prefixes[@]}"; do printf '%s.idx\0%s.bin\0' "$path" "$path"; done |
    xargs -0 stat -L -c '%s %n' -- 2>/dev/null
}

# Sets BYTES to COUNT bytes behind byte FROM, as hexadecimal: read_bytes FILE FROM COUNT
read_bytes() {
  BYTES=$(od -An -v -tx1 -j "$2" -N "$3" -- "$1")
  BYTES=${BYTES//[$' \n']/}
}

# Sets NUMBER to the 8 little-endian bytes that begin at this byte of a hexadecimal text; above 2^63 it becomes negative.
number_at() {
  local at digits=''
  for ((at = 14; at >= 0; at -= 2)); do digits=$digits${1:2 * $2 + at:2}; done
  NUMBER=$((16#$digits))
}

# Sets HEAD, MIDDLE, TURN and LAST of an .idx of this size.
read_index() {
  local sequences entries
  read_bytes "$1" 0 34
  HEAD=$BYTES
  if [ ${#HEAD} -ne 68 ]; then return; fi
  number_at "$HEAD" 18
  sequences=$NUMBER
  number_at "$HEAD" 26
  entries=$NUMBER
  # 2^40: nothing below overflows, and no file system holds more.
  if ((sequences < 1 || entries < 1 || sequences > 1099511627776 || entries > 1099511627776)); then return; fi
  # The second form has a byte for each sequence at its end: multimodal files.
  if (($2 != 34 + 12 * sequences + 8 * entries && $2 != 34 + 13 * sequences + 8 * entries)); then return; fi
  read_bytes "$1" $((30 + 4 * sequences)) 12
  MIDDLE=$BYTES
  read_bytes "$1" $((26 + 12 * sequences)) 16
  TURN=$BYTES
  read_bytes "$1" $((26 + 12 * sequences + 8 * entries)) 8
  LAST=$BYTES
}

prefixes=()
while ((${#prefixes[@]} < $1)) && IFS= read -r prefix; do prefixes+=("$prefix"); done
declare -A sizes=()
while read -r size path; do sizes[$path]=$size; done < <(if ((${#prefixes[@]})); then measure; fi)

nth=0
for prefix in ${prefixes[@]+"${prefixes[@]}"}; do
  HEAD='' MIDDLE='' TURN='' LAST=''
  kind_of "$prefix.bin"
  bin=$KIND
  kind_of "$prefix.idx"
  size=${sizes[$prefix.idx]:-0}
  if [ "$KIND" = file ]; then read_index "$prefix.idx" "$size"; fi
  printf '%s\n' "$nth$tab$KIND$tab$size$tab$bin$tab${sizes[$prefix.bin]:-0}$tab$HEAD$tab$MIDDLE$tab$TURN$tab$LAST"
  nth=$((nth + 1))
done
echo end
