# shellcheck shell=bash
# Read by every bash inside (BASH_ENV): what a site has and a sandbox lacks. Missing files and folders are noted and survived.

# A line of what a program would be called with, in the form of a stand-in's call (stub.sh).
martlet_note() { MARTLET_NAME=$1 /run/martlet/kit/stub.sh "${@:2}"; }

module() { martlet_note module "$@"; }
ml() { martlet_note module load "$@"; }
command_not_found_handle() { martlet_note "$@"; }

# Settings of a site that are not here would end a script under `set -e`.
source() {
  if [ -r "${1-}" ]; then
    # shellcheck disable=SC1090
    builtin source "$@"
  else
    martlet_note source "$@"
  fi
}
# shellcheck disable=SC1090
.() { source "$@"; }

# Any folder may be gone into: the sandbox's own root is empty and writable.
cd() {
  if builtin cd "$@" 2>/dev/null; then return 0; fi
  martlet_note cd "$@"
  mkdir -p "${!#}" 2>/dev/null && builtin cd "$@" || return
}
# A site's limits may be higher than those of the sandbox.
ulimit() { builtin ulimit "$@" 2>/dev/null || :; }
pushd() { cd "$@" || return; }
popd() { :; }

# The variables as they were when a command began that may start a program: a file a command.
martlet_scene() {
  { local - && set +x; } 2>/dev/null
  if [[ $1 == /run/martlet/* ]]; then return 0; fi
  export MARTLET_AT=$1:$2
  case $3 in
    *run* | *python* | *mpi* | *exec* | *launch* | *uv* | '$'* | '"$'* | eval* | *.sh* | *.py*)
      MARTLET_SCENE=$EPOCHREALTIME-$BASHPID
      export MARTLET_SCENE
      { printf '%s\0' "$1" "$2" "$3" && declare -p; } >"/run/martlet/scenes/$MARTLET_SCENE" 2>/dev/null
      ;;
  esac
  return 0
}
set -T
trap 'martlet_scene "${BASH_SOURCE[0]-}" "$LINENO" "$BASH_COMMAND"' DEBUG
