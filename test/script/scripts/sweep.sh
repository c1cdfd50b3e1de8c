#!/bin/bash
for LR in 1e-5 2e-5 4e-5; do
  torchrun --nproc_per_node=8 train.py --lr $LR --out out/$LR
done
