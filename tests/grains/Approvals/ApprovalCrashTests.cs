using JamEmr.Access;
using JamEmr.Approvals;
using JamEmr.Audit;
using JamEmr.Errors;
using JamEmr.Practices;

namespace JamEmr.Tests.Grains.Approvals;

/// <summary>Wherever a crash comes, what was approved is executed once, and what was not is never.</summary>
public sealed class ApprovalCrashTests
{
    /// <summary>Where the approval's steps can be cut: each write before and after it reached the disk.</summary>
    public enum Cut
    {
        /// <summary>The decision was not stored.</summary>
        BeforeDecision,

        /// <summary>The decision was stored, and not published.</summary>
        AfterDecision,

        /// <summary>What executes it did not store it.</summary>
        BeforeExecution,

        /// <summary>What executes it stored it, and did not publish it.</summary>
        AfterExecution,

        /// <summary>That it was executed was not stored.</summary>
        BeforeEnd,

        /// <summary>That it was executed was stored, and not published.</summary>
        AfterEnd,
    }

    public static TheoryData<Cut, bool> Cuts
    {
        get
        {
            var cuts = new TheoryData<Cut, bool>();
            foreach (var cut in Enum.GetValues<Cut>())
            {
                cuts.Add(cut, false);
                cuts.Add(cut, true);
            }

            return cuts;
        }
    }

    [Theory]
    [MemberData(nameof(Cuts))]
    public async Task Given_an_approval_cut_off_at_a_step_When_the_host_is_well_again_Then_it_was_executed_exactly_once(Cut cut, bool restart)
    {
        var saving = new SaveSwitch();
        await using var host = await GrainHost.StartAsync(saving.Add);
        var practice = await host.FoundPracticeAsync();
        var (asker, officer) = (practice.As(Role.Administrative).Reauthenticated(), practice.As(Role.SecurityOfficer).Reauthenticated());
        var id = practice.NewId();
        var asked = await asker.CallAsync(id, (IApprovalGrain g) => g.RequestAsync(new PrivilegedRequest(AccessSettings: new AccessSettings(7, 7))));

        Break(cut, host, saving);
        var answer = await TryAsync(() => officer.CallAsync(id, (IApprovalGrain g) => g.ApproveAsync(asked.RequestHash)));
        if (restart) await host.RestartAsync();
        host.Publishing.Mend();

        var log = practice.Id.ToString("D");
        if (cut is Cut.BeforeDecision)
        {
            Assert.Null(answer);
            Assert.Equal(ApprovalStatus.Pending, (await asker.CallAsync(id, (IApprovalGrain g) => g.GetAsync())).Status);
            await officer.CallAsync(id, (IApprovalGrain g) => g.ApproveAsync(asked.RequestHash));
        }

        // Nobody asks: the reminder sees to it.
        await host.PassUntilAsync(host.Ledger.ArrivalAsync(log, r => r.Event == AuditEvents.ApprovalExecuted.Code && r.EntityId == id.ToString("D")));
        Assert.Equal(ApprovalStatus.Executed, (await asker.CallAsync(id, (IApprovalGrain g) => g.GetAsync())).Status);
        Assert.Equal(new AccessSettings(7, 7), (await asker.CallAsync("practice", (IPracticeGrain g) => g.GetAsync())).Settings);
        Assert.Single(await host.RecordsAsync(practice.Id, AuditEvents.ConfigurationChanged));
        Assert.Single(await host.RecordsAsync(practice.Id, AuditEvents.ApprovalApproved));
        Assert.Single(await host.RecordsAsync(practice.Id, AuditEvents.ApprovalExecuted));
    }

    private static void Break(Cut cut, GrainHost host, SaveSwitch saving)
    {
        switch (cut)
        {
            case Cut.BeforeDecision: saving.FailNext(state => state is Audited<ApprovalState> { Value.Status: ApprovalStatus.Approved }); break;
            case Cut.AfterDecision: host.Publishing.Break(r => r.Event == AuditEvents.ApprovalApproved.Code); break;
            case Cut.BeforeExecution: saving.FailNext(state => state is Audited<PracticeState>); break;
            case Cut.AfterExecution: host.Publishing.Break(r => r.Event == AuditEvents.ConfigurationChanged.Code); break;
            case Cut.BeforeEnd: saving.FailNext(state => state is Audited<ApprovalState> { Value.Status: ApprovalStatus.Executed }); break;
            case Cut.AfterEnd: host.Publishing.Break(r => r.Event == AuditEvents.ApprovalExecuted.Code); break;
            default: throw new ArgumentOutOfRangeException(nameof(cut), cut, "There is no such cut.");
        }
    }

    private static async Task<ApprovalRecord?> TryAsync(Func<Task<ApprovalRecord>> call)
    {
        try
        {
            return await call();
        }
        catch (DomainException e) when (e.Code is ErrorCode.Unavailable)
        {
            return null;
        }
    }
}
