using System.Collections.Immutable;
using JamEmr.Access;
using JamEmr.Audit;
using JamEmr.Errors;
using JamEmr.Ledger.Merkle;
using JamEmr.Ledger.Postgres;
using JamEmr.Practices;
using Microsoft.Extensions.DependencyInjection;
using Orleans.TestingHost;

namespace JamEmr.Tests.Cluster.InProcess;

/// <summary>The audit path's own rules where streams deliver twice, late and in any order, two sinks append at once, and a silo is lost between
/// storing and publishing (DESIGN.md, Audit).</summary>
public sealed class AuditPathTests : IAsyncLifetime
{
    // Keeps every event that was confirmed, and hides two of three at first, so that later ones come before them.
    private const string Meddle = """
        CREATE TABLE kept (LIKE jamemr_stream_event);
        CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO kept SELECT OLD.*; RETURN OLD; END $$;
        CREATE TRIGGER keep AFTER DELETE ON jamemr_stream_event FOR EACH ROW EXECUTE FUNCTION keep();
        CREATE FUNCTION hide() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN NEW.visible_on := now() + (2 - NEW.id % 3) * interval '300 milliseconds'; RETURN NEW; END $$;
        CREATE TRIGGER hide BEFORE INSERT ON jamemr_stream_event FOR EACH ROW EXECUTE FUNCTION hide();
        """;

    private const string Again = """
        INSERT INTO jamemr_stream_event (service_id, provider_id, queue_id, payload)
        SELECT service_id, provider_id, queue_id, payload FROM kept ORDER BY id DESC
        """;

    private GrainHost _host = null!;
    private TestPractice _practice = null!;

    private string Log => _practice.Id.ToString("D");

    private string Key => GrainKeys.Of(_practice.Id, "practice");

