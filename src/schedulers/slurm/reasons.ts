import { type Explained, explain, type ReasonRow } from '../explained.ts';
import { limitRows } from './limits.ts';

const WAIT = 'it starts by itself; fewer nodes or a shorter walltime may start sooner.';
const ADMINISTRATORS = 'ask the administrators of the cluster.';
const AGAIN = 'cancel it, and submit again with what the site allows.';

/** Reasons by their word (slurm.schedmd.com/job_reason_codes.html, job_state_reason.c of 22.05 to 25.11). */
const WORDS: Readonly<Record<string, Explained>> = {
  None: { meaning: 'the scheduler has not looked at it yet.' },
  WaitingForScheduling: { meaning: 'the scheduler has not looked at it yet.' },
  SchedDefer: { meaning: 'the scheduler looks at new jobs only now and then.' },
  Priority: { meaning: 'jobs with a higher priority come before it.', hint: WAIT },
  Resources: { meaning: 'it is next, and waits until enough nodes are free.', hint: WAIT },
  Constraints: { meaning: 'no node has now what it asks for.', hint: WAIT },
  BeginTime: { meaning: 'its earliest time to start has not come; a requeued job waits up to two minutes here.' },
  Dependency: { meaning: 'it waits for other jobs.', seen: 'held' },
  DependencyNeverSatisfied: {
    meaning: 'a job it waits for did not end as it had to, so this one never starts.',
    hint: 'cancel it; once the cause is mended, submit again.',
    seen: 'stuck',
  },
  JobHeldUser: { meaning: 'its owner holds it.', hint: 'scontrol release lets it go.', seen: 'held' },
  JobHeldAdmin: { meaning: 'an administrator holds it.', hint: ADMINISTRATORS, seen: 'held' },
  JobHoldMaxRequeue: {
    meaning: 'Slurm has put it back into the queue so often that it holds it now.',
    hint: 'read why it ended each time; scontrol release tries again.',
    seen: 'stuck',
  },
  JobArrayTaskLimit: { meaning: 'as many elements of the array run as may run at once.' },
  Licenses: { meaning: 'a licence it asks for is in use.' },
  ReqNodeNotAvail: {
    meaning: 'nodes it needs are down, drained, or reserved (often for maintenance).',
    hint: 'it may start after that; a walltime that ends before a maintenance starts sooner. scontrol show reservation.',
  },
  NodeDown: { meaning: 'a node it needs is down.', hint: ADMINISTRATORS },
  FrontEndDown: { meaning: 'no front-end node is up.', hint: ADMINISTRATORS },
  Reservation: { meaning: 'its reservation has not begun, or is full.', hint: 'scontrol show reservation.' },
  ReservationDeleted: { meaning: 'its reservation was deleted.', hint: AGAIN, seen: 'stuck' },
  ReservationInvalid: { meaning: 'its reservation cannot be used.', hint: AGAIN, seen: 'stuck' },
  PartitionDown: { meaning: 'its partition starts no jobs (DOWN).', hint: ADMINISTRATORS },
  PartitionInactive: { meaning: 'its partition is switched off (INACTIVE).', hint: ADMINISTRATORS },
  PartitionNodeLimit: {
    meaning: 'its partition does not have or allow that many nodes, or they are down.',
    hint: `sinfo shows the partition; ${AGAIN}`,
  },
  PartitionTimeLimit: { meaning: "its time limit is above the partition's.", hint: AGAIN },
  PartitionConfig: { meaning: 'it breaks a limit of its partition.', hint: AGAIN },
  BadConstraints: { meaning: 'no node of the cluster has what it asks for.', hint: AGAIN, seen: 'stuck' },
  InvalidAccount: { meaning: 'its account is not valid.', hint: AGAIN },
  InvalidQOS: { meaning: 'its QOS is not valid.', hint: AGAIN },
  AccountNotAllowed: { meaning: 'its account may not use the partition.', hint: AGAIN },
  QOSNotAllowed: { meaning: 'its QOS is not allowed for the account or the partition.', hint: AGAIN },
  QOSUsageThreshold: { meaning: 'the account has used too little or too much for its QOS.', hint: ADMINISTRATORS },
  AccountingPolicy: { meaning: 'it breaks a limit of its account or QOS.', hint: AGAIN },
  AssociationJobLimit: { meaning: 'as many jobs of the account run as may run at once.' },
  AssociationResourceLimit: { meaning: 'the account has reached a limit on resources.' },
  AssociationTimeLimit: { meaning: 'the account has used up its time.', hint: ADMINISTRATORS },
  QOSJobLimit: { meaning: 'as many jobs of its QOS run as may run at once.' },
  QOSResourceLimit: { meaning: 'its QOS has reached a limit on resources.' },
  QOSTimeLimit: { meaning: 'its QOS has used up its time.', hint: ADMINISTRATORS },
  MaxMemPerLimit: { meaning: 'it asks for more memory per CPU or node than is allowed.', hint: AGAIN },
  DeadLine: { meaning: 'it can no longer end before its deadline.', hint: AGAIN },
  Prolog: { meaning: "the site's prolog is preparing its nodes." },
  Cleaning: { meaning: 'it was put back into the queue, and its last run is being cleaned up.' },
  FedJobLock: { meaning: 'the clusters of the federation are agreeing who runs it.' },
  BurstBufferResources: { meaning: 'the burst buffer has no room yet.' },
  BurstBufferStageIn: { meaning: 'its files are being copied into the burst buffer.' },
  BurstBufferOperation: { meaning: 'the burst buffer failed.', hint: ADMINISTRATORS, seen: 'stuck' },
  PowerNotAvail: { meaning: "the site's limit on power is reached." },
  PowerReserved: { meaning: 'the power is reserved for others.' },
  MaxPoweredUpNodes: { meaning: 'as many nodes are powered up as the site allows.' },
  MpiPortsBusy: { meaning: 'no ports are free for its MPI.' },
  SystemFailure: { meaning: 'Slurm, a file system or the network failed.', hint: ADMINISTRATORS },
  // Of ended or requeued runs; a waiting job may still carry one.
  JobLaunchFailure: { meaning: 'it could not be started, or a signal ended it.' },
  NonZeroExitCode: { meaning: 'its last run ended with an exit code other than 0.' },
  RaisedSignal: { meaning: 'a signal ended its last run.' },
  TimeLimit: { meaning: 'its last run reached its time limit.' },
  InactiveLimit: { meaning: 'it was idle too long for the site.' },
  OutOfMemory: { meaning: 'its last run used more memory than it had.' },
};

