using System.Collections.Concurrent;
using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using JamEmr.Access;
using JamEmr.Approvals;
using JamEmr.Audit;
using JamEmr.Errors;
using JamEmr.Practices;

namespace JamEmr.Tests.Grains.Approvals;

/// <summary>Whatever is asked, decided, withdrawn, expired and cut off in whatever order: nothing is executed twice, by the word of who asked for
/// it, or after its time.</summary>
public sealed class ApprovalChaosTests
{
    private const int Requests = 12;
    private const int AtOnce = 3;

    private enum Kind
    {
        Ask,
        Approve,
        Deny,
        Withdraw,
        Override,
        Read,
        Pass,
        FailWrite,
        FailRecords,
        Restart,
    }

    private sealed record Step(Kind Kind, int Request, int Person, int Amount);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public async Task Given_random_steps_crashes_and_time_When_all_is_settled_Then_each_request_was_executed_at_most_once_by_others_in_time(int seed)
    {
        var run = await Run.StartAsync();
        await using var host = run.Host;
        foreach (var batch in Steps.Sample(210, new Rnd((ulong)seed), 0).Chunk(AtOnce)) await run.DoAsync(batch);
        await run.HealAsync();

        await run.RequireSoundAsync($"seed {seed}");
    }

    private static Gen<Step> Steps =>
        from kind in Gen.Frequency(
            (4, Gen.Constant(Kind.Ask)),
            (8, Gen.Constant(Kind.Approve)),
            (1, Gen.Constant(Kind.Deny)),
            (1, Gen.Constant(Kind.Withdraw)),
            (1, Gen.Constant(Kind.Override)),
            (2, Gen.Constant(Kind.Read)),
            (1, Gen.Constant(Kind.Pass)),
            (2, Gen.Constant(Kind.FailWrite)),
            (2, Gen.Constant(Kind.FailRecords)),
            (1, Gen.Constant(Kind.Restart)))
        from request in Gen.Choose(0, Requests - 1)
        from person in Gen.Choose(0, 4)
        from amount in Gen.Choose(1, 60)
        select new Step(kind, request, person, amount);

    private sealed class Run(GrainHost host, TestPractice practice, SaveSwitch saving)
    {
        private static readonly Role[][] Roles =
        [
            [Role.Administrative], [Role.Administrative, Role.SecurityOfficer], [Role.SecurityOfficer], [Role.SecurityOfficer, Role.PrivacyOfficer],
            [Role.PrivacyOfficer],
        ];

        private readonly Guid[] _people = [.. Roles.Select(_ => practice.NewId())];
        private readonly Guid[] _ids = [.. Enumerable.Range(0, Requests).Select(_ => practice.NewId())];
        private readonly ConcurrentDictionary<Guid, ApprovalRecord> _asked = new();
        private readonly ConcurrentQueue<ApprovalRecord> _answers = new();

        public GrainHost Host => host;

        public static async Task<Run> StartAsync()
        {
            var saving = new SaveSwitch();
            var host = await GrainHost.StartAsync(saving.Add);
            return new Run(host, await host.FoundPracticeAsync(), saving);
        }

        public async Task DoAsync(Step[] batch)
        {
            await Task.WhenAll(batch.Where(step => step.Kind <= Kind.Read).Select(CallAsync));
            host.Publishing.Mend();
            foreach (var step in batch)
            {
                switch (step.Kind)
                {
                    case Kind.Pass: host.Time.Jump(TimeSpan.FromHours(step.Amount)); break;
                    case Kind.FailWrite: saving.FailNext(Write(step.Amount)); break;
                    case Kind.FailRecords: host.Publishing.Break(Records(step.Amount)); break;
                    case Kind.Restart: await RestartAsync(); break;
                    default: break;
                }
            }
        }

        /// <summary>Everything works again; the reminders see to what is left.</summary>
        public async Task HealAsync()
        {
            saving.FailNext(static _ => false);
            await RestartAsync();
            using var guard = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
            guard.CancelAfter(TimeSpan.FromMinutes(1));
            while (!await IsSettledAsync())
            {
                host.Time.Advance(TimeSpan.FromSeconds(1));
                await Task.Delay(TimeSpan.FromMilliseconds(10), guard.Token);
            }
        }

        // Asked of the list, which settles nothing itself.
        private async Task<bool> IsSettledAsync()
        {
            try
            {
                var list = await practice.As(Role.Administrative).CallAsync("approvals", (IApprovalRegistryGrain g) => g.ListAsync(new PageRequest(null, 2 * Requests)));
                return list.Items.All(r => r.Status is not ApprovalStatus.Approved && (r.Status is not ApprovalStatus.Pending || host.Time.GetUtcNow() < r.ExpiresAt));
            }
            catch (DomainException e) when (e.Code is ErrorCode.Unavailable)
            {
                // Time passes faster here than a busy disk answers.
                return false;
            }
        }

