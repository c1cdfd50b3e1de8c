import { describe, expect, test } from 'vitest';
import { explained } from '../../src/schedulers/slurm/reasons.ts';
import { slurm } from '../../src/schedulers/slurm.ts';
import { find, inSections, output } from './kit.ts';

/** Every reason of slurm.schedmd.com/job_reason_codes.html and of job_state_reason.c, that page's names first. */
const REASONS = `AccountingPolicy AccountNotAllowed AssocGrpBB AssocGrpBBMinutes AssocGrpBBRunMinutes AssocGrpBilling
AssocGrpBillingMinutes AssocGrpBillingRunMinutes AssocGrpCpuLimit AssocGrpCPUMinutesLimit AssocGrpCPURunMinutesLimit
AssocGrpEnergy AssocGrpEnergyMinutes AssocGrpEnergyRunMinutes AssocGrpGRES AssocGrpGRESMinutes AssocGrpGRESRunMinutes
AssocGrpJobsLimit AssocGrpLicense AssocGrpLicenseMinutes AssocGrpLicenseRunMinutes AssocGrpMemLimit AssocGrpMemMinutes
AssocGrpMemRunMinutes AssocGrpNodeLimit AssocGrpNodeMinutes AssocGrpNodeRunMinutes AssocGrpSubmitJobsLimit AssocGrpUnknown
AssocGrpUnknownMinutes AssocGrpUnknownRunMinutes AssocGrpWallLimit AssocMaxBBMinutesPerJob AssocMaxBBPerJob
AssocMaxBBPerNode AssocMaxBillingMinutesPerJob AssocMaxBillingPerJob AssocMaxBillingPerNode AssocMaxCpuMinutesPerJobLimit
AssocMaxCpuPerJobLimit AssocMaxCpuPerNode AssocMaxEnergyMinutesPerJob AssocMaxEnergyPerJob AssocMaxEnergyPerNode
AssocMaxGRESMinutesPerJob AssocMaxGRESPerJob AssocMaxGRESPerNode AssocMaxJobsLimit AssocMaxLicenseMinutesPerJob
AssocMaxLicensePerJob AssocMaxMemMinutesPerJob AssocMaxMemPerJob AssocMaxMemPerNode AssocMaxNodeMinutesPerJob
AssocMaxNodePerJobLimit AssocMaxSubmitJobLimit AssocMaxUnknownMinutesPerJob AssocMaxUnknownPerJob AssocMaxUnknownPerNode
AssocMaxWallDurationPerJobLimit AssociationJobLimit AssociationResourceLimit AssociationTimeLimit BadConstraints BeginTime
BurstBufferOperation BurstBufferResources BurstBufferStageIn Cleaning Constraints DeadLine Dependency
DependencyNeverSatisfied FedJobLock FrontEndDown InactiveLimit InvalidAccount InvalidQOS JobArrayTaskLimit JobHeldAdmin
JobHeldUser JobHoldMaxRequeue JobLaunchFailure Licenses MaxBBPerAccount MaxBillingPerAccount MaxCpuPerAccount
MaxEnergyPerAccount MaxGRESPerAccount MaxJobsPerAccount MaxLicensePerAccount MaxMemoryPerAccount MaxMemPerLimit
MaxNodePerAccount MaxSubmitJobsPerAccount MaxUnknownPerAccount MaxBBRunMinsPerAccount MaxCpuRunMinsPerUser
MaxGRESRunMinsPerUser MaxPoweredUpNodes MpiPortsBusy NodeDown NonZeroExitCode None OutOfMemory PartitionConfig
PartitionDown PartitionInactive PartitionNodeLimit PartitionTimeLimit PowerNotAvail PowerReserved Priority Prolog QOSGrpBB
QOSGrpBBMinutes QOSGrpBBRunMinutes QOSGrpBilling QOSGrpBillingMinutes QOSGrpBillingRunMinutes QOSGrpCpuLimit
QOSGrpCPUMinutesLimit QOSGrpCPURunMinutesLimit QOSGrpEnergy QOSGrpEnergyMinutes QOSGrpEnergyRunMinutes QOSGrpGRES
QOSGrpGRESMinutes QOSGrpGRESRunMinutes QOSGrpJobsLimit QOSGrpLicense QOSGrpLicenseMinutes QOSGrpLicenseRunMinutes
QOSGrpMemLimit QOSGrpMemoryMinutes QOSGrpMemoryRunMinutes QOSGrpNodeLimit QOSGrpNodeMinutes QOSGrpNodeRunMinutes
QOSGrpSubmitJobsLimit QOSGrpUnknown QOSGrpUnknownMinutes QOSGrpUnknownRunMinutes QOSGrpWallLimit QOSJobLimit
QOSMaxBBMinutesPerJob QOSMaxBBPerJob QOSMaxBBPerNode QOSMaxBBPerUser QOSMaxBillingMinutesPerJob QOSMaxBillingPerJob
QOSMaxBillingPerNode QOSMaxBillingPerUser QOSMaxCpuMinutesPerJobLimit QOSMaxCpuPerJobLimit QOSMaxCpuPerNode
QOSMaxCpuPerUserLimit QOSMaxEnergyMinutesPerJob QOSMaxEnergyPerJob QOSMaxEnergyPerNode QOSMaxEnergyPerUser
QOSMaxGRESMinutesPerJob QOSMaxGRESPerJob QOSMaxGRESPerNode QOSMaxGRESPerUser QOSMaxJobsPerUserLimit
QOSMaxLicenseMinutesPerJob QOSMaxLicensePerJob QOSMaxLicensePerUser QOSMaxMemoryMinutesPerJob QOSMaxMemoryPerJob
QOSMaxMemoryPerNode QOSMaxMemoryPerUser QOSMaxNodeMinutesPerJob QOSMaxNodePerJobLimit QOSMaxNodePerUserLimit
QOSMaxSubmitJobPerUserLimit QOSMaxUnknownMinutesPerJob QOSMaxUnknownPerJob QOSMaxUnknownPerNode QOSMaxUnknownPerUser
QOSMaxWallDurationPerJobLimit QOSMinBB QOSMinBilling QOSMinCpuNotSatisfied QOSMinEnergy QOSMinGRES QOSMinLicense
QOSMinMemory QOSMinNode QOSMinUnknown QOSNotAllowed QOSResourceLimit QOSTimeLimit QOSUsageThreshold RaisedSignal
ReqNodeNotAvail Reservation ReservationDeleted ReservationInvalid Resources SchedDefer SystemFailure TimeLimit
WaitingForScheduling`.split(/\s+/);

