#!/usr/bin/env bash
# A real Slurm from Debian's packages on one machine: munged, mariadbd, slurmdbd, slurmctld and one slurmd a virtual node.
#
#   slurm.sh packages | install | start | stop | status | env | wipe
#   faults:  ctld-stop | ctld-kill | ctld-start    the controller is gone / back
#            dbd-stop | dbd-start                  accounting is gone / back: sacct fails
#            node-kill NODE | node-start NODE      slurmd of one node is killed / back
#            node-down NODE | node-resume NODE     administratively DOWN / RESUME
#            time-out JOB                          its time limit strikes, within 30 s
#
# Nodes gpu-1..gpu-N of 16 CPUs and 8 pretended GPUs; partitions dev (default, two nodes, 8 h), gpu (all), maint (inactive).
#   MARTLET_SLURM_NODES=4           virtual nodes
#   MARTLET_SLURM_MINJOBAGE=300     seconds that squeue still knows an ended job
#   MARTLET_SLURM_ACCOUNTING=dbd    or none: no database, no sacct
#   MARTLET_SLURM_EXTRA=            more lines for slurm.conf
# shellcheck source=test/testbed/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=test/testbed/slurm-conf.sh
. "$HERE/slurm-conf.sh"

packages() {
  echo munge slurmctld slurmd slurm-client
  if [ "$ACCOUNTING" = dbd ]; then echo slurmdbd mariadb-server-core mariadb-client-core; fi
}

# shellcheck disable=SC2046
install() { need_root; apt_need $(packages); }

env_lines() { echo "export SLURM_CONF=$S/etc/slurm.conf"; }

start_munge() {
  # shellcheck disable=SC2046
  spawn munged $(as munge) munged --foreground --force --num-threads=2 --key-file="$S/munge/key" \
    --socket="$S/munge/socket" --pid-file="$S/munge/pid" --log-file="$S/munge/log" --seed-file="$S/munge/seed"
  wait_for 10 "the munge socket" munge -n -S "$S/munge/socket"
}

sql() { mariadb --no-defaults -S "$S/sql/sock" -u root -e "$1"; }

start_sql() {
  if is_up mariadbd; then return 0; fi
  want_port "$SQL_PORT"
  if [ ! -f "$S/sql/.ready" ]; then
    rm -rf "$S/sql"
    mkdir -p "$S/sql"
    chown slurm: "$S/sql"
    mariadb-install-db --no-defaults --datadir="$S/sql" --user=slurm --skip-test-db --skip-name-resolve \
      --auth-root-authentication-method=normal >"$S/log/mariadb-install-db.log" 2>&1 || die "mariadb-install-db failed: $S/log"
  fi
  # Nothing in it outlives the testbed, so it need not survive a power cut.
  spawn mariadbd mariadbd --no-defaults --datadir="$S/sql" --user=slurm --bind-address=127.0.0.1 --port="$SQL_PORT" \
    --socket="$S/sql/sock" --pid-file="$S/sql/pid" --skip-name-resolve --performance-schema=OFF --skip-log-bin \
    --innodb-buffer-pool-size=64M --innodb-log-file-size=32M --innodb-flush-log-at-trx-commit=0 --innodb-doublewrite=OFF \
    --innodb-lock-wait-timeout=900
  wait_for 60 mariadbd sql 'select 1'
  if [ ! -f "$S/sql/.ready" ]; then
    sql "create user if not exists slurm@'127.0.0.1' identified by 'slurm'; create database if not exists slurm_acct;
      grant all on slurm_acct.* to slurm@'127.0.0.1';" || die "could not prepare the database"
    touch "$S/sql/.ready"
  fi
}

start_dbd() {
  if ! is_up slurmdbd; then want_port "$DBD_PORT"; fi
  # shellcheck disable=SC2046
  spawn slurmdbd $(as slurm) env SLURM_CONF="$S/etc/slurm.conf" slurmdbd -D
  wait_for 60 slurmdbd sacctmgr -n list cluster
  if [ -z "$(sacctmgr -nP list cluster format=cluster where cluster="$CLUSTER")" ]; then
    sacctmgr -i add cluster "$CLUSTER" >/dev/null || die "sacctmgr add cluster failed"
  fi
  sacctmgr -i add account research description=research organization=martlet >/dev/null 2>&1 || true
  sacctmgr -i add user "$TB_USER" account=research >/dev/null 2>&1 || true
  sacctmgr -i add user root account=research >/dev/null 2>&1 || true
}

start_ctld() {
  if ! is_up slurmctld; then want_port "$CTLD_PORT"; fi
  # shellcheck disable=SC2046
  spawn slurmctld $(as slurm) env SLURM_CONF="$S/etc/slurm.conf" slurmctld -D
  wait_for 30 slurmctld scontrol ping
}

start_node() { spawn "slurmd-$1" env SLURM_CONF="$S/etc/slurm.conf" slurmd -D -N "$1"; }

all_there() {
  [ "$(sinfo -h -p gpu -o '%T %D' | awk '$1 ~ /^(idle|mixed|allocated)$/ { n += $2 } END { print n + 0 }')" = "$NODES" ]
}

start() {
  local began i
  install
  began=$(now)
  configure
  eval "$(env_lines)"
  clean_orphans
  start_munge
  if [ "$ACCOUNTING" = dbd ]; then start_sql; start_dbd; fi
  start_ctld
  for i in $(seq "$NODES"); do start_node "gpu-$i"; done
  # What an earlier start drained or lost is not to outlive it.
  for i in $(sinfo -hN -t drain,down,fail -o %N | sort -u); do scontrol update nodename="$i" state=RESUME 2>/dev/null || true; done
  wait_for 60 "all $NODES nodes" all_there
  log "up in $(since "$began"): $(sbatch --version), $NODES nodes"
}

stop() {
  local began
  began=$(now)
  eval "$(env_lines)"
  if is_up slurmctld; then timeout 5 scancel --full -u "$TB_USER,root" >/dev/null 2>&1 || true; fi
  # shellcheck disable=SC2046
  reap_all 10 $(names 'slurmd-*') slurmctld
  reap slurmdbd 10
  reap mariadbd 15
  reap munged 1 KILL
  reap_rest
  log "stopped in $(since "$began")"
}

make_state slurm
case ${1:-} in
  packages | install | start | stop) "$1" ;;
  status) say_status ;;
  env) env_lines ;;
  wipe) stop; unname_hosts gpu-; rm -rf "$S" ;;
  ctld-stop) reap slurmctld 15 ;;
  ctld-kill) reap slurmctld 1 KILL ;;
  ctld-start) eval "$(env_lines)"; start_ctld ;;
  dbd-stop) reap slurmdbd 15 ;;
  dbd-start) eval "$(env_lines)"; start_dbd ;;
  node-kill) reap "slurmd-${2:?node}" 1 KILL ;;
  node-start) eval "$(env_lines)"; start_node "${2:?node}" ;;
  node-down) eval "$(env_lines)"; scontrol update nodename="${2:?node}" state=DOWN reason="testbed: node-down" ;;
  node-resume) eval "$(env_lines)"; scontrol update nodename="${2:?node}" state=RESUME ;;
  time-out) eval "$(env_lines)"; scontrol update jobid="${2:?job}" EndTime=now+1 ;;
  *) usage ;;
esac
