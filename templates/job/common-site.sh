# shellcheck shell=bash
# What a site wants before anything runs; the same on the job's side and on every node. modules is written above.

# Modules and activate scripts read variables that may not be set.
set_up_site() {
  local code=0 init=${MARTLET_PRETEND_MODULES:-$MARTLET_MODULES_INIT}
  set +u
  if [ -e "$MARTLET_JOB_DIR/prologue.sh" ]; then
    # shellcheck disable=SC1091
    . "$MARTLET_JOB_DIR/prologue.sh" || code=$?
  fi
  # Batch shells do not know `module` until this file is read.
  if ((code == 0)) && [ -n "$init" ]; then
    # shellcheck disable=SC1090
    . "$init" || code=$?
  fi
  if ((code == 0)); then modules || code=$?; fi
  set -u
  return "$code"
}

# A soft limit below what we want is raised; a refusal is told and survived: limit NAME VALUE
limit() {
  case $1 in
    core) ulimit -c "$2" ;;
    data) ulimit -d "$2" ;;
    fsize) ulimit -f "$2" ;;
    memlock) ulimit -l "$2" ;;
    nofile) ulimit -n "$2" ;;
    nproc) ulimit -u "$2" ;;
    stack) ulimit -s "$2" ;;
    *) false ;;
  esac || echo "martlet: ulimit $1 $2 was refused"
}

# Folders first in a path variable: put_in_front NAME FOLDERS
put_in_front() {
  export "$1=$2${!1:+:${!1}}"
}
