# shellcheck shell=bash
# Stand-in for /etc/profile.d/modules.sh. hpcx sets what the real one sets, so that a rehearsal shows it being undone.
module() {
  mkdir -p "$MARTLET_RECORD_DIR"
  printf '%s\n' "module $*" >>"$MARTLET_RECORD_DIR/modules-${MARTLET_RANK:-job}"
  case "$*" in
    'load '*hpcx*)
      export HPCX_DIR=/apps/hpcx FI_PROVIDER=mlx LD_LIBRARY_PATH=/apps/hpcx/ompi/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
      ;;
  esac
}
