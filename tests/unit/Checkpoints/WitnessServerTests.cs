using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using JamEmr.Ledger.Checkpoints;
using JamEmr.Ledger.Witnessing;
using JamEmr.Witness;
using Microsoft.Extensions.Logging;

namespace JamEmr.Tests.Unit.Checkpoints;

public sealed class WitnessServerTests : IDisposable
{
    private readonly SemaphoreSlim _asked = new(0);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Given_a_log_that_grows_When_sent_Then_the_cosigned_checkpoints_are_kept_on_both_sides()
    {
        await using var clinic = await Installation.WithAsync(records: 5);
        await using var witness = await TempWitness.StartAsync(clinic.Publisher.Keys!.Verifiers, clinic.Time);
        using var client = witness.Client();
        var feed = clinic.FeedTo(client);
        for (var size = 5; size < 300; size += 100)
        {
            Assert.Equal(FeedStatus.Cosigned, Assert.Single(await feed.SendAsync(now: false, Ct)).Status);
            var stored = (await clinic.Ledger.CheckpointsAsync(Installation.Log, Ct)).Last(checkpoint => checkpoint.Witness == witness.Key.Name);
            Assert.Equal(size, stored.Size);
            var note = SignedNote.Parse(stored.Note);
            Assert.Equal(2, note.Verify([witness.Key, .. clinic.Publisher.Keys!.Verifiers]).Count);
            Assert.Equal(stored.Note, clinic.Folder.Witnessed(Installation.Log, witness.Key.Name)!.ToString());
            Assert.Equal(stored.Note, await File.ReadAllTextAsync(Assert.Single(Directory.GetFiles(witness.Folder, "*.checkpoint")), Ct));
            Assert.Equal(stored.Note, (await client.NewestAsync(clinic.Newest().Checkpoint.Origin, Ct))!.ToString());
            Assert.Empty(await feed.SendAsync(now: false, Ct)); // nothing new
            await clinic.AppendAsync(size, 100);
            await clinic.PublishAsync();
        }
    }

    [Fact]
    public async Task Given_a_witness_that_is_further_or_behind_When_the_service_restarts_Then_they_find_each_other()
    {
        await using var clinic = await Installation.WithAsync(records: 5);
        await using var witness = await TempWitness.StartAsync(clinic.Publisher.Keys!.Verifiers, clinic.Time);
        using var client = witness.Client();
        await clinic.FeedTo(client).SendAsync(now: false, Ct);
        Directory.GetFiles(Path.Combine(clinic.Folder.Location, Installation.Log), "witness-*").ToList().ForEach(File.Delete);
        await clinic.AppendAsync(5, 5);
        await clinic.PublishAsync();
        Assert.Equal(FeedStatus.Cosigned, Assert.Single(await clinic.FeedTo(client).SendAsync(now: false, Ct)).Status);

        await using var another = await TempWitness.StartAsync(clinic.Publisher.Keys!.Verifiers, clinic.Time);
        using var anotherClient = another.Client();
        Assert.Equal(FeedStatus.Cosigned, Assert.Single(await clinic.FeedTo(anotherClient).SendAsync(now: false, Ct)).Status);
    }

    [Fact]
    public async Task Given_an_older_copy_of_everything_here_When_started_Then_the_witness_knows_and_the_alarm_is_raised()
    {
        await using var clinic = await Installation.WithAsync(records: 5);
        await using var witness = await TempWitness.StartAsync(clinic.Publisher.Keys!.Verifiers, clinic.Time);
        using var client = witness.Client();
        await clinic.FeedTo(client).SendAsync(now: false, Ct);
        await clinic.StopAsync();
        var copy = clinic.Backup(all: true);
        await clinic.StartAsync();
        await clinic.AppendAsync(5, 5);
        await clinic.PublishAsync();
        Assert.Equal(FeedStatus.Cosigned, Assert.Single(await clinic.FeedTo(client).SendAsync(now: false, Ct)).Status);
        await clinic.StopAsync();
        clinic.Restore(copy);
        clinic.Time.Advance(TimeSpan.FromHours(1));

        await clinic.StartAsync();
        Assert.Empty(await clinic.PublishAsync()); // nothing on this machine tells
        Assert.Equal(FeedStatus.HasUnknown, Assert.Single(await clinic.FeedTo(client).SendAsync(now: false, Ct)).Status);
        var refused = Assert.Single(await clinic.PublishAsync());
        Assert.Equal(PublicationStatus.Refused, refused.Status);
        Assert.Contains($"{witness.Key.Name} has", clinic.Alarm.Reason(Installation.Log), StringComparison.Ordinal);
        Assert.Contains(witness.Log, line => line.Level == LogLevel.Critical && line.Text.Contains("went back", StringComparison.Ordinal));
        Assert.Single(witness.Evidence());
    }

