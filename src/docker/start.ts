import { type Engine, engineWords, statusOf } from './engine.ts';

/** 304: it runs already. */
const RUNS = 304;

/**
 * Starts a container that was created; undefined when it has been started, by whomever, else what the engine said. To start one
 * that has ended runs nothing: its companion sees that the job had its turn.
 */
export const startContainer = async ({ docker }: Engine, id: string): Promise<string | undefined> => {
  const container = docker.getContainer(id);
  try {
    await container.start();
    return undefined;
  } catch (error) {
    if (statusOf(error) === RUNS) return undefined;
    if (statusOf(error) === undefined) throw error;
    const { State: state } = await container.inspect();
    return state.Status === 'created' ? engineWords(error) : undefined;
  }
};
