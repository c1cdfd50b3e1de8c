/** Where a variable of the script goes. */
export type Home = 'recipe' | 'overlay' | 'martlet' | 'secret' | 'nowhere';

const HOMES: readonly (readonly [Home, RegExp])[] = [
  ['secret', /(^|_)(TOKEN|API_KEY|KEY|SECRET|PASSWORD|PASSWD|CREDENTIALS)$|_SECRET_/],
  [
    'martlet',
    /^(MASTER_ADDR|MASTER_PORT|RANK|LOCAL_RANK|WORLD_SIZE|NODE_RANK|NNODES|NPROC_PER_NODE|GPUS?_PER_NODE|NUM_GPUS?(_PER_NODE)?|NUM_NODES|LD_LIBRARY_PATH|LIBRARY_PATH|CPATH|MANPATH|PKG_CONFIG_PATH|CUDA_HOME|CUDA_PATH|VIRTUAL_ENV|CUDA_VISIBLE_DEVICES|RAY_ADDRESS|HEAD_IP|TENSORBOARD_DIR)$/,
  ],
  [
    'overlay',
    /^(NCCL_|GLOO_|FI_|UCX_|OMPI_|UB_|RDMAV_|HF_(HOME|HUB_CACHE|DATASETS_CACHE|HUB_OFFLINE)$|WANDB_(MODE|BASE_URL|DIR)$|XDG_|HTTPS?_PROXY$|https?_proxy$|no_proxy$)|CACHE|_DIR$|_HOME$/,
  ],
  [
    'recipe',
    /^(NVTE_|TORCH_|PYTORCH_|CUDA_DEVICE_MAX_CONNECTIONS$|CUDA_LAUNCH|CUBLAS_|OMP_NUM_THREADS$|TOKENIZERS_|HYDRA_|VLLM_|SGLANG_|RAY_|TRITON_|TORCHDYNAMO_|WANDB_)/,
  ],
];

/** A name alone decides: who reads it is a program, a site, or martlet; the value of a secret is never looked at. */
export const homeOf = (name: string): Home => HOMES.find(([, form]) => form.test(name))?.[0] ?? 'nowhere';
