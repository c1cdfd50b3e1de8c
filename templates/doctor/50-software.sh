# shellcheck shell=bash
# Modules, loaded as a job loads them (templates/job/common-site.sh), and the programs that are there then.

# One step of `module`, in this shell when it can be done: step VERB NAME
step() {
  local said code name=${2%%/*}
  said=$(module "$1" "$2" 2>&1)
  code=$?
  # Environment Modules 3 writes an error and ends with 0.
  if ((code == 0)) && [[ $said != *:ERROR:* ]]; then
    module "$1" "$2" >/dev/null 2>&1
    fact "$1 $2" ok
  else
    fact "$1 $2" "${said:-it ended with code $code}"
    if [ "$1" = load ]; then fact "near $2" "$(module -t avail "$name" 2>&1 | grep -F -- "$name" | head -n 40)"; fi
  fi
}

# The first line of its --version that has a number.
version_of() { "$1" --version 2>&1 | grep -m 1 '[0-9]'; }

# look_software INIT [use FOLDER | load NAME | find PROGRAM]...
look_software() {
  local init path
  init=$(placed "$1")
  shift
  set +u
  if [ -n "$init" ] && [ ! -r "$init" ]; then
    fact init missing
  elif [ -n "$init" ]; then
    # shellcheck disable=SC1090
    if . "$init" >/dev/null; then fact init ok; else fact init "it ended with code $?"; fi
  fi
  fact module "$(type -t module)"
  case " $* " in *' use '* | *' load '*) module purge >/dev/null 2>&1 ;; esac
  while [ $# -gt 1 ]; do
    case $1 in
      find)
        path=$(type -P "$2")
        fact "find $2" "$path"
        if [ -n "$path" ]; then fact "version $2" "$(version_of "$path")"; fi
        ;;
      *) if [ -n "$(type -t module)" ]; then step "$1" "$2"; fi ;;
    esac
    shift 2
  done
}

# look_image NAME: of docker's own store, where an image is no file
look_image() {
  local said
  if said=$(docker image inspect --format '{{.Id}}' -- "$1" 2>&1); then fact id "$said"; else fact refused "$said"; fi
}
