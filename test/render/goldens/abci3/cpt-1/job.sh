#!/bin/bash
#PBS -P my-group
#PBS -q rt_HF
#PBS -l select=4:mpiprocs=1
#PBS -l walltime=168:00:00
#PBS -N mt-demo-cpt-1-1
#PBS -j oe
#PBS -o /groups/my-group/alice/martlet/runs/demo/cpt-1/
#PBS -m n
#PBS -r n
#PBS -koed

# demo, stage cpt, segment 1. Made by martlet: the same plan gives the same bytes.
# shellcheck disable=SC2153,SC2317
export MARTLET_RUN=demo
export MARTLET_RUN_DIR=/groups/my-group/alice/martlet/runs/demo
export MARTLET_STAGE=cpt
export MARTLET_SEGMENT=1
export MARTLET_JOB_DIR=/groups/my-group/alice/martlet/runs/demo/cpt-1
export MARTLET_NODES=4
export MARTLET_GPUS_PER_NODE=8
export MARTLET_RANKS_PER_NODE=1
export MARTLET_GRACE_SECONDS=8
export MARTLET_UMASK=022
export MARTLET_MODULES_INIT=/etc/profile.d/modules.sh
export MARTLET_JOB_ID="${PBS_JOBID}"
export MARTLET_JOB_NAME="${PBS_JOBNAME}"
export MARTLET_WALLTIME_SECONDS=604800
export MARTLET_MARGIN_SECONDS=1800
export MARTLET_RESTARTS=2
export MARTLET_STALL_SECONDS=0
export MARTLET_NEEDS=prepare-1
export MARTLET_MADE=megatron-checkpoint
export MARTLET_MADE_DIR=/groups/my-group/alice/martlet/runs/demo/checkpoints/cpt
export MARTLET_MADE_STEP=100
export MARTLET_KEEP=2
export MARTLET_RETAIN_EVERY=50
export MARTLET_MASTER=interface:bond0
export MARTLET_IMAGE=/groups/my-group/alice/martlet/images/megatron-lm.sif
export MARTLET_SITE_BIN=/opt/pbs/bin

hosts() {
  awk '!seen[$1]++ { print $1 }' "${PBS_NODEFILE}"
}

modules() {
  module purge || return
  module load hpcx/2.20 || return
}

environment() {
  unset FI_PROVIDER ROCR_VISIBLE_DEVICES
  export NCCL_IB_HCA=mlx5_ibn1,mlx5_ibn2,mlx5_ibn3,mlx5_ibn4,mlx5_ibn5,mlx5_ibn6,mlx5_ibn7,mlx5_ibn8
  export NCCL_SOCKET_IFNAME=bond0
  export GLOO_SOCKET_IFNAME=bond0
  export NCCL_IB_TIMEOUT=22
  limit nofile 65536
  limit core 0
}

inputs() {
  :
}

made_files() {
  :
}

launch() {
  start mpirun \
    -np 4 \
    --hostfile "${MARTLET_HOSTFILE}" \
    --map-by ppr:1:node \
    --bind-to none \
    -x PATH \
    -x LD_LIBRARY_PATH \
    bash \
    /groups/my-group/alice/martlet/runs/demo/cpt-1/node.sh \
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