    public async ValueTask InitializeAsync()
    {
        _host = await GrainHost.StartAsync(silos: 2);
        _practice = await _host.FoundPracticeAsync();
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Given_events_that_come_late_out_of_order_and_again_When_they_are_recorded_Then_the_log_has_each_once_and_never_changes()
    {
        await _host.Cluster.Database.ExecuteAsync(Meddle);
        var readers = Enumerable.Range(0, 30).Select(_ => _practice.As(Role.Clinical)).ToList();
        await Task.WhenAll(readers.Select((reader, i) => ReadAsync(SiloAt(i), reader)));
        await DeliveredAsync();
        await using var ledger = await LedgerAsync();
        var head = await ledger.HeadAsync(Log, TestContext.Current.CancellationToken);

        Assert.True(await _host.Cluster.Database.ExecuteAsync(Again) >= readers.Count);
        await DeliveredAsync();

        Assert.Equal(head, await ledger.HeadAsync(Log, TestContext.Current.CancellationToken));
        foreach (var reader in readers) Assert.Equal("practice.read", (await reader.OnlyRecordAsync()).Event);
    }

    [Fact]
    public async Task Given_two_sinks_of_one_log_When_both_append_Then_there_is_one_sequence_with_each_record_once()
    {
        await _practice.As(Role.SecurityOfficer).TrailAsync();
        await DeliveredAsync();
        await using var ledger = await LedgerAsync();
        var before = (await ledger.HeadAsync(Log, TestContext.Current.CancellationToken)).Size;
        var all = Enumerable.Range(0, 90).Select(Sample).ToImmutableArray();
        ImmutableArray<AuditRecord>[] shares = [all[..60], all[30..]];

        // Half of the middle comes to both.
        await Task.WhenAll(shares.Select((share, i) => Task.Run(async () =>
        {
            var intake = SiloAt(i).ServiceProvider.GetRequiredService<LedgerIntake>();
            foreach (var batch in share.Chunk(5)) await intake.AppendAsync(Log, [.. batch]);
        })));

        Assert.Equal(before + all.Length, (await ledger.HeadAsync(Log, TestContext.Current.CancellationToken)).Size);
        var places = new HashSet<long>();
        foreach (var record in all)
        {
            var entry = await ledger.FindAsync(Log, record.Id, TestContext.Current.CancellationToken);
            Assert.NotNull(entry);
            Assert.True(entry.Index >= before && places.Add(entry.Index));
        }
    }

    [Fact]
    public async Task Given_two_activations_of_a_sink_When_much_is_read_everywhere_Then_the_log_has_every_read_once()
    {
        // A call from outside is refused, and gives it an activation all the same.
        var sink = GrainKeys.Of(_practice.Id, AuditStream.KeyName);
        await _practice.As(Role.SecurityOfficer).TrailAsync();
        await Split.OfAsync(_host, _host.Anonymous().Caller, sink, (IAuditSinkGrain g) => Assert.ThrowsAsync<DomainException>(() => g.WaitForAsync(Guid.Empty)));
        var readers = Enumerable.Range(0, 30).Select(_ => _practice.As(Role.Clinical)).ToList();

        await Task.WhenAll(readers.Select((reader, i) => ReadAsync(SiloAt(i), reader)));

        foreach (var reader in readers) Assert.Equal("practice.read", (await reader.OnlyRecordAsync()).Event);
    }

    [Fact]
    public async Task Given_a_silo_lost_between_storing_and_publishing_When_the_record_is_read_elsewhere_Then_the_change_is_on_the_log_first_and_once()
    {
        var writer = _practice.As(Role.Administrative);
        await ReadAsync(SiloAt(0), _practice.As(Role.Clinical));
        var home = await _host.Cluster.SiloOfAsync(_host.Grains.GetGrain<IPracticeGrain>(Key).GetGrainId());
        _host.Publishing.Break();
        await writer.RefusedAsync(ErrorCode.Unavailable, "practice", (IPracticeGrain g) => g.UpdateAsync(new UpdatePractice("Changed", "America/New_York"), 1));

        await _host.Cluster.KillAsync(home!);
        _host.Publishing.Mend();
        var reader = _practice.As(Role.Clinical);
        var seen = await ReadWhenItCanBeAsync(reader);

        Assert.Equal(("Changed", 2), (seen.Name, seen.Version));
        Assert.Equal("practice.updated", (await writer.OnlyRecordAsync()).Event);
    }

    private InProcessSiloHandle SiloAt(int number) => _host.Cluster.Silos[number % _host.Cluster.Silos.Count];

    private Task<PracticeRecord> ReadAsync(InProcessSiloHandle silo, Actor reader) =>
        GrainHost.CallByAsync(silo, reader.Caller, Key, (IPracticeGrain g) => g.GetAsync());

    // Until the others have noticed that a silo is gone.
    private async Task<PracticeRecord> ReadWhenItCanBeAsync(Actor reader)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromMinutes(1));
        while (true)
        {
            try
            {
                return await ReadAsync(SiloAt(0), reader);
            }
            catch (Exception e) when (e is OrleansException or TimeoutException or DomainException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), limit.Token);
            }
        }
    }

    private Task<PostgresLedgerStore> LedgerAsync() => PostgresLedgerStore.OpenAsync(
        new PostgresLedgerOptions { ConnectionString = _host.Cluster.Database.Connection, ReadOnly = true, Timeout = TimeSpan.FromSeconds(30) }, TestContext.Current.CancellationToken);

    // An event stays in its table until every subscriber has dealt with it.
    private async Task DeliveredAsync()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromMinutes(1));
        while (await _host.Cluster.CountAsync("SELECT count(*) FROM jamemr_stream_event") > 0) await Task.Delay(TimeSpan.FromMilliseconds(50), limit.Token);
    }

    private AuditRecord Sample(int number) => new(
        Guid.CreateVersion7(_host.Time.GetUtcNow()),
        _host.Time.GetUtcNow(),
        AuditEvents.PracticeRead.Code,
        AuditEvents.PracticeRead.Action,
        AuditOutcome.Success,
        ActorKind.User,
        _practice.NewId(),
        [Role.Clinical],
        AuditEvents.PracticeRead.EntityType,
        _practice.Id.ToString("D"),
        Patient: null,
        Reason: null,
        CorrelationId: string.Create(System.Globalization.CultureInfo.InvariantCulture, $"sample-{number}"),
        SessionId: null,
        RemoteAddress: "192.0.2.8",
        PolicyHash: new string('a', 64),
        ContentHash: new string('b', 64),
        Detail: ImmutableSortedDictionary<string, string>.Empty);
}
