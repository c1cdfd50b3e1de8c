#!/bin/bash

# demo, stage cpt, segment 1, on each node. Made by martlet: the same plan gives the same bytes.
# shellcheck disable=SC2153,SC2317
export MARTLET_RUN=demo
export MARTLET_RUN_DIR=/gs/bs/tga-my-group/alice/martlet/runs/demo
export MARTLET_STAGE=cpt
export MARTLET_SEGMENT=1
export MARTLET_JOB_DIR=/gs/bs/tga-my-group/alice/martlet/runs/demo/cpt-1
export MARTLET_NODES=4
export MARTLET_GPUS_PER_NODE=4
export MARTLET_RANKS_PER_NODE=4
export MARTLET_GRACE_SECONDS=8
export MARTLET_UMASK=022
export MARTLET_MODULES_INIT=/etc/profile.d/modules.sh
export MARTLET_RANK="${OMPI_COMM_WORLD_RANK}"
export MARTLET_LOCAL_RANK="${OMPI_COMM_WORLD_LOCAL_RANK}"
export MARTLET_SIZE="${OMPI_COMM_WORLD_SIZE}"
export MARTLET_RANKS=per-gpu
export MARTLET_START=torchrun
export MARTLET_GPUS=yes
export MARTLET_ACTIVATE=/gs/fs/tga-my-group/src/Megatron-LM/.env/bin/activate
export MARTLET_CODE=/gs/fs/tga-my-group/src/Megatron-LM
export MARTLET_RELEASE=''
export MARTLET_RELEASE_FILE=''
export MARTLET_RELEASE_VERSION=''
export MARTLET_PASS_PREFIX=''
export MARTLET_PASS=''

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
  export HF_HOME=/gs/fs/tga-my-group/alice/martlet/cache/huggingface
  export XDG_CACHE_HOME=/gs/fs/tga-my-group/alice/martlet/cache/xdg
  export TORCH_EXTENSIONS_DIR=/gs/fs/tga-my-group/alice/martlet/cache/torch_extensions
  export TMPDIR="${T4TMPDIR}"
  export TRITON_CACHE_DIR="${T4TMPDIR}"/triton
  export NCCL_IB_TIMEOUT=22
  export UB_SKIPMC=1
  export CUDA_DEVICE_MAX_CONNECTIONS=1
  limit core 0
}

secrets() {
  :
}

program() {
  exec python \
    pretrain_gpt.py \
    --lr=2.5e-5 \
    --global-batch-size=1024 \
    --use-flash-attn \
    --save=/gs/bs/tga-my-group/alice/martlet/runs/demo/checkpoints/cpt \
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
