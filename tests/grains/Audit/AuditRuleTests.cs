using JamEmr.Access;
using JamEmr.Audit;
using JamEmr.Errors;
using JamEmr.Identity;
using JamEmr.Practices;
using Microsoft.Extensions.DependencyInjection;

namespace JamEmr.Tests.Grains.Audit;

/// <summary>DESIGN.md, Audit: nothing is seen before it is recorded.</summary>
public sealed class AuditRuleTests
{
    private static readonly UpdatePractice Change = new("Changed", "America/New_York");

    [Fact]
    public async Task Given_records_cannot_be_published_When_reading_Then_nothing_leaves()
    {
        await using var host = await GrainHost.StartAsync();
        var practice = await host.FoundPracticeAsync();
        var reader = practice.As(Role.Clinical);
        host.Publishing.Break(r => r.Event == AuditEvents.PracticeRead.Code);

        await reader.RefusedAsync(ErrorCode.Unavailable, "practice", (IPracticeGrain g) => g.GetAsync());

        Assert.Empty(await reader.TrailAsync());
        host.Publishing.Mend();
        await reader.CallAsync("practice", (IPracticeGrain g) => g.GetAsync());
        await reader.OnlyRecordAsync();
    }

    [Fact]
    public async Task Given_records_cannot_be_published_When_changing_Then_the_caller_is_told_and_the_change_is_published_before_anyone_sees_it()
    {
        await using var host = await GrainHost.StartAsync();
        var practice = await host.FoundPracticeAsync();
        var writer = practice.As(Role.Administrative);
        host.Publishing.Break();
        await writer.RefusedAsync(ErrorCode.Unavailable, "practice", (IPracticeGrain g) => g.UpdateAsync(Change, 1));
        var reader = practice.As(Role.Clinical);
        await Assert.ThrowsAnyAsync<Exception>(() => reader.CallAsync("practice", (IPracticeGrain g) => g.GetAsync()));
        host.Publishing.Mend();

        var seen = await reader.CallAsync("practice", (IPracticeGrain g) => g.GetAsync());

        Assert.Equal(("Changed", 2), (seen.Name, seen.Version));
        Assert.Equal("practice.updated", (await writer.OnlyRecordAsync()).Event);
    }

    [Fact]
    public async Task Given_a_crash_between_storing_and_publishing_When_started_again_Then_the_record_comes_first_and_once()
    {
        await using var host = await GrainHost.StartAsync();
        var practice = await host.FoundPracticeAsync();
        var writer = practice.As(Role.Administrative);
        host.Publishing.Break();
        await writer.RefusedAsync(ErrorCode.Unavailable, "practice", (IPracticeGrain g) => g.UpdateAsync(Change, 1));
        host.Publishing.Mend();
        for (var i = 0; i < 3; i++)
        {
            await host.RestartAsync();
            Assert.Equal("Changed", (await practice.As(Role.Clinical).CallAsync("practice", (IPracticeGrain g) => g.GetAsync())).Name);
        }

        Assert.Equal("practice.updated", (await writer.OnlyRecordAsync()).Event);
    }

    [Fact]
    public async Task Given_a_change_that_is_not_yet_recorded_When_an_interleaving_call_looks_Then_it_sees_what_was_before()
    {
        await using var host = await GrainHost.StartAsync();
        var practice = await host.FoundPracticeAsync();
        var administrator = practice.As(Role.Administrative).Reauthenticated();
        var user = practice.NewId();
        var created = await administrator.CallAsync(user, (IUserGrain g) => g.CreateAsync(
            new CreateUser("a.nurse", "Before", [Role.FrontDesk])));
        host.Publishing.Hold(r => r.Event == AuditEvents.UserUpdated.Code);

        var change = administrator.CallAsync(user, (IUserGrain g) => g.UpdateAsync(new UpdateUser("After", [Role.FrontDesk], null, false), created.Version));
        await host.Publishing.Held.Soon();
        Assert.Equal("Before", await NameInListAsync(practice, user));
        host.Publishing.Release();
        await change;

        Assert.Equal("After", await NameInListAsync(practice, user));
    }

    [Fact]
    public async Task Given_many_reads_When_the_log_is_asked_at_once_Then_every_one_is_in_the_answer()
    {
        await using var host = await GrainHost.StartAsync();
        var practice = await host.FoundPracticeAsync();
        for (var i = 0; i < 30; i++)
        {
            var reader = practice.As(Role.Clinical);
            await reader.CallAsync("practice", (IPracticeGrain g) => g.GetAsync());
            await reader.OnlyRecordAsync();
        }
    }

