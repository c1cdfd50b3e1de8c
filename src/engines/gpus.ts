/** Dense bf16 peaks of one GPU in TFLOP/s, from the vendor's sheets; the sheets' larger figure is for sparse matrices. */
export const PEAK_TFLOPS: Readonly<Record<string, number>> = {
  'h100-80gb': 989,
  'h100-94gb': 989,
  'h200-141gb': 989,
  'h100-pcie-80gb': 756,
  'a100-40gb': 312,
  'a100-80gb': 312,
};

/** Memory of a GPU in bytes, by its name in a profile: `h200-141gb`; undefined: the name does not say. */
export const gpuBytes = (name: string | undefined): number | undefined => {
  const [, gigabytes] = /-(\d+)gb$/.exec(name ?? '') ?? [];
  return gigabytes === undefined ? undefined : Number(gigabytes) * 1e9;
};
