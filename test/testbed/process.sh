# shellcheck shell=bash
# Processes of the testbed's scripts; sourced by lib.sh.
# Daemons run in the foreground under setsid with a pid file of ours, inside a cgroup of their own where one can be made, so
# that `stop` also finds what they forked (job steps, shepherds, containers) and never touches anything else.

cg_name() { echo "martlet-$(printf %s "$TESTBED_DIR" | cksum | cut -d' ' -f1)/$1"; }

# A named v1 hierarchy, or v2.
cg_dir() {
  local base dir
  for base in /sys/fs/cgroup/systemd /sys/fs/cgroup/unified /sys/fs/cgroup; do
    [ -f "$base/cgroup.procs" ] || continue
    dir=$base/$(cg_name "$1")
    if mkdir -p "$dir" 2>/dev/null && [ -w "$dir/cgroup.procs" ]; then echo "$dir"; return 0; fi
  done
  return 1
}

# The kernel's fields behind a process's name, which may hold anything: its state first.
proc_fields() { sed 's/^.*) //' "/proc/$1/stat" 2>/dev/null; }
# A dead process that nobody has waited for yet does not live.
alive() { [ -n "${1:-}" ] && [[ $(proc_fields "$1") == [!ZX]* ]]; }
pid_of() { cat "$S/run/$1.pid" 2>/dev/null || true; }

# When a process began, in ticks: tells it from a later one with the same number.
proc_start() { proc_fields "$1" | cut -d' ' -f20; }

# is_up NAME: the process of our pid file lives and is the one we started.
is_up() {
  local pid
  pid=$(pid_of "$1")
  alive "$pid" && [ "$(cat "$S/run/$1.start" 2>/dev/null)" = "$(proc_start "$pid")" ]
}

# spawn NAME COMMAND...: output to $S/log/NAME.out, in the folder $S (conmon leaves a file `oom` wherever it stands)
spawn() {
  local name=$1 cgroup
  shift
  if is_up "$name"; then return 0; fi
  rm -f "$S/run/$name.pid" "$S/run/$name.start"
  cgroup=$(cg_dir "$TB_NAME") || cgroup=
  # shellcheck disable=SC2016
  PIDF=$S/run/$name.pid CG=$cgroup setsid bash -c '
    if [ -n "$CG" ]; then echo $$ >"$CG/cgroup.procs" 2>/dev/null || true; fi
    echo $$ >"$PIDF"; cd "${PIDF%/run/*}" || exit; unset PIDF CG; exec "$@"' spawn "$@" >>"$S/log/$name.out" 2>&1 </dev/null 9>&- &
  for _ in $(seq 100); do
    if [ -s "$S/run/$name.pid" ]; then break; fi
    sleep 0.02
  done
  [ -s "$S/run/$name.pid" ] || die "$name did not start"
  proc_start "$(pid_of "$name")" >"$S/run/$name.start" || true
}

# reap NAME [SECONDS] [SIGNAL]: ends the process of that pid file; KILL when it has not gone after SECONDS.
reap() {
  local name=$1 seconds=${2:-10} signal=${3:-TERM} pid
  pid=$(pid_of "$name")
  if is_up "$name"; then
    kill -s "$signal" "$pid" 2>/dev/null || true
    for _ in $(seq $((seconds * 10))); do
      if ! alive "$pid"; then break; fi
      sleep 0.1
    done
    if alive "$pid"; then kill -KILL "$pid" 2>/dev/null || true; fi
  fi
  rm -f "$S/run/$name.pid" "$S/run/$name.start"
}

# reap_all SECONDS NAME...: several at once, told together, then waited for.
reap_all() {
  local seconds=$1 name
  shift
  for name in "$@"; do
    if is_up "$name"; then kill -TERM "$(pid_of "$name")" 2>/dev/null || true; fi
  done
  for name in "$@"; do reap "$name" "$seconds"; done
}

# names PATTERN: those of our pid files, such as `slurmd-gpu-1`.
names() {
  local file
  for file in "$S"/run/$1.start; do
    if [ -e "$file" ]; then basename "$file" .start; fi
  done
}

# Whatever is left in this script's cgroup: TERM, then KILL, until nothing is.
reap_rest() {
  local cgroup round pid left dir
  cgroup=$(cg_dir "$TB_NAME") || return 0
  for round in 1 2 3 4 5 6 7 8 9 10; do
    left=0
    while read -r dir; do
      while read -r pid; do
        left=1
        if [ "$round" -le 3 ]; then kill -TERM "$pid" 2>/dev/null || true; else kill -KILL "$pid" 2>/dev/null || true; fi
      done <"$dir/cgroup.procs"
    done < <(find "$cgroup" -type d)
    if [ $left = 0 ]; then break; fi
    sleep 0.3
  done
  for dir in "$cgroup" /sys/fs/cgroup/*/"$(cg_name "$TB_NAME")"; do
    if [ -d "$dir" ]; then
      find "$dir" -depth -type d -exec rmdir {} \; 2>/dev/null || true
      rmdir "$(dirname "$dir")" 2>/dev/null || true
    fi
  done
}

# If none of our daemons lives, ends what an earlier start that was killed left behind.
clean_orphans() {
  local name
  for name in $(names "*"); do
    if is_up "$name"; then return 0; fi
  done
  reap_rest
}

# One line a daemon of ours: NAME up|down.
say_status() {
  local name
  for name in $(names "*"); do
    if is_up "$name"; then echo "$name up pid $(pid_of "$name")"; else echo "$name down"; fi
  done
}
