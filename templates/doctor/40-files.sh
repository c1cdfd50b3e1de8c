# shellcheck shell=bash
# Files that a profile or an overlay names. None of them is read.

# look_file PATH
look_file() {
  local path
  path=$(placed "$1")
  fact path "$path"
  fact kind "$(kind_of "$path")"
  if [ -r "$path" ]; then fact readable yes; fi
  if [ -f "$path" ]; then fact bytes "$(stat -Lc %s -- "$path")"; fi
  if [ -d "$path" ] && [ -z "$(find "$path/" -mindepth 1 -maxdepth 1 -print -quit)" ]; then fact empty yes; fi
}

# look_secret FILE: a job refuses one that others may read (templates/job/node-20-setup.sh)
look_secret() {
  local path
  path=$(placed "$1")
  fact path "$path"
  fact kind "$(kind_of "$path")"
  if [ -r "$path" ]; then fact readable yes; fi
  if [ -e "$path" ]; then fact mode "$(stat -Lc %a -- "$path")"; fi
  if [ -f "$path" ] && [ ! -s "$path" ]; then fact empty yes; fi
}

# look_pair PREFIX: a dataset as Megatron-LM reads it, PREFIX.idx and PREFIX.bin
look_pair() {
  local path end
  path=$(placed "$1")
  fact path "$path"
  for end in idx bin; do
    if [ -r "$path.$end" ]; then fact "$end" "$(stat -Lc %s -- "$path.$end")"; fi
  done
}
