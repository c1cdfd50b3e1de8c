/** GPUs of a node by the site's own word, the profile that has it, the longest job in it; ABCI 2.0 is gone and has none. */
export const SITE_TYPES: Readonly<
  Record<string, { readonly gpus: number; readonly cluster?: string; readonly hours?: number }>
> = {
  rt_HF: { gpus: 8, cluster: 'abci3', hours: 168 },
  rt_HG: { gpus: 1, cluster: 'abci3', hours: 168 },
  rt_HC: { gpus: 0, cluster: 'abci3', hours: 168 },
  rt_AF: { gpus: 8 },
  rt_AG: { gpus: 1 },
  rt_F: { gpus: 4 },
  node_f: { gpus: 4, cluster: 'tsubame4', hours: 24 },
  node_h: { gpus: 2, cluster: 'tsubame4', hours: 24 },
  node_q: { gpus: 1, cluster: 'tsubame4', hours: 24 },
  gpu_1: { gpus: 1, cluster: 'tsubame4', hours: 24 },
  cpu_160: { gpus: 0, cluster: 'tsubame4', hours: 24 },
  cpu_40: { gpus: 0, cluster: 'tsubame4', hours: 24 },
};
