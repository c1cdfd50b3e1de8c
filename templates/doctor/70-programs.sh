# shellcheck shell=bash
# Other programs and what they say: those of a scheduler above all.

# look_programs FOLDER NAME...: by the folder, or where it is empty by PATH
look_programs() {
  local folder=$1 name path at
  shift
  for name in "$@"; do
    if [ -n "$folder" ]; then path=$folder/$name; else path=$(type -P "$name"); fi
    if [ -x "$path" ]; then fact "$name" "$path"; fi
  done
  # Where the first of them is, should it not be where it was looked for.
  fact login "$(bash -l -c 'type -P "$1"' look "$1" | tail -n 1)"
  for at in /opt/slurm/bin /usr/local/slurm/bin /opt/pbs/bin "${SGE_ROOT:-/opt/sge}"/bin/* /usr/local/bin /usr/bin; do
    if [ -x "$at/$1" ]; then
      fact elsewhere "$at"
      break
    fi
  done
}

# look_run WORDS...: what it printed, and its code
look_run() {
  local said
  printf '%s\tout\t:' "$NUMBER"
  exec 3>&1
  said=$({ "$@" | base64 | tr -d '\n' >&3; printf '\n%s' "${PIPESTATUS[0]}"; } 2>&1)
  exec 3>&-
  printf '\n'
  fact code "${said##*$'\n'}"
  fact err "${said%$'\n'*}"
}
