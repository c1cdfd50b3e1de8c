#!/bin/bash

# demo, stage cpt, segment 1, on each node. Made by martlet: the same plan gives the same bytes.
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
export MARTLET_RANK="${OMPI_COMM_WORLD_RANK}"
export MARTLET_LOCAL_RANK="${OMPI_COMM_WORLD_LOCAL_RANK}"
export MARTLET_SIZE="${OMPI_COMM_WORLD_SIZE}"
export MARTLET_RANKS=per-node
export MARTLET_START=torchrun
export MARTLET_GPUS=yes
export MARTLET_ACTIVATE=''
export MARTLET_CODE=''
export MARTLET_RELEASE=''
export MARTLET_RELEASE_FILE=''
export MARTLET_RELEASE_VERSION=''
export MARTLET_PASS_PREFIX=SINGULARITYENV_
export MARTLET_PASS='NCCL_IB_HCA NCCL_SOCKET_IFNAME GLOO_SOCKET_IFNAME HF_HOME XDG_CACHE_HOME TORCH_EXTENSIONS_DIR SINGULARITY_CACHEDIR TMPDIR TRITON_CACHE_DIR NCCL_IB_TIMEOUT CUDA_DEVICE_MAX_CONNECTIONS HF_TOKEN MASTER_ADDR MASTER_PORT RANK LOCAL_RANK WORLD_SIZE MARTLET_RUN MARTLET_STAGE MARTLET_JOB_DIR MARTLET_ATTEMPT_DIR MARTLET_BOOT MARTLET_BARRIER_DIR MARTLET_NODES MARTLET_NODE_RANK MARTLET_RANK MARTLET_PROCESSES MARTLET_SIGN MARTLET_REHEARSAL MARTLET_REHEARSAL_STEP_SECONDS MARTLET_REHEARSAL_BIN MARTLET_NODE MARTLET_RECORD_DIR MARTLET_PRETEND_HOST'

modules() {
  module purge || return
  module load hpcx/2.20 || return
}

environment() {
  unset FI_PROVIDER ROCR_VISIBLE_DEVICES
  export NCCL_IB_HCA=mlx5_ibn1,mlx5_ibn2,mlx5_ibn3,mlx5_ibn4,mlx5_ibn5,mlx5_ibn6,mlx5_ibn7,mlx5_ibn8
  export NCCL_SOCKET_IFNAME=bond0
  export GLOO_SOCKET_IFNAME=bond0
  export HF_HOME=/groups/my-group/alice/martlet/cache/huggingface
  export XDG_CACHE_HOME=/groups/my-group/alice/martlet/cache/xdg
  export TORCH_EXTENSIONS_DIR=/groups/my-group/alice/martlet/cache/torch_extensions
  export SINGULARITY_CACHEDIR=/groups/my-group/alice/martlet/cache/containers
  export TMPDIR="${PBS_LOCALDIR}"
  export TRITON_CACHE_DIR="${PBS_LOCALDIR}"/triton
  export NCCL_IB_TIMEOUT=22
  export CUDA_DEVICE_MAX_CONNECTIONS=1
  limit nofile 65536
  limit core 0
}

secrets() {
  secret HF_TOKEN "${HOME}"/.hf_token
}

program() {
  exec singularity \
    exec \
    --cleanenv \
    --nv \
    --bind /groups:/groups \
    --bind /dev/shm:/dev/shm \
    --bind /dev/infiniband:/dev/infiniband \
    --bind /etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem:/etc/ssl/certs/ca-certificates.crt:ro \
    --bind "${PBS_LOCALDIR}":"${PBS_LOCALDIR}" \
    --pwd /groups/my-group/alice/martlet/software/megatron-lm \
    /groups/my-group/alice/martlet/images/megatron-lm.sif \
    torchrun \
    --nnodes=4 \
    --nproc-per-node=8 \
    --node-rank="${MARTLET_NODE_RANK}" \
    --master-addr="${MASTER_ADDR}" \
    --master-port="${MASTER_PORT}" \
    --max-restarts=0 \
    pretrain_gpt.py \
    --lr=2.5e-5 \
    --global-batch-size=1024 \
    --use-flash-attn \
    --save=/groups/my-group/alice/martlet/runs/demo/checkpoints/cpt \
    --exit-duration-in-mins="${MARTLET_MINUTES_LEFT}" \
    --data-path 0.7 \
    /data/ja_text_document \
    0.3 \
    /data/en_text_document
}

# ---- templates/job/common-site.sh, as it is ----


# ---- templates/job/node-10-base.sh, as it is ----


# ---- templates/job/node-20-setup.sh, as it is ----


# ---- templates/job/node-30-check.sh, as it is ----


# ---- templates/job/node-35-release.sh, as it is ----


# ---- templates/job/node-40-run.sh, as it is ----
