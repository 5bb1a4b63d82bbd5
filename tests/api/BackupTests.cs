using System.Net;
using JamEmr.Access;
using JamEmr.Audit;
using JamEmr.Cli;
using JamEmr.Cli.Transfer;
using JamEmr.Ledger.Checkpoints;
using JamEmr.Patients;

namespace JamEmr.Tests.Api;

/// <summary><c>jamemr backup</c> of the real server while it works, and what it is after <c>jamemr restore</c>.</summary>
public sealed class BackupTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Given_a_server_at_work_When_backed_up_and_its_disk_is_lost_Then_the_restored_one_has_all_that_was_acknowledged_before()
    {
        await using var server = new ApiServer();
        await server.InitializeAsync();
        var before = new List<Guid>();
        for (var n = 0; n < 5; n++) before.Add(await RegisterAsync(server));
        var backup = server.DataFolder + ".backup";
        using var stop = new CancellationTokenSource();
        var work = WorkAsync(server, stop.Token);
        await RunAsync(server, "backup", "--data", server.DataFolder, "--out", backup);
        await stop.CancelAsync();
        var further = await work;
        await server.StopServingAsync();

        // All of the disk: the checkpoints that would show what is missing too.
        Directory.Delete(server.DataFolder, recursive: true);
        Directory.Delete(CheckpointFolder.BesideFolder(server.DataFolder), recursive: true);
        var said = await RunAsync(server, "restore", "--from", backup, "--data", server.DataFolder);
        Assert.Contains("nothing shows that this backup is the newest", said, StringComparison.Ordinal);
        await server.RestartAsync();

        foreach (var patient in before) await server.As(Role.Clinical).GetAsync<PatientRecord>($"/v1/patients/{patient}");
        // Of what was done meanwhile, whatever is there is on the log, and nothing is on the log that is not there.
        foreach (var patient in further)
        {
            var there = (await server.As(Role.Clinical).SendAsync(HttpMethod.Get, $"/v1/patients/{patient}")).Status is HttpStatusCode.OK;
            var records = await server.As(Role.PrivacyOfficer).GetAsync<AuditPage>($"/v1/audit/records?event={AuditEvents.PatientRegistered.Code}&patient={patient}");
            Assert.Equal(there ? 1 : 0, records.Items.Count(record => record.Record.Outcome is AuditOutcome.Success));
        }

        Assert.NotEqual(Guid.Empty, await RegisterAsync(server));
    }

    [Fact]
    public async Task Given_records_signed_after_the_backup_When_it_is_restored_Then_it_says_so_and_the_server_does_not_serve()
    {
        await using var server = new ApiServer();
        await server.InitializeAsync();
        var backup = server.DataFolder + ".backup";
        await RunAsync(server, "backup", "--data", server.DataFolder, "--out", backup);
        await RegisterAsync(server);
        await server.StopServingAsync();
        Directory.Move(server.DataFolder, server.DataFolder + ".lost");

        var said = await RunAsync(server, "restore", "--from", backup, "--data", server.DataFolder);
        Assert.Contains("were signed: the newer ones are not in it. The service will refuse to serve", said, StringComparison.Ordinal);
        Assert.Contains("went back", (await Assert.ThrowsAnyAsync<Exception>(server.RestartAsync)).Message, StringComparison.Ordinal);
    }

    private static async Task<Guid> RegisterAsync(ApiServer server) => (await server.As(Role.FrontDesk).PostAsync<PatientRecord>(
        "/v1/patients", new Demographics("Quist", "Case", new DateOnly(1970, 1, 1), AdministrativeGender.Other, true))).Id;

    private static async Task<List<Guid>> WorkAsync(ApiServer server, CancellationToken stop)
    {
        var made = new List<Guid>();
        while (!stop.IsCancellationRequested) made.Add(await RegisterAsync(server));
        return made;
    }

    private static async Task<string> RunAsync(ApiServer server, params string[] args)
    {
        await using var output = new StringWriter();
        await using var error = new StringWriter();
        var code = await CommandLine.RunAsync(args, output, error, BackupCommand.Create(server.Time), RestoreCommand.Create(server.Time));
        Assert.True(code == ExitCodes.Done, error.ToString());
        return error.ToString();
    }
}
