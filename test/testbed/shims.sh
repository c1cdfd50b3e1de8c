#!/usr/bin/env bash
# Shims before the schedulers' commands: they note every call and, when told so, misbehave. For ssh sessions and for tests.
#
#   shims.sh start                         lays them: $TESTBED_DIR/shims/{slurm,gridengine,pbs}
#   shims.sh env SCHEDULER                 a PATH with them first: eval "$(shims.sh env slurm)"
#   shims.sh log on|off|clear|show         one JSON line a call: time, scheduler, program, argv, fault
#   shims.sh fault SCHEDULER PROGRAM key=value...    see the head of the file `shim` for the keys
#   shims.sh clear [SCHEDULER]             no faults any more
#   shims.sh status | stop | wipe
# shellcheck source=test/testbed/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

SLURM='sbatch squeue sacct scancel scontrol sinfo srun sprio sacctmgr'
GRIDENGINE='qsub qstat qacct qdel qhold qrls qmod qalter qhost qconf qrsh'
PBS='qsub qstat qdel qhold qrls qselect qsig qalter qrerun pbsnodes'

# lay SCHEDULER FOLDERS PROGRAMS
lay() {
  local folder=$S/$1 each
  mkdir -p "$folder/faults"
  touch "$folder/faults/.lock"
  chmod 777 "$folder/faults"
  chmod 666 "$folder/faults/.lock"
  tr : '\n' <<<"$2" >"$folder/real"
  cp "$HERE/shim" "$folder/shim"
  chmod 755 "$folder/shim"
  for each in $3; do ln -sfn shim "$folder/$each"; done
}

# Where a real PBS is installed, it is the one.
pbs_folders() { echo "/opt/pbs/bin:$TESTBED_DIR/pbs/bin"; }

start() {
  lay slurm /usr/bin "$SLURM"
  lay gridengine "$TESTBED_DIR/ge/bin:/usr/bin" "$GRIDENGINE"
  lay pbs "$(pbs_folders)" "$PBS"
  cg_name sshd >"$S/cgroup"
  touch "$S/calls.jsonl"
  chmod 666 "$S/calls.jsonl"
}

log_switch() {
  case ${1:-} in
    on) touch "$S/calls.on" ;;
    off) rm -f "$S/calls.on" ;;
    clear) : >"$S/calls.jsonl" ;;
    show) cat "$S/calls.jsonl" ;;
    *) usage ;;
  esac
}

fault() {
  local file=$S/${1:?scheduler}/faults/${2:?program} each
  [ -L "$S/$1/$2" ] || die "no shim of $1 is named $2"
  shift 2
  for each in "$@"; do printf '%s=%q\n' "${each%%=*}" "${each#*=}"; done >"$file.new"
  chmod 666 "$file.new"
  mv "$file.new" "$file"
}

make_state shims
case ${1:-} in
  start) start ;;
  env) echo "export PATH=$S/${2:?scheduler}:\$PATH" ;;
  log) log_switch "${2:-}" ;;
  fault) fault "${@:2}" ;;
  clear) find "$S${2:+/$2}" -path '*/faults/*' -type f ! -name .lock -delete ;;
  status) find "$S" -path '*/faults/*' -type f ! -name .lock ;;
  stop) "$0" clear; rm -f "$S/calls.on" ;;
  wipe) rm -rf "$S" ;;
  packages | install) ;;
  *) usage ;;
esac