    [Fact]
    public async Task Given_two_databases_with_one_key_When_both_send_Then_the_second_is_refused_and_finds_out()
    {
        await using var clinic = await Installation.WithAsync(records: 5);
        await clinic.StopAsync();
        var copy = clinic.Backup(all: true);
        await clinic.StartAsync();
        await clinic.AppendAsync(5, 10);
        await clinic.PublishAsync();
        await using var witness = await TempWitness.StartAsync(clinic.Publisher.Keys!.Verifiers, clinic.Time);
        using var client = witness.Client();
        await clinic.FeedTo(client).SendAsync(now: false, Ct);
        await clinic.StopAsync();
        clinic.Restore(copy);
        await clinic.StartAsync();
        await clinic.AppendAsync(1000, 20);
        await clinic.PublishAsync();

        Assert.Equal(FeedStatus.HasUnknown, Assert.Single(await clinic.FeedTo(client).SendAsync(now: false, Ct)).Status);
        await clinic.PublishAsync();
        Assert.Contains("rewritten", clinic.Alarm.Reason(Installation.Log), StringComparison.Ordinal);
        Assert.Contains(witness.Log, line => line.Level == LogLevel.Critical && line.Text.Contains("MISBEHAVES", StringComparison.Ordinal));
        Assert.Equal(15, Checkpoint.Parse((await client.NewestAsync(clinic.Newest().Checkpoint.Origin, Ct))!.Text).Size);
    }

    [Fact]
    public async Task Given_a_witness_that_lies_about_its_size_When_sent_Then_no_alarm_comes_of_it()
    {
        await using var clinic = await Installation.WithAsync(records: 5);
        using var key = NoteSigner.Create("liar", NoteKeyType.EcdsaCosignature);
        var feed = clinic.FeedTo(new Liar(key.Verifier));
        Assert.Equal(FeedStatus.Refused, Assert.Single(await feed.SendAsync(now: false, Ct)).Status);
        await clinic.PublishAsync();
        Assert.False(clinic.Alarm.IsRaised);
    }

    [Fact]
    public async Task Given_a_witness_out_of_reach_When_sent_Then_it_is_left_alone_ever_longer_and_the_others_are_served()
    {
        await using var clinic = await Installation.WithAsync(records: 5);
        await using var witness = await TempWitness.StartAsync(clinic.Publisher.Keys!.Verifiers, clinic.Time);
        using var client = witness.Client();
        var gone = await TempWitness.StartAsync(clinic.Publisher.Keys!.Verifiers, clinic.Time);
        using var dead = gone.Client();
        await gone.DisposeAsync();
        var feed = clinic.FeedTo(dead);
        Assert.Equal(FeedStatus.Unreachable, Assert.Single(await feed.SendAsync(now: false, Ct)).Status);
        Assert.Equal(FeedStatus.Cosigned, Assert.Single(await clinic.FeedTo(client).SendAsync(now: false, Ct)).Status);
        Assert.Null(feed.LastComplete);
        foreach (var wait in new[] { 10, 20, 40, 80, 160, 320, 600, 600 })
        {
            clinic.Time.Advance(TimeSpan.FromSeconds(wait - 1));
            Assert.Empty(await feed.SendAsync(now: false, Ct));
            clinic.Time.Advance(TimeSpan.FromSeconds(1));
            Assert.Single(await feed.SendAsync(now: false, Ct));
        }

        Assert.Single(await feed.SendAsync(now: true, Ct)); // a service that stops asks once more
    }