    [Fact]
    public async Task Given_a_question_that_waits_for_its_record_When_another_process_takes_it_in_Then_it_is_answered()
    {
        await using var host = await GrainHost.StartAsync();
        var practice = await host.FoundPracticeAsync();
        await FoundingIsOnTheLogsAsync(host, practice.Id);
        using var hangs = new Hang();
        host.Ledger.HoldAppends(hangs.Over);
        var published = new TaskCompletionSource<AuditRecord>(TaskCreationOptions.RunContinuationsAsynchronously);
        host.Publishing.Hold(record => record.Event == AuditEvents.AuditRead.Code && published.TrySetResult(record) && false);
        var looked = host.Ledger.MissAsync();

        var question = practice.As(Role.SecurityOfficer).CallAsync(
            AuditStream.TrailKeyName, (IAuditTrailGrain g) => g.QueryAsync(new AuditQuery(), new PageRequest(null, 10)));
        await looked;
        await host.Ledger.AppendElsewhereAsync(practice.Id.ToString("D"), await published.Task);

        Assert.Equal((await published.Task).Id, (await question).Items[0].Record.Id);
    }

    [Fact]
    public async Task Given_a_ledger_that_cannot_be_written_When_anything_is_asked_Then_it_is_refused_at_once_and_the_log_is_complete_later()
    {
        await using var host = await GrainHost.StartAsync();
        var practice = await host.FoundPracticeAsync();
        await FoundingIsOnTheLogsAsync(host, practice.Id);
        var reader = practice.As(Role.Clinical);
        host.Ledger.Break();
        await reader.CallAsync("practice", (IPracticeGrain g) => g.GetAsync());
        await host.Ledger.Refused.Soon();

        var officer = practice.As(Role.SecurityOfficer);
        await officer.RefusedAsync(ErrorCode.Unavailable, AuditStream.TrailKeyName, (IAuditTrailGrain g) => g.QueryAsync(new AuditQuery(), new PageRequest(null, 10)));
        await practice.As(Role.Clinical).RefusedAsync(ErrorCode.Unavailable, "practice", (IPracticeGrain g) => g.GetAsync());
        Assert.Equal(ClosedBecause.Append, host.Services.GetRequiredService<AuditGateState>().ReasonFor(practice.Id.ToString("D")));
        host.Ledger.Mend();
        await host.PassUntilOpenAsync(practice.Id.ToString("D"));

        Assert.Empty(await officer.TrailAsync());
        Assert.Equal("practice.read", (await reader.OnlyRecordAsync()).Event);
    }

    [Fact]
    public async Task Given_the_ledger_was_broken_at_a_stop_When_started_again_Then_what_was_published_arrives()
    {
        await using var host = await GrainHost.StartAsync();
        var practice = await host.FoundPracticeAsync();
        await FoundingIsOnTheLogsAsync(host, practice.Id);
        var reader = practice.As(Role.Clinical);
        host.Ledger.Break();
        await reader.CallAsync("practice", (IPracticeGrain g) => g.GetAsync());
        await host.Ledger.Refused.Soon();

        await host.RestartAsync();

        await host.Ledger.ArrivalAsync(practice.Id.ToString("D"), r => r.CorrelationId == reader.Caller.CorrelationId);
        await reader.OnlyRecordAsync();
    }

    // Else it is a record of the founding that the broken ledger refuses first.
    private static async Task FoundingIsOnTheLogsAsync(GrainHost host, Guid practice)
    {
        const int Accounts = 3;
        var codes = new HashSet<Guid>();
        await host.Ledger.ArrivalAsync(
            practice.ToString("D"), r => r.Event == AuditEvents.UserEnrolmentCodeIssued.Code && codes.Add(r.Id) && codes.Count == Accounts);
        await host.Ledger.ArrivalAsync(GrainKeys.System, r => r.Event == AuditEvents.PracticeFounded.Code && r.EntityId == practice.ToString("D"));
    }

    private static async Task<string> NameInListAsync(TestPractice practice, Guid user)
    {
        var page = await practice.As(Role.Administrative).CallAsync("users", (IUserRegistryGrain g) => g.ListAsync(new PageRequest(null, 200)));
        return page.Items.Single(u => u.Id == user).DisplayName;
    }
}
