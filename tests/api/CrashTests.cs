using System.Collections.Concurrent;
using System.Net;
using JamEmr.Access;
using JamEmr.Audit;
using JamEmr.Identity;
using JamEmr.Patients;
using JamEmr.Practices;

namespace JamEmr.Tests.Api;

/// <summary>kill -9 under load: what was acknowledged is there afterwards, with its audit record, once.</summary>
public sealed class CrashTests
{
    private const int Rounds = 10;
    private const int Writers = 8;
    private const string Password = "correct horse battery";

    [Fact]
    public async Task Given_load_When_killed_ten_times_Then_every_acknowledged_write_and_its_record_are_there()
    {
        var own = Directory.CreateTempSubdirectory("jamemr-crash-");
        try
        {
            var folder = Path.Combine(own.FullName, "data");
            var acknowledged = new ConcurrentDictionary<Guid, (int Version, string Family)>();
            var correlations = new ConcurrentBag<string>();
            var random = new Random(20261122);
            for (var round = 0; round < Rounds; round++)
            {
                using var server = await ServerProcess.StartAsync(folder);
                if (round == 0) await FoundAsync(server);
                await LoadUntilKilledAsync(server, round, random.Next(20, 120), acknowledged, correlations);
            }

            using var last = await ServerProcess.StartAsync(folder);
            using var desk = await SignInAsync(last.Address, "desk");
            using var officer = await SignInAsync(last.Address, "officer");
            Assert.True(acknowledged.Count >= Rounds * 5, $"Only {acknowledged.Count} writes were acknowledged: no load.");
            foreach (var (id, (version, family)) in acknowledged)
            {
                var found = await desk.GetAsync<PatientRecord>($"/v1/patients/{id}");
                Assert.True(found.Version >= version, $"Version {version} was acknowledged, {found.Version} is there.");
                if (found.Version == version) Assert.Equal(family, found.Demographics.Family);
            }

            var onLog = await ReadLogAsync(officer);
            Assert.Equal(onLog.Count, onLog.Select(r => r.Id).Distinct().Count());
            var written = onLog.Where(r => r.Event == AuditEvents.PatientRegistered.Code || r.Event == AuditEvents.PatientUpdated.Code)
                .GroupBy(r => r.CorrelationId, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Count(), StringComparer.Ordinal);
            Assert.All(correlations, c => Assert.Equal(1, written.GetValueOrDefault(c)));
        }
        finally
        {
            own.Delete(recursive: true);
        }
    }

    private static async Task LoadUntilKilledAsync(
        ServerProcess server, int round, int killAfter, ConcurrentDictionary<Guid, (int Version, string Family)> acknowledged, ConcurrentBag<string> correlations)
    {
        using var desk = await SignInAsync(server.Address, "desk");
        var done = 0;
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(async writer =>
        {
            try
            {
                for (var i = 0; ; i++)
                {
                    var person = new Demographics($"Crash{round}-{writer}-{i}", "Case", new DateOnly(1970, 1, 1), AdministrativeGender.Other, true);
                    var created = await desk.SendAsync(HttpMethod.Post, "/v1/patients", person);
                    if (created.Status != HttpStatusCode.Created) continue;
                    var patient = created.Read<PatientRecord>();
                    acknowledged[patient.Id] = (1, person.Family);
                    correlations.Add(created.CorrelationId);
                    var changed = person with { Family = person.Family + "b" };
                    var updated = await desk.SendAsync(HttpMethod.Put, $"/v1/patients/{patient.Id}", changed, version: 1);
                    if (updated.Status != HttpStatusCode.OK) continue;
                    acknowledged[patient.Id] = (2, changed.Family);
                    correlations.Add(updated.CorrelationId);
                    if (Interlocked.Increment(ref done) == killAfter) server.Kill();
                }
            }
            catch (HttpRequestException)
            {
                // The server is gone, as it should be: whatever was in flight is not acknowledged.
            }
        }));
        Assert.True(done >= killAfter);
    }

    private static async Task FoundAsync(ServerProcess server)
    {
        using var nobody = new ApiClient(server.Address);
        await nobody.PostAsync<PracticeRecord>("/v1/practice", new SetupRequest(
            server.SetupCode!, new FoundPractice("crash", "Crash", "UTC"), new CreateUser("admin", "Admin", Password, [Role.Administrative])));
        using var admin = await SignInAsync(server.Address, "admin");
        await admin.PostAsync<UserRecord>("/v1/users", new CreateUser("desk", "Desk", Password, [Role.FrontDesk]));
        await admin.PostAsync<UserRecord>("/v1/users", new CreateUser("officer", "Officer", Password, [Role.SecurityOfficer]));
    }

    private static async Task<ApiClient> SignInAsync(Uri address, string login)
    {
        var client = new ApiClient(address);
        client.Present((await client.PostAsync<OpenedSession>("/v1/sessions", new SignInRequest("crash", login, Password))).Token);
        return client;
    }

    private static async Task<List<AuditRecord>> ReadLogAsync(ApiClient officer)
    {
        List<AuditRecord> records = [];
        string? cursor = null;
        do
        {
            var page = await officer.GetAsync<AuditPage>($"/v1/audit/records?order=oldest&limit=200{(cursor is null ? "" : $"&cursor={cursor}")}");
            records.AddRange(page.Items.Select(i => i.Record));
            cursor = page.Next;
        }
        while (cursor is not null);
        return records;
    }
}
