#!/bin/bash
#$ -clear
#$ -cwd
#$ -l node_f=1
#$ -l h_rt=01:00:00
#$ -N mt-demo-prepare-1-1
#$ -j y
#$ -o /gs/bs/tga-my-group/alice/martlet/runs/demo/prepare-1/
#$ -r n

# demo, stage prepare, segment 1. Made by martlet: the same plan gives the same bytes.
# shellcheck disable=SC2153,SC2317
export MARTLET_RUN=demo
export MARTLET_RUN_DIR=/gs/bs/tga-my-group/alice/martlet/runs/demo
export MARTLET_STAGE=prepare
export MARTLET_SEGMENT=1
export MARTLET_JOB_DIR=/gs/bs/tga-my-group/alice/martlet/runs/demo/prepare-1
export MARTLET_NODES=1
export MARTLET_GPUS_PER_NODE=0
export MARTLET_RANKS_PER_NODE=1
export MARTLET_GRACE_SECONDS=8
export MARTLET_UMASK=022
export MARTLET_MODULES_INIT=/etc/profile.d/modules.sh
export MARTLET_JOB_ID="${JOB_ID}"
export MARTLET_JOB_NAME="${JOB_NAME}"
export MARTLET_WALLTIME_SECONDS=3600
export MARTLET_MARGIN_SECONDS=60
export MARTLET_RESTARTS=2
export MARTLET_STALL_SECONDS=0
export MARTLET_NEEDS=''
export MARTLET_MADE=files
export MARTLET_MASTER=interface:bond0
export MARTLET_IMAGE=''
export MARTLET_SITE_BIN=''

hosts() {
  awk '!seen[$1]++ { print $1 }' "${PE_HOSTFILE}"
}

modules() {
  module purge || return
  module use /gs/fs/tga-my-group/modules/modulefiles || return
  module load ylab/cuda/12.4 || return
  module load ylab/hpcx/2.17.1 || return
}

environment() {
  unset ROCR_VISIBLE_DEVICES
  export NCCL_SOCKET_IFNAME=bond0
  export GLOO_SOCKET_IFNAME=bond0
  export NCCL_IB_TIMEOUT=22
  export UB_SKIPMC=1
  limit core 0
}

inputs() {
  :
}

made_files() {
  "$1" /gs/bs/tga-my-group/alice/martlet/runs/demo/datasets/ja_text_document.idx
  "$1" /gs/bs/tga-my-group/alice/martlet/runs/demo/datasets/ja_text_document.bin
}

launch() {
  start mpirun \
    -np 1 \
    --hostfile "${MARTLET_HOSTFILE}" \
    --map-by ppr:1:node \
    --bind-to none \
    -x PATH \
    -x LD_LIBRARY_PATH \
    bash \
    /gs/bs/tga-my-group/alice/martlet/runs/demo/prepare-1/node.sh \
    "${MARTLET_ENV}"
}

# ---- templates/job/common-site.sh, as it is ----


# ---- templates/job/10-identity.sh, as it is ----


# ---- templates/job/20-diary.sh, as it is ----


# ---- templates/job/30-signals.sh, as it is ----


# ---- templates/job/40-checkpoint.sh, as it is ----


# ---- templates/job/41-verl.sh, as it is ----


# ---- templates/job/42-huggingface.sh, as it is ----


# ---- templates/job/42-layout.sh, as it is ----


# ---- templates/job/45-made.sh, as it is ----


# ---- templates/job/50-ready.sh, as it is ----


# ---- templates/job/60-nodes.sh, as it is ----


# ---- templates/job/65-logs.sh, as it is ----


# ---- templates/job/68-quiet.sh, as it is ----


# ---- templates/job/70-launch.sh, as it is ----


# ---- templates/job/75-reasons.sh, as it is ----


# ---- templates/job/90-main.sh, as it is ----
