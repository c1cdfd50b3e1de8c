#!/bin/bash
#SBATCH --job-name=mt-demo-prepare-1-1
#SBATCH --partition=dev
#SBATCH --nodes=1
#SBATCH --ntasks-per-node=1
#SBATCH --cpus-per-task=192
#SBATCH --time=0-01:00:00
#SBATCH --output=/fsx/alice/martlet/runs/demo/prepare-1/slurm-%j.out
#SBATCH --open-mode=append
#SBATCH --requeue
#SBATCH --kill-on-invalid-dep=yes
#SBATCH --signal=B:USR1@360
#SBATCH --export=ALL
#SBATCH --wait-all-nodes=1

# demo, stage prepare, segment 1. Made by martlet: the same plan gives the same bytes.
# shellcheck disable=SC2153,SC2317
export MARTLET_RUN=demo
export MARTLET_RUN_DIR=/fsx/alice/martlet/runs/demo
export MARTLET_STAGE=prepare
export MARTLET_SEGMENT=1
export MARTLET_JOB_DIR=/fsx/alice/martlet/runs/demo/prepare-1
export MARTLET_NODES=1
export MARTLET_GPUS_PER_NODE=0
export MARTLET_RANKS_PER_NODE=1
export MARTLET_GRACE_SECONDS=25
export MARTLET_UMASK=022
export MARTLET_MODULES_INIT=''
export MARTLET_JOB_ID="${SLURM_JOB_ID}"
export MARTLET_JOB_NAME="${SLURM_JOB_NAME}"
export MARTLET_WALLTIME_SECONDS=3600
export MARTLET_MARGIN_SECONDS=60
export MARTLET_RESTARTS=2
export MARTLET_STALL_SECONDS=0
export MARTLET_NEEDS=''
export MARTLET_MADE=files
export MARTLET_MASTER=first-host
export MARTLET_IMAGE=/fsx/ubuntu/images/pytorch-26.06.sqsh
export MARTLET_SITE_BIN=/opt/slurm/bin

hosts() {
  scontrol show hostnames "${SLURM_JOB_NODELIST}"
}

modules() {
  :
}

environment() {
  unset ROCR_VISIBLE_DEVICES
  export NCCL_SOCKET_IFNAME='^lo,docker0,veth_def_agent'
  export FI_PROVIDER=efa
  export FI_EFA_USE_HUGE_PAGE=0
  export NCCL_NET='AWS Libfabric'
  export OMPI_MCA_pml='^cm,ucx'
  export OMPI_MCA_btl=tcp,self
  limit core 0
}

inputs() {
  :
}

made_files() {
  "$1" /fsx/alice/martlet/runs/demo/datasets/ja_text_document.idx
  "$1" /fsx/alice/martlet/runs/demo/datasets/ja_text_document.bin
}

launch() {
  start only_where \
    /opt/sagemaker_cluster \
    --auto-resume=1 \
    srun \
    --nodes=1 \
    --ntasks-per-node=1 \
    --kill-on-bad-exit=1 \
    --wait=60 \
    --cpu-bind=none \
    --container-image=/fsx/ubuntu/images/pytorch-26.06.sqsh \
    --container-mounts=/fsx:/fsx,/opt/dlami/nvme:/opt/dlami/nvme,"${HOME}"/.hf_token:/run/secrets/HF_TOKEN:ro \
    --container-workdir=/fsx/alice/martlet/software/megatron-lm \
    --no-container-mount-home bash \
    /fsx/alice/martlet/runs/demo/prepare-1/node.sh \
    "${MARTLET_ENV}"
}

# ---- templates/job/common-site.sh, as it is ----


# ---- templates/job/launch-srun.sh, as it is ----


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
