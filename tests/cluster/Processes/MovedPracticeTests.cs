extern alias cli;

using System.Globalization;
using cli::JamEmr.Cli;
using cli::JamEmr.Cli.Commands;
using cli::JamEmr.Cli.Transfer;
using JamEmr.Bench.Crash;
using JamEmr.Ledger;
using JamEmr.Ledger.Checkpoints;
using JamEmr.Ledger.Postgres;
using JamEmr.Ledger.Sqlite;
using JamEmr.Tests.Support;
using JamEmr.Tests.Support.Cluster;

namespace JamEmr.Tests.Cluster.Processes;

/// <summary>A practice that began on one machine, in the embedded service, and goes on in a cluster after <c>jamemr migrate --from</c>.</summary>
[Collection("Processes")]
public sealed class MovedPracticeTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("jamemr-moved-").FullName;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private string Data => Path.Combine(_root, "data");

    [Fact]
    public async Task Given_a_practice_of_the_embedded_service_When_moved_Then_a_cluster_goes_on_with_its_charts_sessions_and_log()
    {
        using var http = Http.NewClient();
        var (people, patients, before) = await EmbeddedAsync(http);
        var (log, head) = await PracticeLogAsync();
        await using var database = await ClusterDatabase.CreateAsync();
        await MoveAsync(database);

        await using var cluster = await ClusterUnderTest.StartAsync(Plan(database), Ct);
        Assert.Empty(cluster.SetupCode);
        var door = cluster.Addresses[0];
        for (var n = 0; n < patients.Count; n++)
            Assert.Equal(before[n], (await http.DoAsync(door, new Ask(HttpMethod.Get, patients[n], people.Doctor), Ct)).GetRawText());
        var changed = await http.DoAsync(door, new Ask(HttpMethod.Put, patients[0], people.Desk, Registered.Person(0, "Moved"), 1), Ct);
        Assert.Equal(2, changed.GetProperty("version").GetInt32());
        var further = await http.DoAsync(door, new Ask(HttpMethod.Post, "/v1/patients", people.Desk, Registered.Person(7, "Further")), Ct);
        Assert.Equal("MRN-000004", further.GetProperty("mrn").GetString());
        var records = await http.DoAsync(door, new Ask(HttpMethod.Get, "/v1/audit/records?limit=200&order=oldest", people.Officer), Ct);
        Assert.Equal(Enumerable.Range(0, (int)head.Size), records.GetProperty("items").EnumerateArray().Take((int)head.Size).Select(item => item.GetProperty("index").GetInt32()));

        await using var ledger = await PostgresLedgerStore.OpenAsync(new PostgresLedgerOptions { ConnectionString = database.Connection, Timeout = TimeSpan.FromSeconds(30) }, Ct);
        var grown = await ledger.HeadAsync(log, Ct);
        Assert.True(grown.Size > head.Size);
        Assert.Equal(head.Root, (await ledger.ConsistencyProofAsync(log, head.Size, grown.Size, Ct)).Root1);
    }

    [Theory]
    [InlineData("patient", "0195d3f0-0000-7000-8000-000000000001/0195d3f0-0000-7000-8000-0000000000aa")]
    [InlineData("service", "system/service")]
    [InlineData("a", "é/b")]
    public void Given_a_grain_When_hashed_for_its_reminders_Then_it_is_as_Orleans_does(string type, string key) =>
        Assert.Equal(unchecked((int)GrainId.Create(type, key).GetUniformHashCode()), UniformHash.Of(type, key));

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private static string EmbeddedServer()
    {
        var own = new DirectoryInfo(AppContext.BaseDirectory);
        var path = Path.Combine(own.Parent!.Parent!.Parent!.Parent!.FullName, "Embedded", "bin", "JamEmr.Api", own.Name, "JamEmr.Api.dll");
        Assert.SkipUnless(File.Exists(path), $"There is no {path}: build api with the embedded engine and configuration {own.Name} first.");
        return path;
    }

    private async Task<(People People, IReadOnlyList<string> Patients, List<string> Before)> EmbeddedAsync(HttpClient http)
    {
        using var server = ServerUnderTest.Launch(EmbeddedServer(), Data);
        var door = await server.ServesAsync(Ct);
        var (people, _, _) = await People.FoundAsync(http, door, server.SetupCode!, Ct);
        var patients = await Registered.ManyAsync(http, door, people.Desk, 3, Ct);
        var before = new List<string>();
        foreach (var patient in patients) before.Add((await http.DoAsync(door, new Ask(HttpMethod.Get, patient, people.Doctor), Ct)).GetRawText());
        Assert.Equal(0, await server.StopAsync(Ct));
        return (people, patients, before);
    }

    private async Task<(string Log, TreeHead Head)> PracticeLogAsync()
    {
        await using var ledger = await SqliteLedgerStore.OpenAsync(Path.Combine(Data, "ledger"), new SqliteLedgerOptions { ReadOnly = true }, Ct);
        var log = Assert.Single(await ledger.LogsAsync(Ct), log => log != "system");
        return (log, await ledger.HeadAsync(log, Ct));
    }

    private async Task MoveAsync(ClusterDatabase database)
    {
        var file = Path.Combine(_root, "database");
        await File.WriteAllTextAsync(file, database.Connection + "\n", Ct);
        await using var output = new StringWriter(CultureInfo.InvariantCulture);
        await using var error = new StringWriter(CultureInfo.InvariantCulture);
        var code = await CommandLine.RunAsync(
            ["migrate", "--database-file", file, "--from", Data], output, error, MigrateCommand.Create(TimeProvider.System));
        Assert.True(code == ExitCodes.Done, error.ToString());
        Assert.Contains("proven to be the same", output.ToString(), StringComparison.Ordinal);
    }

    // The keys of the folder, and the checkpoints: the silo proves that the log continues what the embedded service signed.
    private ClusterPlan Plan(ClusterDatabase database) => new(database.Connection)
    {
        Silos = 1,
        Apis = 1,
        Settings = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["JamEmr__Cluster__MasterKeyFile"] = Data + ".master-key",
            ["JamEmr__Checkpoints__KeyFile"] = NoteKeyFile.BesideFolder(Data),
            ["JamEmr__Checkpoints__Folder"] = CheckpointFolder.BesideFolder(Data),
        },
    };
}
