#!/bin/bash
# meta-llama/Llama-3.1-8B-Instruct to the layout of Megatron. It is made beside its place, looked at, and moved in; run again it begins anew.
set -eu -o pipefail

rm -rf -- /groups/my-group/USER-NOT-SET/martlet/runs/preview/checkpoints/import.part

python3 \
    /groups/my-group/USER-NOT-SET/martlet/runs/preview/import-1/hf_folder.py \
    check \
    /groups/my-group/USER-NOT-SET/martlet/models/hf/meta-llama/Llama-3.1-8B-Instruct \
    --parameters=8030261248

torchrun \
    --standalone \
    --nproc-per-node=1 \
    scripts/conversion/run_conversion.py \
    import \
    --device=gpu \
    --hf-model=/groups/my-group/USER-NOT-SET/martlet/models/hf/meta-llama/Llama-3.1-8B-Instruct \
    --megatron-path=/groups/my-group/USER-NOT-SET/martlet/runs/preview/checkpoints/import.part \
    --torch-dtype=bfloat16 \
    --tp=1 \
    --pp=1 \
    --ep=1

python3 \
    /groups/my-group/USER-NOT-SET/martlet/runs/preview/import-1/hf_folder.py \
    megatron \
    /groups/my-group/USER-NOT-SET/martlet/runs/preview/checkpoints/import.part \
    --like=/groups/my-group/USER-NOT-SET/martlet/models/hf/meta-llama/Llama-3.1-8B-Instruct

# A folder that is there was left by a run that did not end here: mv would go into it.
rm -rf -- /groups/my-group/USER-NOT-SET/martlet/runs/preview/checkpoints/import
mv -T -- /groups/my-group/USER-NOT-SET/martlet/runs/preview/checkpoints/import.part /groups/my-group/USER-NOT-SET/martlet/runs/preview/checkpoints/import
