import { family } from './family.ts';

/** Apptainer, Singularity's other child. */
export const apptainer = family('apptainer', 'https://apptainer.org/docs/user/latest/', 'APPTAINERENV_');
