/** Where the code says its own release, below the folder that holds pretrain_gpt.py. */
export const PACKAGE_INFO = 'megatron/core/package_info.py';

/**
 * What package_info.py says of a release of Megatron-LM, without its last number: the tag core_v0.19.0 itself says 0.19.1.
 * undefined: a fork or a branch, whose number is not known to say which one it is.
 */
export const packageVersion = (release: string): string | undefined => /^core_[vr](\d+\.\d+)\.\d+/.exec(release)?.[1];
