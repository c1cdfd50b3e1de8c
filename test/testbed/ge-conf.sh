# shellcheck shell=bash
# The cell of ge.sh; sourced by it.

# Grid Engine wants gethostname(), and the name that the peer's address resolves to, to agree: host_aliases folds every name
# of 127.0.0.1 into this host's own, and each node gets an address.
host_names() {
  local each others
  name_self
  others=$({ getent hosts 127.0.0.1 | cut -d' ' -f2-; awk '$1 == "127.0.0.1" { for (i = 2; i <= NF; i++) print $i }' /etc/hosts; echo localhost; } |
    tr -s ' \t' '\n' | grep -vx "$HOST" | sort -u | tr '\n' ' ')
  echo "$HOST $others" >"$S/sge/default/common/host_aliases"
  for each in $(node_names); do name_host "$(node_addr "$each")" "$each"; done
}

configure() {
  local each
  if [ "$NODES" -lt 1 ] || [ "$NODES" -gt 9 ]; then die "one to nine nodes"; fi
  make_user
  mkdir -p "$S"/{bin,conf,conf/local,spooldb,spool/qmaster/job_scripts,spool/execd} "$S"/sge/{bin,utilbin,lib,default/common}
  for each in bin utilbin lib; do ln -sfn "$BIN" "$S/sge/$each/lx-amd64"; done
  ln -sfn /usr/share/gridengine/util "$S/sge/util"
  host_names
  if [ ! "$S/vhost.so" -nt "$HERE/ge/vhost.c" ]; then
    gcc -O2 -shared -fPIC -o "$S/vhost.so" "$HERE/ge/vhost.c" -ldl || die "could not build vhost.so"
  fi
  printf '%s\n' 'admin_user sgeadmin' 'default_domain none' 'ignore_fqdn true' 'spooling_method berkeleydb' \
    'spooling_lib libspoolb' "spooling_params $S/spooldb" "binary_path $BIN" "qmaster_spool_dir $S/spool/qmaster" \
    'security_mode none' 'listener_threads 2' 'worker_threads 2' 'scheduler_threads 1' >"$S/sge/default/common/bootstrap"
  echo "$HOST" >"$S/sge/default/common/act_qmaster"
  # Copies, because this folder may lie where only its owner can read.
  cp "$HERE/ge/jsv.sh" "$HERE/ge/qsub" "$S/bin/"
  chmod 755 "$S/bin/jsv.sh" "$S/bin/qsub"
  chown -R sgeadmin: "$S/spooldb" "$S/spool"
  chown sgeadmin: "$S/sge" "$S/sge/default" "$S/sge/default/common" "$S"/sge/default/common/* "$S/conf" "$S/log"
}

# The spool, once.
init_spool() {
  local r=/usr/share/gridengine/util/resources
  if [ -e "$S/spooldb/sge" ]; then return 0; fi
  sed -e "s#^execd_spool_dir.*#execd_spool_dir $S/spool/execd#" -e 's#^mailer .*#mailer /bin/true#' \
    -e 's#^load_report_time.*#load_report_time 00:00:03#' -e 's#^max_unheard.*#max_unheard 00:00:12#' \
    -e "s#^reschedule_unknown.*#reschedule_unknown ${MARTLET_GE_RESCHEDULE:-00:00:00}#" \
    -e 's#^reporting_params.*#reporting_params accounting=true reporting=false flush_time=00:00:01 accounting_flush_time=00:00:00 joblog=false sharelog=00:00:00#' \
    -e "s#^jsv_url.*#jsv_url script:$S/bin/jsv.sh#" -e 's#^xterm .*#xterm /bin/false#' \
    -e 's#^qmaster_params.*#qmaster_params MAX_DYN_EC=100#' \
    -e 's#^execd_params.*#execd_params ENABLE_ADDGRP_KILL=TRUE PDC_INTERVAL=1#' \
    /usr/share/gridengine/default-configuration >"$S/conf/global"
  runuser -u sgeadmin -- env SGE_ROOT="$SGE_ROOT" SGE_CELL=default SGE_QMASTER_PORT="$MASTER_PORT" SGE_EXECD_PORT="$EXECD_PORT" sh -c "
    cd $S && $BIN/spoolinit berkeleydb libspoolb $S/spooldb init &&
    $BIN/spooldefaults configuration $S/conf/global && $BIN/spooldefaults complexes $r/centry &&
    $BIN/spooldefaults usersets $r/usersets && $BIN/spooldefaults managers sgeadmin && $BIN/spooldefaults managers root" \
    >"$S/log/init.log" 2>&1 || { cat "$S/log/init.log" >&2; die "could not make the spool"; }
}

configured() { qconf "$@" >>"$S/log/qconf.log" 2>&1 || { tail -n 3 "$S/log/qconf.log" >&2; die "qconf $* failed"; }; }

add_complexes() {
  local each
  qconf -sc >"$S/conf/complexes"
  # `shares` is what the JSV books; the resource types are only names to ask for.
  {
    echo 'shares shares INT <= YES YES 0 0'
    echo 'gpu gpu INT <= YES YES 0 0'
    for each in $TYPES; do echo "${each%%:*} ${each%%:*} INT <= YES NO 0 0"; done
  } >>"$S/conf/complexes"
  configured -Mc "$S/conf/complexes"
}

# add_pe NAME RULE
add_pe() {
  printf '%s\n' "pe_name $1" 'slots 9999' 'user_lists NONE' 'xuser_lists NONE' 'start_proc_args NONE' 'stop_proc_args NONE' \
    "allocation_rule $2" 'control_slaves TRUE' 'job_is_first_task FALSE' 'urgency_slots min' 'accounting_summary FALSE' \
    'qsort_args NONE' >"$S/conf/pe"
  configured -Ap "$S/conf/pe"
}

# Every execd marks its jobs' processes with a spare group id and, at a job's end, kills whatever bears it: on one machine
# each node needs a range of its own, and each testbed, or nodes kill one another's jobs.
add_nodes() {
  local each gid=$((1000000 + PORTS * 10))
  for each in "$HOST" $(node_names); do
    qconf -ah "$each" >>"$S/log/qconf.log" 2>&1 || true
    qconf -as "$each" >>"$S/log/qconf.log" 2>&1 || true
  done
  for each in $(node_names); do
    printf 'gid_range %s-%s\n' $gid $((gid + 99)) >"$S/conf/local/$each"
    gid=$((gid + 100))
    configured -Aconf "$S/conf/local/$each"
    printf '%s\n' "hostname $each" 'load_scaling NONE' 'complex_values shares=8,gpu=4,slots=64' 'user_lists NONE' \
      'xuser_lists NONE' 'projects NONE' 'xprojects NONE' 'usage_scaling NONE' 'report_variables NONE' >"$S/conf/host"
    configured -Ae "$S/conf/host"
  done
  printf 'group_name @allhosts\nhostlist %s\n' "$(node_names | tr '\n' ' ')" >"$S/conf/group"
  configured -Ahgrp "$S/conf/group"
}

# The cell's nodes, resources and queue, once.
populate() {
  local each pes='smp mpi'
  if qconf -sq all.q >/dev/null 2>&1; then return 0; fi
  TYPES=$(sed -n 's/^TYPES="\(.*\)"$/\1/p' "$HERE/ge/jsv.sh")
  add_complexes
  add_nodes
  # shellcheck disable=SC2016
  { add_pe smp '$pe_slots'; add_pe mpi '$fill_up'; }
  for each in $TYPES; do
    each=${each%%:*}
    # A node_f is a node of its own; of the others several may share one.
    # shellcheck disable=SC2016
    if [ "$each" = node_f ]; then add_pe rt_node_f 1; else add_pe "rt_$each" '$fill_up'; fi
    pes+=" rt_$each"
  done
  sed "s/PE_LIST/$pes/" "$HERE/ge/queue.conf" >"$S/conf/queue"
  configured -Aq "$S/conf/queue"
  qconf -ssconf | sed -e 's/^schedule_interval.*/schedule_interval 0:0:1/' -e 's/^flush_submit_sec.*/flush_submit_sec 1/' \
    -e 's/^flush_finish_sec.*/flush_finish_sec 1/' -e 's/^job_load_adjustments.*/job_load_adjustments NONE/' \
    -e 's/^load_formula.*/load_formula slots/' -e 's/^queue_sort_method.*/queue_sort_method seqno/' >"$S/conf/sched"
  configured -Msconf "$S/conf/sched"
}
