# shellcheck shell=bash
# The configuration of slurm.sh; sourced by it.
NODES=${MARTLET_SLURM_NODES:-4}
CTLD_PORT=$((PORTS + 817)) DBD_PORT=$((PORTS + 818)) SQL_PORT=$((PORTS + 819)) NODE_PORT=$((PORTS + 827))
ACCOUNTING=${MARTLET_SLURM_ACCOUNTING:-dbd}
CLUSTER=testpod

slurm_conf() {
  cat <<CONF
ClusterName=$CLUSTER
SlurmctldHost=$(hostname -s)(127.0.0.1)
SlurmctldPort=$CTLD_PORT
SlurmUser=slurm
AuthType=auth/munge
# cred_expire: also how long a requeued job waits before it may start again (120 s by default, 5 at least)
AuthInfo=socket=$S/munge/socket,cred_expire=5
StateSaveLocation=$S/state
SlurmdSpoolDir=$S/spool/%n
SlurmctldPidFile=$S/own/slurmctld.pid
SlurmdPidFile=$S/own/slurmd-%n.pid
SlurmctldLogFile=$S/log/slurmctld.log
SlurmdLogFile=$S/log/slurmd-%n.log
SlurmctldDebug=verbose
SlurmdDebug=verbose
# No cgroup plugin goes with several slurmd on one host, so memory is not enforced and OUT_OF_MEMORY cannot be had.
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
# Nodes claim more than the machine has.
SlurmdParameters=config_overrides
GresTypes=gpu
# 1: a node set DOWN by hand stays down, one that only stopped answering returns by itself
ReturnToService=1
JobRequeue=1
KillWait=3
MinJobAge=${MARTLET_SLURM_MINJOBAGE:-300}
InactiveLimit=0
SlurmctldTimeout=10
SlurmdTimeout=12
# Clients try an absent slurmctld for one to two times as long.
MessageTimeout=5
BatchStartTimeout=20
CompleteWait=0
SchedulerType=sched/backfill
SchedulerParameters=sched_min_interval=0,batch_sched_delay=0,bf_interval=2,bf_resolution=1,bf_continue,bf_window=60,max_array_tasks=1000
PriorityType=priority/multifactor
TreeWidth=65533
RebootProgram=/bin/true
JobCompType=jobcomp/filetxt
JobCompLoc=$S/log/jobcomp.log
CONF
}

accounting_conf() {
  if [ "$ACCOUNTING" != dbd ]; then
    echo AccountingStorageType=accounting_storage/none
    return
  fi
  # With auth/munge the "password" is the munge socket to use towards slurmdbd.
  cat <<CONF
AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=localhost
AccountingStoragePort=$DBD_PORT
AccountingStoragePass=$S/munge/socket
AccountingStorageTRES=gres/gpu
AccountingStoreFlags=job_comment,job_env,job_script
CONF
}

nodes_conf() {
  local i
  for i in $(seq "$NODES"); do
    echo "NodeName=gpu-$i NodeHostname=$(hostname -s) NodeAddr=127.0.0.1 Port=$((NODE_PORT + i)) Sockets=2 CoresPerSocket=8 ThreadsPerCore=1 RealMemory=64000 Gres=gpu:8 State=UNKNOWN"
  done
  echo "PartitionName=dev Nodes=gpu-[1-$((NODES < 2 ? NODES : 2))] Default=YES MaxTime=08:00:00 DefaultTime=00:10:00 State=UP"
  echo "PartitionName=gpu Nodes=gpu-[1-$NODES] MaxTime=INFINITE DefaultTime=01:00:00 State=UP"
  echo "PartitionName=maint Nodes=gpu-$NODES MaxTime=01:00:00 State=INACTIVE"
  printf '%s\n' "${MARTLET_SLURM_EXTRA:-}"
}

dbd_conf() {
  cat <<CONF
AuthType=auth/munge
AuthInfo=socket=$S/munge/socket
DbdHost=localhost
DbdAddr=127.0.0.1
DbdPort=$DBD_PORT
SlurmUser=slurm
LogFile=$S/log/slurmdbd.log
PidFile=$S/own/slurmdbd.pid
DebugLevel=info
StorageType=accounting_storage/mysql
StorageHost=127.0.0.1
StoragePort=$SQL_PORT
StorageUser=slurm
StoragePass=slurm
StorageLoc=slurm_acct
CONF
}

# Debian's 22.05 drops gpu lines without File= ("count reported lower than configured"). Copies of the null device do, and
# jobs then get CUDA_VISIBLE_DEVICES=0,1,... as on a real node.
make_gpus() {
  local i
  mkdir -p "$S/dev"
  for i in 0 1 2 3 4 5 6 7; do
    if [ ! -c "$S/dev/gpu$i" ]; then rm -f "$S/dev/gpu$i"; mknod -m 666 "$S/dev/gpu$i" c 1 3; fi
  done
  echo "NodeName=gpu-[1-$NODES] Name=gpu File=$S/dev/gpu[0-7]" >"$S/etc/gres.conf"
}

configure() {
  local i
  name_self
  # Jobs meet at their first node by its name.
  for i in $(seq "$NODES"); do name_host "127.0.0.8$i" "gpu-$i"; done
  make_user
  mkdir -p "$S"/{etc,own,state,spool,munge}
  for i in $(seq "$NODES"); do mkdir -p "$S/spool/gpu-$i"; done
  chown munge: "$S/munge"
  chmod 755 "$S/munge"
  chown slurm: "$S/state" "$S/log" "$S/own"
  if [ ! -s "$S/munge/key" ]; then head -c 1024 /dev/urandom >"$S/munge/key"; fi
  chown munge: "$S/munge/key"
  chmod 400 "$S/munge/key"
  { slurm_conf; accounting_conf; nodes_conf; } >"$S/etc/slurm.conf"
  dbd_conf >"$S/etc/slurmdbd.conf"
  chown slurm: "$S/etc/slurmdbd.conf"
  chmod 600 "$S/etc/slurmdbd.conf"
  make_gpus
  chmod 644 "$S"/etc/{slurm,gres}.conf
}