describe('reasons', () => {
  test.each(REASONS)('%s is told in a sentence', reason => {
    expect(explained(reason)?.meaning).toMatch(/^[a-zA-Z].*\.$/);
  });

  test.each([
    ['QOSMaxGRESPerUser', 'it is above the limit of its QOS on GPUs (GRES) for one person.'],
    [
      'AssocGrpCPURunMinutesLimit',
      'the account has reached its limit on CPUs times minutes of running jobs for all its jobs together.',
    ],
    ['AssocGrpNodeLimit', 'the account has reached its limit on nodes for all its jobs together.'],
    ['AssocMaxJobsLimit', 'it is above the limit of the account on jobs that run.'],
    ['QOSMaxWallDurationPerJobLimit', 'it is above the limit of its QOS on walltime for one job.'],
    ['QOSMinGRES', 'it asks for less GPUs (GRES) than its QOS is for.'],
    ['MaxJobsPerAccount', 'it is above the limit of its QOS on jobs that run for one account.'],
  ])('the limit %s is taken apart', (reason, meaning) => {
    expect(explained(reason)?.meaning).toBe(meaning);
  });

  test.each([
    ['launch failed requeued held', 'stuck'],
    ['launch_failed_requeued_held', 'stuck'],
    ['user_env_retrieval_failed_requeued_held', 'stuck'],
    ['job_requeued_in_held_state', 'held'],
    ['DependencyNeverSatisfied', 'stuck'],
    ['Dependency', 'held'],
    ['JobHeldAdmin', 'held'],
    ['ReqNodeNotAvail, UnavailableNodes:gpu-[1-2]', undefined],
    ['ReqNodeNotAvail,_Reserved_for_maintenance', undefined],
    ['Nodes_required_for_job_are_DOWN,_DRAINED_or_reserved_for_jobs_in_higher_priority_partitions', undefined],
  ])('a waiting job whose reason is %s is %s', (reason, seen) => {
    expect(explained(reason)).toBeDefined();
    expect(explained(reason)?.seen).toBe(seen);
  });

  test('a reason that nobody has listed has no meaning made up for it', () => {
    expect(explained('SomethingOf2031')).toBeUndefined();
    expect(explained('')).toBeUndefined();
  });
});

