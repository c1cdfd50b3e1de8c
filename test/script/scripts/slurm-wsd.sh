#!/bin/bash
#SBATCH --job-name=wsd   # the schedule
#SBATCH --nodes=4 --ntasks-per-node=1
#SBATCH --gpus-per-node=8
#SBATCH --time=1-00:00:00
#SBATCH -p p5en

set -euo pipefail
#SBATCH --exclusive
export MASTER_ADDR=$(scontrol show hostnames "$SLURM_JOB_NODELIST" | head -n 1)
export MASTER_PORT=$((20000 + SLURM_JOB_ID % 10000))
export FI_PROVIDER=efa FI_EFA_USE_DEVICE_RDMA=1 NCCL_DEBUG=WARN
export CUDA_DEVICE_MAX_CONNECTIONS=1
IMAGE=/fsx/images/pytorch.sif
TOKENS=$((100 * 1000 ** 3))
GBS=512
SEQ=4096
ITERS=$((TOKENS / (GBS * SEQ)))
COOL=$((ITERS / 5))
MODEL_ARGS=(
  --num-layers 32 --hidden-size 4096 --ffn-hidden-size 14336 --num-attention-heads 32
  --group-query-attention --num-query-groups 8 --untie-embeddings-and-output-weights
  --position-embedding-type rope --rotary-base 10000 --disable-bias-linear
  --normalization RMSNorm --norm-epsilon 1e-5 --swiglu
)
TRAIN_ARGS=(
  --micro-batch-size 2 --global-batch-size $GBS --seq-length $SEQ --max-position-embeddings $SEQ
  --train-iters $ITERS --lr 3e-4 --min-lr 0 --lr-decay-style WSD --lr-warmup-iters 500
  --lr-decay-iters $ITERS --lr-wsd-decay-iters $COOL --lr-wsd-decay-style minus_sqrt
  --weight-decay 0.1 --adam-beta1 0.9 --adam-beta2 0.95 --clip-grad 1.0 --bf16
  --recompute-activations --hidden-dropout 0 --attention-dropout 0
  --tensor-model-parallel-size 2 --sequence-parallel --use-distributed-optimizer --overlap-grad-reduce --overlap-param-gather
)
SAVE=/fsx/checkpoints/wsd
LAUNCH="singularity exec --nv --bind /fsx:/fsx $IMAGE torchrun --nproc-per-node 8 --nnodes $SLURM_NNODES \
  --rdzv-backend c10d --rdzv-endpoint $MASTER_ADDR:$MASTER_PORT"
CMD="pretrain_gpt.py ${MODEL_ARGS[*]} ${TRAIN_ARGS[*]} --data-path 1 /fsx/data/fineweb_text_document \
  --tokenizer-type HuggingFaceTokenizer --tokenizer-model mistralai/Mistral-7B-v0.1 \
  --load $SAVE --save $SAVE --pretrained-checkpoint /fsx/megatron/Mistral-7B-v0.1 \
  --save-interval 1000 --log-interval 10 --eval-interval 1000 --eval-iters 5 --tensorboard-dir $SAVE/tb"
cd /fsx/src/Megatron-LM
srun --wait=60 --kill-on-bad-exit=1 bash -c "$LAUNCH --node-rank \$SLURM_PROCID $CMD" &
wait
