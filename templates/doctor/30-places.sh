# shellcheck shell=bash
# Folders: there or to be made, room, quota, and whether files can be moved in there.

# The folder itself, or the nearest one above it that is there.
nearest() {
  local at=$1
  while [ ! -e "$at" ] && [ "$at" != / ] && [ "$at" != . ]; do at=$(dirname -- "$at"); done
  printf '%s' "$at"
}

kind_of() {
  if [ -d "$1" ]; then
    if [ -r "$1" ] && [ -x "$1" ]; then echo folder; else echo closed; fi
  elif [ -e "$1" ]; then
    echo file
  else
    echo missing
  fi
}

quota_of() {
  local at=$1 group
  case $2 in
    lustre)
      group=$(stat -c %G -- "$at")
      fact lfs.user "$(lfs quota -q -u "$(id -un)" "$at" 2>&1)"
      fact lfs.group "$group $(lfs quota -q -g "$group" "$at" 2>&1)"
      ;;
    gpfs) fact mmlsquota "$(mmlsquota -Y 2>&1)" ;;
    tmpfs | overlayfs) ;;
    *) if type -P quota >/dev/null; then fact quota "$(quota -w -p -f "$3" 2>&1)"; fi ;;
  esac
}

# look_place PATH
look_place() {
  local path at type mount
  path=$(placed "$1")
  fact path "$path"
  fact kind "$(kind_of "$path")"
  at=$(nearest "$path")
  fact nearest "$at"
  if [ -w "$at" ] && [ -x "$at" ]; then fact writable yes; fi
  type=$(stat -f -c %T -- "$at")
  fact type "$type"
  # Filesystem, blocks, used, free, capacity, mount
  fact df "$(df -Pk -- "$at" | awk 'NR == 2 { print $4 }')"
  fact inodes "$(df -Pi -- "$at" | awk 'NR == 2 { print $2, $4 }')"
  mount=$(df -Pk -- "$at" | awk 'NR == 2 { $1 = $2 = $3 = $4 = $5 = ""; sub(/^ +/, ""); print }')
  fact mount "$mount"
  quota_of "$at" "$type" "$mount"
}

# try STEP WORDS...: "ok", or what it said
try() {
  local said
  if said=$("${@:2}" 2>&1); then fact "$1" ok; else fact "$1" "${said:-failed}"; fi
}

exclusively() {
  set -o noclobber
  echo x >"$1"
}

# A second maker of the same file has to be refused: that is what keeps a job from being asked for twice.
refused_twice() {
  exclusively "$1" || return
  if (exclusively "$1") 2>/dev/null; then
    echo 'a second exclusive create was not refused'
    return 1
  fi
}

# What we made goes again, also when we are told to end; never more than that.
clean_up() {
  local i
  rm -rf -- "$TRIAL"
  for ((i = ${#MADE[@]} - 1; i >= 0; i--)); do rmdir -- "${MADE[i]}"; done
}

# Leaves in SAID why it could not.
make_folders() {
  local at=$1 wanted=()
  while [ ! -e "$at" ]; do
    wanted=("$at" "${wanted[@]}")
    at=$(dirname -- "$at")
  done
  for at in "${wanted[@]}"; do
    SAID=$(mkdir -- "$at" 2>&1) || return
    MADE+=("$at")
  done
  SAID=$(mkdir -- "$TRIAL" 2>&1)
}

# look_write PATH BASE: everything a run does in its folder, in a folder of our own below it. BASE, where it is named, has to be
# there first: a folder made on another file system would prove nothing.
look_write() {
  local path base
  path=$(placed "$1")
  base=$(placed "$2")
  TRIAL=$path/.martlet-doctor.$$.$RANDOM
  MADE=()
  SAID=''
  if [ -n "$base" ] && [ ! -d "$base" ]; then
    fact make "$base is not there"
    return
  fi
  trap clean_up EXIT
  if ! make_folders "$path"; then
    fact make "${SAID:-failed}"
    return
  fi
  fact make ok
  try write dd if=/dev/zero of="$TRIAL/a" bs=65536 count=1 conv=fsync
  try rename mv -- "$TRIAL/a" "$TRIAL/b"
  try 'exclusive create' refused_twice "$TRIAL/c"
  try link ln -sn 'host 1' "$TRIAL/lock"
  try lock flock -n "$TRIAL/flock" true
  printf '#!/bin/sh\nexit 0\n' >"$TRIAL/run" && chmod 755 "$TRIAL/run"
  try execute "$TRIAL/run"
  try remove rm -rf -- "$TRIAL"
}
