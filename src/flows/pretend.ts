import type { Located } from '../located/located.ts';
import { parseLocated } from '../located/parse.ts';
import type { Checked } from '../model/diagnostic.ts';
import type { World } from './world.ts';

/** What a site's overlay says when its scripts are rehearsed here: an account of nobody, and paths of this machine. */
export const pretendOverlay = (name: string, world: World): Checked<Located> => {
  const root = `${world.here.state}/local`;
  const at = (folder: string): string => JSON.stringify(`${root}/${folder}`);
  const text = [
    'martlet: 1',
    'account: pretended',
    `paths: {runs: ${at('runs')}, datasets: ${at('datasets')}, models: ${at('models')}, images: ${at('images')}, software: ${at('software')}, cache: ${at('cache')}, scratch: /tmp}`,
    ...(name === 'hyperpod'
      ? [
          'login: pretended',
          'resource_types: {p5en: {partition: pretended, nodes: 1-64, walltime: unlimited, default: true}}',
        ]
      : []),
    '',
  ].join('\n');
  return parseLocated('the overlay of a rehearsal', text);
};
