import { family } from './family.ts';

/** SingularityCE and SingularityPRO. */
export const singularity = family('singularity', 'https://docs.sylabs.io/guides/latest/user-guide/', 'SINGULARITYENV_');
