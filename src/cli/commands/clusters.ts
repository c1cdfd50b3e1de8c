import { configText } from '../../flows/config-text.ts';
import { listClusters } from '../../flows/list.ts';
import { clustersText } from '../../views/lists.ts';
import type { Define, Edge, ExitCode } from '../edge.ts';
import { example, jsonOption } from '../options.ts';
import { outJson } from '../output.ts';

export const define: Define = (command, act) => {
  jsonOption(command).action(act(run));
  example(command, 'martlet clusters');
};

const run = async ({ terminal, world }: Edge, flags: { json?: boolean }): Promise<ExitCode> => {
  const opened = await world();
  const clusters = await listClusters(opened);
  if (flags.json) outJson({ clusters }, terminal);
  else terminal.out(clustersText(clusters, terminal.look, configText(opened.here)));
  return 0;
};
