using JamEmr.Audit;
using JamEmr.Hosting;
using JamEmr.Ledger;
using JamEmr.Ledger.Checkpoints;
using JamEmr.Ledger.Witnessing;
using Microsoft.Extensions.DependencyInjection;

namespace JamEmr.Tests.Grains.Audit;

public sealed class CheckpointServiceTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("jamemr-checkpoints-").FullName;
    private readonly Watch _watch = new();

    private string KeyFile => Path.Combine(_folder, "keys");

    private CheckpointFolder Folder => new(Path.Combine(_folder, "checkpoints"));

    [Fact]
    public async Task Given_work_When_ten_seconds_pass_Then_every_log_is_outside_and_with_the_witness()
    {
        await using var host = await StartAsync();
        var practice = await host.FoundPracticeAsync();
        var log = practice.Id.ToString();
        var sent = _watch.NextAsync(log);
        await host.PassUntilAsync(sent);
        var checkpoint = Checkpoint.Parse((await sent).Text);
        Assert.True(checkpoint.Size > 0);
        Assert.Equal(checkpoint, Checkpoint.Parse(Folder.Newest(log)!.Text));
        Assert.Single(Folder.Newest("system")!.Verify(NoteKeyFile.Read(KeyFile, NoteKeyType.Ecdsa).Published.Verifiers));
    }

    [Fact]
    public async Task Given_records_after_the_last_round_When_the_host_stops_Then_they_are_published_too()
    {
        Guid practice;
        await using (var host = await StartAsync()) practice = (await host.FoundPracticeAsync()).Id;
        var published = Checkpoint.Parse(Folder.Newest(practice.ToString())!.Text);
        Assert.True(published.Size > 0);
        Assert.Equal(published.ToString(), _watch.Last(practice.ToString()).Text);
    }

    [Fact]
    public async Task Given_a_rotation_When_the_next_round_comes_Then_both_keys_sign_and_that_is_recorded()
    {
        await using var host = await StartAsync();
        var before = NoteKeyFile.Read(KeyFile, NoteKeyType.Ecdsa).Published.Keys[0].Key.Id;
        var rotated = host.Ledger.ArrivalAsync("system", record => record.Event == AuditEvents.CheckpointKeyRotated.Code && record.Detail["before"] == before);
        var after = NoteKeyFile.Rotate(KeyFile, NoteKeyType.Ecdsa, NoteKeyFile.DefaultOverlap, host.Time.GetUtcNow()).Keys[1].Key.Id;
        await host.PassUntilAsync(rotated);
        Assert.Equal($"{before},{after}", (await rotated).Detail["after"]);
        Assert.Equal(2, Folder.Newest("system")!.Signatures.Length);
    }

    [Fact]
    public async Task Given_a_witness_with_a_larger_signed_log_When_it_tells_Then_the_practice_is_refused()
    {
        await using var host = await StartAsync();
        var practice = await host.FoundPracticeAsync();
        _watch.Claim(practice.Id.ToString(), NoteKeyFile.Read(KeyFile, NoteKeyType.Ecdsa).SignersAt(host.Time.GetUtcNow())[0]);
        var alarm = host.Services.GetRequiredService<LedgerAlarm>();
        var gate = host.Services.GetRequiredService<AuditGateState>();
        await host.PassUntilAsync(() => gate.ReasonFor(practice.Id.ToString()) is ClosedBecause.Damaged);
        Assert.Contains("1000000", alarm.Reason(practice.Id.ToString()), StringComparison.Ordinal);
        Assert.Null(alarm.Reason("system"));
    }

    [Fact]
    public async Task Given_checkpoints_that_cannot_be_read_When_the_host_starts_Then_it_does_not()
    {
        await File.WriteAllTextAsync(Folder.Location, "no folder", TestContext.Current.CancellationToken);
        var refused = await Assert.ThrowsAsync<LedgerUnavailableException>(StartAsync);
        Assert.Contains("cannot be compared with its checkpoints", refused.Message, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private Task<GrainHost> StartAsync() => GrainHost.StartAsync(services =>
        services.AddCheckpoints(new CheckpointSettings(Folder.Location, KeyFile, TimeSpan.FromSeconds(10)), [_watch]));

    /// <summary>A witness that co-signs everything, until it claims to know better.</summary>
    private sealed class Watch : IWitness, IDisposable
    {
        private readonly Lock _gate = new();
        private readonly NoteSigner _key = NoteSigner.Create("watch", NoteKeyType.EcdsaCosignature);
        private readonly Dictionary<string, SignedNote> _last = new(StringComparer.Ordinal);
        private readonly Dictionary<string, TaskCompletionSource<SignedNote>> _waiting = new(StringComparer.Ordinal);
        private (string Log, NoteSigner Key)? _claim;

        public NoteVerifier Key => _key.Verifier;

        public Task<SignedNote> NextAsync(string log)
        {
            lock (_gate) return (_waiting[log] = new TaskCompletionSource<SignedNote>(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }

        public SignedNote Last(string log)
        {
            lock (_gate) return _last[log];
        }

        public void Claim(string log, NoteSigner key)
        {
            lock (_gate) _claim = (log, key);
        }

        public Task<WitnessAnswer> AddAsync(WitnessRequest request, CancellationToken ct)
        {
            var checkpoint = Checkpoint.Parse(request.Note.Text);
            var log = checkpoint.Origin.Split('/')[1];
            lock (_gate)
            {
                if (_claim?.Log == log) return Task.FromResult(new WitnessAnswer(WitnessReply.HasOther) { Size = 1_000_000 });
                _last[log] = request.Note;
                if (_waiting.Remove(log, out var waiting)) waiting.SetResult(request.Note);
            }

            return Task.FromResult(new WitnessAnswer(WitnessReply.Cosigned) { Signatures = [_key.Sign(request.Note.Text, DateTimeOffset.UnixEpoch)] });
        }

        public Task<SignedNote?> NewestAsync(string origin, CancellationToken ct)
        {
            lock (_gate)
            {
                return Task.FromResult(_claim is { } claim
                    ? SignedNote.Sign(new Checkpoint(origin, 1_000_000, default).ToString(), DateTimeOffset.UnixEpoch, claim.Key)
                    : null);
            }
        }

        public void Dispose() => _key.Dispose();
    }
}