    [Fact]
    public async Task Given_a_witness_with_another_key_than_configured_When_sent_Then_its_signature_does_not_count()
    {
        await using var clinic = await Installation.WithAsync(records: 5);
        await using var witness = await TempWitness.StartAsync(clinic.Publisher.Keys!.Verifiers, clinic.Time);
        using var other = NoteSigner.Create(witness.Key.Name, NoteKeyType.EcdsaCosignature);
        using var client = new WitnessClient(witness.Address, other.Verifier);
        Assert.Equal(FeedStatus.Refused, Assert.Single(await clinic.FeedTo(client).SendAsync(now: false, Ct)).Status);
        Assert.Null(clinic.Folder.Witnessed(Installation.Log, witness.Key.Name));
    }

    [Fact]
    public async Task Given_requests_of_every_kind_When_sent_Then_the_answers_are_those_of_the_specification()
    {
        await using var clinic = await Installation.WithAsync(records: 5);
        await using var witness = await TempWitness.StartAsync(clinic.Publisher.Keys!.Verifiers, clinic.Time);
        using var stranger = NoteSigner.Create("stranger", NoteKeyType.Ecdsa);
        var note = clinic.Newest().Note;
        var foreign = SignedNote.Sign(note.Text.Replace("jamemr-", "other-", StringComparison.Ordinal), clinic.Time.GetUtcNow(), stranger);
        using var http = new HttpClient { BaseAddress = witness.Address };

        Assert.Equal((200, "text/plain"), await PostAsync($"old 0\n\n{note}"));
        Assert.Equal((409, "text/x.tlog.size"), await PostAsync($"old 0\n\n{note}"));
        Assert.Equal((200, "text/plain"), await PostAsync($"old 5\n\n{note}"));
        Assert.Equal((422, "text/plain"), await PostAsync($"old 5\n{Convert.ToBase64String(new byte[32])}\n\n{note}"));
        Assert.Equal((400, "text/plain"), await PostAsync($"old 6\n\n{note}"));
        Assert.Equal((400, "text/plain"), await PostAsync("nonsense"));
        Assert.Equal((403, "text/plain"), await PostAsync($"old 0\n\n{SignedNote.Sign(note.Text, clinic.Time.GetUtcNow(), stranger)}"));
        Assert.Equal((404, "text/plain"), await PostAsync($"old 0\n\n{foreign}"));
        Assert.Equal((413, "text/plain"), await PostAsync(new string('x', WitnessRequest.MaxBytes + 1)));
        using var conflict = await http.PostAsync(new Uri("add-checkpoint", UriKind.Relative), new StringContent($"old 0\n\n{note}"), Ct);
        Assert.Equal("5\n", await conflict.Content.ReadAsStringAsync(Ct));

        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(clinic.Newest().Checkpoint.Origin)));
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(new Uri($"{hash}/checkpoint", UriKind.Relative), Ct)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync(new Uri($"{new string('0', 64)}/checkpoint", UriKind.Relative), Ct)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync(new Uri($"{Uri.EscapeDataString("../" + new string('a', 61))}/checkpoint", UriKind.Relative), Ct)).StatusCode);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await http.GetAsync(new Uri("add-checkpoint", UriKind.Relative), Ct)).StatusCode);

        async Task<(int Status, string? Type)> PostAsync(string body)
        {
            using var answer = await http.PostAsync(new Uri("add-checkpoint", UriKind.Relative), new StringContent(body), Ct);
            return ((int)answer.StatusCode, answer.Content.Headers.ContentType?.MediaType);
        }
    }

    [Fact]
    public async Task Given_a_witness_with_a_certificate_When_sent_Then_only_who_trusts_it_reaches_it()
    {
        await using var clinic = await Installation.WithAsync(records: 5);
        var folder = Directory.CreateTempSubdirectory("jamemr-tls-").FullName;
        try
        {
            var tls = (Path.Combine(folder, "cert.pem"), Path.Combine(folder, "key.pem"));
            await WriteCertificateAsync(tls);
            await using var witness = await TempWitness.StartAsync(clinic.Publisher.Keys!.Verifiers, clinic.Time, tls: tls);
            Assert.Equal("https", witness.Address.Scheme);
            using var stranger = witness.Client();
            Assert.Equal(FeedStatus.Unreachable, Assert.Single(await clinic.FeedTo(stranger).SendAsync(now: false, Ct)).Status);
            var options = new CheckpointOptions { Witnesses = { new WitnessOptions { Url = witness.Address, Key = witness.Key.ToString(), CertificateFile = tls.Item1 } } };
            Assert.Empty(options.Failures("Checkpoints"));
            using var friend = Assert.Single(options.Clients());
            Assert.Equal(FeedStatus.Cosigned, Assert.Single(await clinic.FeedTo(friend).SendAsync(now: false, Ct)).Status);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData("http://witness.example/")]
    [InlineData("http://192.0.2.1:8500/")]
    [InlineData("ftp://127.0.0.1/")]
    [InlineData("https://user:secret@witness.example/")]
    public void Given_an_address_that_is_not_safe_When_configured_Then_it_is_refused(string address)
    {
        using var key = NoteSigner.Create("w1", NoteKeyType.EcdsaCosignature);
        var options = new CheckpointOptions { Witnesses = { new WitnessOptions { Url = new Uri(address), Key = key.Verifier.ToString() } } };
        var failure = Assert.Single(options.Failures("Checkpoints"));
        Assert.Contains("https", failure, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", failure, StringComparison.Ordinal);
    }

    [Fact]
    public void Given_no_certificate_When_it_would_serve_other_machines_Then_it_does_not_start()
    {
        using var key = NoteSigner.Create("jamemr-1", NoteKeyType.Ecdsa);
        var options = new WitnessServerOptions { Listen = new IPEndPoint(IPAddress.Any, 0), StateFolder = "unused", LogKeys = [key.Verifier] };
        Assert.Contains("certificate", Assert.Throws<ArgumentException>(() => WitnessServer.Create(options, TimeProvider.System, _ => { })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_a_witness_killed_at_any_moment_When_started_again_Then_it_has_what_it_answered_and_never_less()
    {
        await using var clinic = await Installation.WithAsync(records: 1);
        var state = Directory.CreateTempSubdirectory("jamemr-witness-").FullName;
        var keys = Path.Combine(clinic.Folder.Location, PublishedKeys.FileName);
        var random = new Random(20260302);
        var (size, answered) = (1, 0L);
        try
        {
            for (var round = 0; round < 4; round++)
            {
                using var process = await WitnessProcess.StartAsync(state, keys, Ct);
                var newest = await process.Client.NewestAsync(clinic.Newest().Checkpoint.Origin, Ct);
                Assert.True((newest is null ? 0 : Checkpoint.Parse(newest.Text).Size) >= answered);
                var feed = clinic.FeedTo(process.Client);
                var killed = KillAfterAsync(process, random.Next(1, 12));
                while (!killed.IsCompleted)
                {
                    var sent = size;
                    if ((await feed.SendAsync(now: true, Ct)).Any(result => result.Status == FeedStatus.Cosigned)) answered = sent;
                    await clinic.AppendAsync(size++, 1);
                    await clinic.PublishAsync();
                    _asked.Release();
                }

                await killed;
            }
        }
        finally
        {
            Directory.Delete(state, recursive: true);
        }

        Assert.False(clinic.Alarm.IsRaised);
        Assert.True(answered > 1);
    }

    public void Dispose() => _asked.Dispose();

    // After a number of requests rather than a time, from another thread: where in a request it strikes is left to chance.
    private async Task KillAfterAsync(WitnessProcess process, int requests)
    {
        for (var i = 0; i < requests; i++) await _asked.WaitAsync(TimeSpan.FromSeconds(30), Ct);
        await process.KillAsync(Ct);
    }

    private static async Task WriteCertificateAsync((string Certificate, string Key) files)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        using var certificate = request.CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
        await File.WriteAllTextAsync(files.Certificate, certificate.ExportCertificatePem(), Ct);
        await File.WriteAllTextAsync(files.Key, key.ExportPkcs8PrivateKeyPem(), Ct);
    }

    private sealed class Liar(NoteVerifier key) : IWitness
    {
        public NoteVerifier Key { get; } = key;

        public Task<WitnessAnswer> AddAsync(WitnessRequest request, CancellationToken ct) => Task.FromResult(new WitnessAnswer(WitnessReply.HasOther) { Size = 1_000_000 });

        public Task<SignedNote?> NewestAsync(string origin, CancellationToken ct)
        {
            using var forger = NoteSigner.Create(origin.Split('/')[0], NoteKeyType.Ecdsa);
            return Task.FromResult<SignedNote?>(SignedNote.Sign(new Checkpoint(origin, 1_000_000, default).ToString(), DateTimeOffset.UnixEpoch, forger));
        }
    }
}