const waiting = (id: string) => {
  const answer = slurm.readWhy(find('slurm/why.txt', `why ${id}`), id);
  return answer.kind === 'answered' ? answer.waiting : answer;
};

describe('why', () => {
  test('real waiting jobs tell their reason, whom they wait for, and their place', () => {
    expect(waiting('40')).toMatchObject({ state: 'PENDING', reason: 'JobHeldUser', priority: '0', waitsFor: [] });
    expect(waiting('40')).not.toHaveProperty('position');
    expect(waiting('50')).toMatchObject({ reason: 'Dependency', waitsFor: ['44', '37', '48'] });
    expect(waiting('51')).toMatchObject({ reason: 'DependencyNeverSatisfied', waitsFor: ['33'] });
    expect(waiting('48')).toMatchObject({ reason: 'JobArrayTaskLimit', position: { place: 4, of: 6 } });
    expect(waiting('47')).toMatchObject({
      reason: 'PartitionTimeLimit',
      details: expect.arrayContaining(['Partition=dev']),
    });
    expect(waiting('42')).toMatchObject({
      reason: 'job_requeued_in_held_state',
      meaning: expect.stringContaining('on hold'),
    });
  });

  test('a start that Slurm expects is told in UTC', () => {
    expect(waiting('45')).toMatchObject({ expectedStart: expect.stringMatching(/^2026-11-26T\d\d:\d\d:\d\dZ$/) });
  });

  test('a job that runs, has ended or never was is not waiting', () => {
    expect(waiting('44')).toEqual({ kind: 'unknown', said: 'RUNNING' });
    expect(waiting('32')).toEqual({ kind: 'unknown', said: 'COMPLETED' });
    expect(waiting('99999')).toMatchObject({ kind: 'unknown' });
  });

  const JOB = 'JobId=7 JobName=x JobState=RUNNING UserId=a(1) Priority=5 JobState=PENDING Reason=Priority Partition=p';
  const QUEUE = 'ARRAY_JOB_ID|PRIORITY|REASON\n9|7|Priority\n7|5|Priority\n5|5|Resources\n3|0|JobHeldUser';

  test('held jobs take no place, equal ones stand in the order of their ids, and a name is not read as a state', () => {
    const answer = slurm.readWhy(
      inSections({ job: JOB, waiting: QUEUE, config: 'PrivateData             = none' }),
      '7',
    );
    expect(answer).toMatchObject({ kind: 'answered', waiting: { state: 'PENDING', position: { place: 3, of: 3 } } });
  });

  test.each(['PrivateData = jobs', 'PrivateData = accounts,jobs,users', 'PrivateData = all', ''])(
    'where other people’s jobs may be hidden (%s) no place is told',
    config => {
      const answer = slurm.readWhy(inSections({ job: JOB, waiting: QUEUE, config }), '7');
      expect(answer.kind === 'answered' && answer.waiting.position).toBeUndefined();
    },
  );

  test('a controller that does not answer is trouble', () => {
    const down = 'slurm_load_jobs error: Unable to contact slurm controller (connect failure)';
    expect(slurm.readWhy(inSections({ job: [down, 1] }), '7').kind).toBe('trouble');
    expect(slurm.readWhy(output(''), '7').kind).toBe('trouble');
  });
});