/** Reasons that Slurm writes as a sentence; scontrol puts `_` for blanks. */
const SENTENCES: readonly ReasonRow[] = [
  {
    pattern: /launch failed requeued held/i,
    say: {
      meaning: 'it could not be started on its nodes, and was put back on hold.',
      hint: 'a node may be broken: tell the administrators; scontrol release tries again.',
      seen: 'stuck',
    },
  },
  {
    pattern: /user env retrieval failed requeued held/i,
    say: {
      meaning: 'its environment could not be read on the node, and it was put back on hold.',
      hint: "look for what is slow or broken in the shell's start-up files; scontrol release tries again.",
      seen: 'stuck',
    },
  },
  {
    pattern: /job requeued in held state/i,
    say: {
      meaning: 'it was put back into the queue on hold.',
      hint: 'scontrol release lets it go.',
      seen: 'held',
    },
  },
  {
    pattern: /^Nodes required for job are DOWN, DRAINED or reserved/i,
    say: { meaning: 'its nodes are down, drained, or kept for jobs of a higher partition.', hint: WAIT },
  },
];

/** What a reason of squeue or scontrol means; undefined for one that nobody has listed. */
export const explained = (reason: string): Explained | undefined => {
  const text = reason.replaceAll('_', ' ').trim();
  // `ReqNodeNotAvail, UnavailableNodes:gpu-[1-2]`: the rest is shown as it is.
  const word = /^([A-Za-z]+)(?:$|,)/.exec(text)?.[1] ?? '';
  return WORDS[word] ?? explain(SENTENCES, text) ?? explain(limitRows, word);
};
