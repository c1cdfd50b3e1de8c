import type { Diagnostic } from '../model/diagnostic.ts';
import type { Runtime } from '../runtimes/runtime.ts';
import type { Launcher } from './launcher.ts';

/** What is wrong when this launcher is to start programs in that container runtime; nothing when they go together. */
export const checkCombination = (launcher: Launcher, runtime: Runtime): readonly Diagnostic[] => {
  if (!runtime.launchers || runtime.launchers.includes(launcher.id)) return [];
  return [
    {
      code: 'MRT-C009',
      severity: 'error',
      what: `runtime "${runtime.id}" cannot be used with launcher "${launcher.id}".`,
      why: `its container is a flag of ${runtime.launchers.join(', ')}.`,
      hint: `use launcher ${runtime.launchers.join(' or ')}, or a runtime such as apptainer.`,
    },
  ];
};