        public async Task RequireSoundAsync(string seed)
        {
            var changes = await host.RecordsAsync(practice.Id, AuditEvents.ConfigurationChanged);
            var approvals = await host.RecordsAsync(practice.Id, AuditEvents.ApprovalApproved);
            var overrides = await host.RecordsAsync(practice.Id, AuditEvents.ApprovalOverridden);
            var executed = 0;
            foreach (var id in _ids)
            {
                if (await FindAsync(id) is not { } record) continue;
                var what = $"{seed}, {record.Status}";
                Assert.True(record.Status is not ApprovalStatus.Approved, $"{what}: was never executed.");
                Assert.True(record.Status is not ApprovalStatus.Pending || host.Time.GetUtcNow() < record.ExpiresAt, $"{what}: outlived its time.");
                var done = changes.Where(r => r.Detail["approval"] == id.ToString("D")).ToList();
                Assert.True(done.Count == (record.Status is ApprovalStatus.Executed ? 1 : 0), $"{what}: executed {done.Count} times.");
                executed += done.Count;

                var by = approvals.Concat(overrides).Where(r => r.EntityId == id.ToString("D")).ToList();
                Assert.True(done.Count == 0 || by.Count == 1, $"{what}: executed after {by.Count} decisions.");
                Assert.All(by, r => Assert.True(r.Time < record.ExpiresAt, $"{what}: decided after its time."));
                Assert.All(approvals.Where(r => r.EntityId == id.ToString("D")), r => Assert.NotEqual(record.Requester, r.ActorId));
                Assert.All(record.Decisions.Where(d => d.Verdict is not ApprovalVerdict.Overridden), d => Assert.NotEqual(record.Requester, d.By));
                foreach (var answer in _answers.Where(a => a.Id == id)) RequireStands(answer, record, what);
            }

            Assert.True(executed > 1, $"{seed}: hardly anything was possible: the test says nothing.");
        }

        // What somebody was told has not been unsaid.
        private static void RequireStands(ApprovalRecord told, ApprovalRecord now, string what)
        {
            Assert.Equal(told.RequestHash, now.RequestHash);
            Assert.Equal(told.Decisions.Select(d => (d.By, d.Verdict)), now.Decisions.Take(told.Decisions.Length).Select(d => (d.By, d.Verdict)));
            if (told.Status is ApprovalStatus.Pending) return;
            Assert.True(
                told.Status == now.Status || (told.Status is ApprovalStatus.Approved && now.Status is ApprovalStatus.Executed), $"{what}: was {told.Status} before.");
        }

        private async Task CallAsync(Step step)
        {
            var id = _ids[step.Request];
            var who = WhoTries(step);
            var person = practice.As(_people[who], Roles[who]).Reauthenticated();
            try
            {
                if (step.Kind is Kind.Ask)
                {
                    var settings = new AccessSettings(5 + (step.Request % 11), 1 + step.Person);
                    _answers.Enqueue(_asked[id] = await person.AskAsync(id, new PrivilegedRequest(AccessSettings: settings)));
                    return;
                }

                if (!_asked.TryGetValue(id, out var asked)) return;
                _answers.Enqueue(step.Kind switch
                {
                    Kind.Approve => await person.ApproveAsync(asked),
                    Kind.Deny => await person.DenyAsync(asked),
                    Kind.Withdraw => await person.CallAsync(id, (IApprovalGrain g) => g.WithdrawAsync()),
                    Kind.Override => await person.OverrideAsync(asked),
                    _ => await person.ReadAsync(id),
                });
            }
            catch (DomainException e) when (e.Code is ErrorCode.Conflict or ErrorCode.Forbidden or ErrorCode.NotFound or ErrorCode.Unavailable)
            {
                // A refusal, or a fault of this test's own making: what counts is what stands at the end.
            }
        }

        private async Task<ApprovalRecord?> FindAsync(Guid id)
        {
            try
            {
                return await practice.As(Role.Administrative).ReadAsync(id);
            }
            catch (DomainException e) when (e.Code is ErrorCode.NotFound)
            {
                return null;
            }
        }

        private async Task RestartAsync()
        {
            await host.RestartAsync();
            host.Publishing.Mend();
        }

        // Mostly somebody whose role allows it, and now and then anybody.
        private static int WhoTries(Step step) => step.Kind switch
        {
            _ when step.Amount % 5 == 0 => step.Person,
            Kind.Approve or Kind.Deny => 1 + (step.Person % 3),
            _ => step.Person % 2,
        };

        private static Func<object, bool> Write(int which) => (which % 3) switch
        {
            0 => state => state is Audited<ApprovalState> { Value.Status: ApprovalStatus.Approved or ApprovalStatus.Executed },
            1 => state => state is Audited<ApprovalState>,
            _ => state => state is Audited<PracticeState>,
        };

        private static Func<AuditRecord, bool> Records(int which)
        {
            ImmutableArray<AuditEvent> events =
                [AuditEvents.ApprovalRequested, AuditEvents.ApprovalApproved, AuditEvents.ApprovalExecuted, AuditEvents.ConfigurationChanged];
            return record => record.Event == events[which % events.Length].Code;
        }
    }
}
