#!/bin/bash

# demo, stage cpt, segment 1, on each node. Made by martlet: the same plan gives the same bytes.
# shellcheck disable=SC2153,SC2317
export MARTLET_RUN=demo
export MARTLET_RUN_DIR=/fsx/alice/martlet/runs/demo
export MARTLET_STAGE=cpt
export MARTLET_SEGMENT=1
export MARTLET_JOB_DIR=/fsx/alice/martlet/runs/demo/cpt-1
export MARTLET_NODES=4
export MARTLET_GPUS_PER_NODE=8
export MARTLET_RANKS_PER_NODE=1
export MARTLET_GRACE_SECONDS=25
export MARTLET_UMASK=022
export MARTLET_MODULES_INIT=''
export MARTLET_RANK="${SLURM_PROCID}"
export MARTLET_LOCAL_RANK="${SLURM_LOCALID}"
export MARTLET_SIZE="${SLURM_NTASKS}"
export MARTLET_RANKS=per-node
export MARTLET_START=torchrun
export MARTLET_GPUS=yes
export MARTLET_ACTIVATE=''
export MARTLET_CODE=/fsx/alice/martlet/software/megatron-lm
export MARTLET_RELEASE=''
export MARTLET_RELEASE_FILE=''
export MARTLET_RELEASE_VERSION=''
export MARTLET_PASS_PREFIX=''
export MARTLET_PASS=''

modules() {
  :
}

environment() {
  unset ROCR_VISIBLE_DEVICES
  export NCCL_SOCKET_IFNAME='^lo,docker0,veth_def_agent'
  export HF_HOME=/fsx/alice/martlet/cache/huggingface
  export XDG_CACHE_HOME=/fsx/alice/martlet/cache/xdg
  export TORCH_EXTENSIONS_DIR=/fsx/alice/martlet/cache/torch_extensions
  export TMPDIR=/opt/dlami/nvme
  export TRITON_CACHE_DIR=/opt/dlami/nvme/triton
  export FI_PROVIDER=efa
  export FI_EFA_USE_HUGE_PAGE=0
  export NCCL_NET='AWS Libfabric'
  export OMPI_MCA_pml='^cm,ucx'
  export OMPI_MCA_btl=tcp,self
  export CUDA_DEVICE_MAX_CONNECTIONS=1
  put_in_front LD_LIBRARY_PATH /opt/amazon/efa/lib:/opt/amazon/ofi-nccl/lib
  limit core 0
}

secrets() {
  secret HF_TOKEN /run/secrets/HF_TOKEN
}

program() {
  exec torchrun \
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
    --save=/fsx/alice/martlet/runs/demo/checkpoints/cpt \
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
