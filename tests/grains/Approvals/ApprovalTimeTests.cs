using JamEmr.Access;
using JamEmr.Approvals;
using JamEmr.Audit;
using JamEmr.Common;
using JamEmr.Errors;
using JamEmr.Practices;
using Microsoft.Extensions.DependencyInjection;
using static JamEmr.Tests.Grains.Approvals.ApprovalSteps;

namespace JamEmr.Tests.Grains.Approvals;

/// <summary>What time, and somebody at the database, do to a request.</summary>
public sealed class ApprovalTimeTests
{
    [Fact]
    public async Task Given_a_request_that_nobody_decides_When_its_time_is_over_Then_it_expires_by_itself_and_cannot_be_approved()
    {
        await using var host = await GrainHost.StartAsync();
        var practice = await host.FoundPracticeAsync();
        var asked = await practice.As(Role.Administrative).Reauthenticated().AskAsync(practice.NewId(), Settings());
        var log = practice.Id.ToString("D");

        host.Time.Jump(TimeSpan.FromDays(7) - TimeSpan.FromSeconds(3));
        await host.PassUntilAsync(host.Ledger.ArrivalAsync(log, r => r.Event == AuditEvents.ApprovalExpired.Code));

        await practice.As(Role.SecurityOfficer).Reauthenticated().RefusedAsync(
            ErrorCode.Conflict, asked.Id, (IApprovalGrain g) => g.ApproveAsync(asked.RequestHash));
        Assert.Equal(ApprovalStatus.Expired, (await practice.As(Role.Administrative).ReadAsync(asked.Id)).Status);
        Assert.Empty(await host.RecordsAsync(practice.Id, AuditEvents.ConfigurationChanged));
    }

    [Fact]
    public async Task Given_the_last_moment_When_approved_in_it_Then_it_counts_and_a_moment_later_it_does_not()
    {
        await using var host = await GrainHost.StartAsync();
        var practice = await host.FoundPracticeAsync();
        var asker = practice.As(Role.Administrative).Reauthenticated();
        var (first, second) = (await asker.AskAsync(practice.NewId(), Settings(10)), await asker.AskAsync(practice.NewId(), Settings(11)));

        host.Time.Jump(TimeSpan.FromDays(7) - TimeSpan.FromTicks(1));
        Assert.Equal(ApprovalStatus.Executed, (await practice.As(Role.SecurityOfficer).Reauthenticated().ApproveAsync(first)).Status);
        host.Time.Jump(TimeSpan.FromTicks(1));
        await practice.As(Role.SecurityOfficer).Reauthenticated().RefusedAsync(
            ErrorCode.Conflict, second.Id, (IApprovalGrain g) => g.ApproveAsync(second.RequestHash));

        Assert.Single(await host.RecordsAsync(practice.Id, AuditEvents.ConfigurationChanged));
        Assert.Single(await host.RecordsAsync(practice.Id, AuditEvents.ApprovalExpired));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Given_a_request_altered_in_the_database_When_approved_Then_it_is_void_and_nothing_is_done(bool withItsHash)
    {
        var altering = new Altering();
        await using var host = await GrainHost.StartAsync(services => services.AddSingleton<IGrainStorageSerializer>(altering));
        var practice = await host.FoundPracticeAsync();
        var asked = await practice.As(Role.Administrative).Reauthenticated().AskAsync(practice.NewId(), Settings(10));
        altering.Alter = state =>
        {
            var canonical = state.Canonical.Replace("\"idleMinutes\":10", "\"idleMinutes\":15", StringComparison.Ordinal);
            Assert.NotEqual(state.Canonical, canonical);
            return withItsHash
                ? state with { Canonical = canonical, RequestHash = ApprovalRequests.HashOf(canonical) }
                : state with { Canonical = canonical };
        };
        await host.RestartAsync();

        var officer = practice.As(Role.SecurityOfficer).Reauthenticated();
        await officer.RefusedAsync(ErrorCode.Conflict, asked.Id, (IApprovalGrain g) => g.ApproveAsync(asked.RequestHash));

        Assert.Empty(await host.RecordsAsync(practice.Id, AuditEvents.ConfigurationChanged));
        if (withItsHash) return; // what is there now is another request, which nobody has seen: approving what was seen is refused
        Assert.Equal("request_altered", Assert.Single(await host.RecordsAsync(practice.Id, AuditEvents.ApprovalVoided)).Reason);
        var record = await officer.ReadAsync(asked.Id);
        Assert.Equal((ApprovalStatus.Voided, null), (record.Status, record.Request));
    }

    [Fact]
    public async Task Given_an_approved_request_altered_before_its_execution_When_tried_again_Then_it_is_void()
    {
        var altering = new Altering();
        await using var host = await GrainHost.StartAsync(services => services.AddSingleton<IGrainStorageSerializer>(altering));
        var practice = await host.FoundPracticeAsync();
        var asked = await practice.As(Role.Administrative).Reauthenticated().AskAsync(practice.NewId(), Settings(10));
        altering.FailPractice = true;
        Assert.Equal(ApprovalStatus.Approved, (await practice.As(Role.SecurityOfficer).Reauthenticated().ApproveAsync(asked)).Status);
        altering.FailPractice = false;
        altering.Alter = state =>
        {
            var canonical = state.Canonical.Replace("\"idleMinutes\":10", "\"idleMinutes\":15", StringComparison.Ordinal);
            return state with { Canonical = canonical, RequestHash = ApprovalRequests.HashOf(canonical) };
        };
        await host.RestartAsync();

        // The decision was on another hash.
        var record = await practice.As(Role.Administrative).ReadAsync(asked.Id);
        Assert.Equal((ApprovalStatus.Voided, "request_altered"), (record.Status, record.Reason));
        Assert.Empty(await host.RecordsAsync(practice.Id, AuditEvents.ConfigurationChanged));
    }

    /// <summary>Somebody at the database: what is read is not what was stored.</summary>
    private sealed class Altering : IGrainStorageSerializer
    {
        private readonly StateSerializer _inner = new();

        public Func<ApprovalState, ApprovalState>? Alter { get; set; }

        public bool FailPractice { get; set; }

        public BinaryData Serialize<T>(T input) =>
            FailPractice && input is Audited<PracticeState> ? throw new IOException("No space left on device (test).") : _inner.Serialize(input);

        public T Deserialize<T>(BinaryData input)
        {
            var state = _inner.Deserialize<T>(input);
            if (Alter is null || state is not Audited<ApprovalState> { Value: { } approval } stored) return state;
            return (T)(object)(stored with { Value = Alter(approval) });
        }
    }
}
