#!/bin/bash
#SBATCH -J rl
#SBATCH -N 2
#SBATCH --gres=gpu:h100:8
#SBATCH -t 120
#SBATCH -A nlp-group
export HF_TOKEN=hf_abcdefghijklmnopqrstuvwxyz0123
export VLLM_ATTENTION_BACKEND=FLASHINFER
ray start --head --port=6379 &
sleep 20
STEPS=$(python -c 'print(3 * 7)')
python3 data/prepare.py --out data/math
python3 -m verl.trainer.main_ppo \
  data.train_files="['data/math/train.parquet']" \
  'data.filter={"level": [1, 2]}' \
  trainer.nnodes=$SLURM_NNODES trainer.total_training_steps=${STEPS} \
  trainer.n_gpus_per_node=8
ray stop
