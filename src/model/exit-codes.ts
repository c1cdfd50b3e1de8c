/**
 * Exit codes with which a job ends by itself, and what each means; a program below it has its own. They are in the exit file
 * and in the scheduler's record; the reason in full is the last note of the job's diary. Kept equal to templates/job/ by a test.
 */
export const EXIT_CODES: Readonly<Record<number, string>> = {
  70: 'the job script itself broke off',
  81: 'the stage before it is not complete',
  82: 'the program ended with code 0 but failed, or made nothing',
  84: 'the prologue, a module, the environment or a folder of the program could not be set up',
  85: 'its nodes are not the planned ones, or have no address where the ranks could meet',
  86: 'a node failed its checks or refused to start',
  87: 'an input is missing or not complete',
  88: 'there is no room on disk, or no log can be written',
  89: 'the container image cannot be read',
  90: 'its checkpoint was saved with another layout of the model, which its format does not allow to change',
  91: "the code on the nodes is of another release than the recipe's",
  124: 'no progress was made before the time limit',
};
