using System.Text.Json;
using JamEmr.Access;
using JamEmr.Audit;
using JamEmr.Cli;
using JamEmr.Cli.Commands;
using JamEmr.Encounters;
using JamEmr.Patients;

namespace JamEmr.Tests.Api;

/// <summary><c>jamemr audit …</c> against the real server, over real TLS with its own certificate.</summary>
public sealed class AuditCliTests(ApiServer server) : IClassFixture<ApiServer>, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("jamemr-cli-").FullName;

    private string Ca => Path.Combine(server.DataFolder, "tls", "localhost.crt");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Given_conditions_When_records_are_listed_Then_a_table_and_a_cursor_to_go_on()
    {
        var patient = await RegisterAsync();
        await server.As(Role.Clinical).GetAsync<PatientRecord>($"/v1/patients/{patient}");
        var (code, output, error) = await AskAsync("records", "--patient", $"{patient}", "--category", "patient", "--order", "oldest", "--limit", "1");
        Assert.True(code == ExitCodes.Done, error);
        Assert.StartsWith("index  time ", output, StringComparison.Ordinal);
        Assert.Contains("patient.registered", output, StringComparison.Ordinal);
        var cursor = output[(output.IndexOf("--cursor ", StringComparison.Ordinal) + 9)..].Trim();

        var next = await AskAsync("records", "--patient", $"{patient}", "--category", "patient", "--order", "oldest", "--limit", "1", "--cursor", cursor, "--json");
        var item = Assert.Single(JsonDocument.Parse(next.Output).RootElement.GetProperty("items").EnumerateArray());
        Assert.Equal("patient.read", item.GetProperty("record").GetProperty("event").GetString());
    }

    [Fact]
    public async Task Given_a_patient_and_a_request_When_asked_about_Then_access_actor_correlation_counts_and_disclosures_answer()
    {
        var patient = await RegisterAsync();
        var read = await server.As(Role.Clinical).SendAsync(HttpMethod.Get, $"/v1/patients/{patient}");
        var record = await Log.OneAsync(server, read, AuditEvents.PatientRead);
        await server.As(Role.FrontDesk).PostAsync<DisclosureRecord>(
            $"/v1/patients/{patient}/disclosures", new RecordDisclosure(DateOnly.FromDateTime(server.Time.GetUtcNow().UtcDateTime), "Court", null, "Chart", "Order"));

        foreach (var (words, expected) in new (string[], string)[]
        {
            (["access", $"{patient}"], "patient.read success 1"),
            (["actor", $"{record.ActorId}", "--patient", $"{patient}"], "patient.read"),
            (["correlation", read.CorrelationId], "patient.read"),
            (["counts", "--by", "actor,action", "--patient", $"{patient}"], $"{record.ActorId}"),
            (["disclosures", $"{patient}", "--for-patient"], "Court"),
            (["log"], "The log has "),
        })
        {
            var (code, output, error) = await AskAsync(words);
            Assert.True(code == ExitCodes.Done, $"{words[0]}: {error}");
            Assert.Contains(expected, output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Given_an_encounter_When_its_trail_is_asked_for_Then_its_steps_are_shown()
    {
        var encounter = await server.As(Role.Clinical).PostAsync<EncounterRecord>("/v1/encounters", new OpenEncounter(await RegisterAsync()));
        var (code, output, error) = await AskAsync("trail", $"{encounter.Id}", "--proofs");
        Assert.True(code == ExitCodes.Done, error);
        Assert.Contains("encounter.opened", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_an_export_When_asked_Then_a_private_file_is_written_once_and_only_after_reauthentication()
    {
        var file = Path.Combine(_folder, "audit.csv");
        await server.PassAsync(TimeSpan.FromMinutes(6));
        var refused = await AskAsync("export", "--format", "csv", "--out", file);
        Assert.Equal(ExitCodes.Failed, refused.Code);
        Assert.Contains("reauthentication_required", refused.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_folder, "audit*"));

        await ApiServer.ReauthenticateAsync(server.As(Role.PrivacyOfficer));
        Assert.Equal(ExitCodes.Done, (await AskAsync("export", "--format", "csv", "--category", "practice", "--out", file)).Code);
        Assert.StartsWith("index,id,time,", await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken), StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        Assert.Equal(ExitCodes.Failed, (await AskAsync("export", "--format", "csv", "--out", file)).Code);

        var shown = await AskAsync("export", "--format", "ndjson", "--category", "practice", "--out", "-");
        Assert.All(shown.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => JsonDocument.Parse(line));
    }

    [Fact]
    public async Task Given_a_feed_When_resumed_after_an_index_Then_what_follows_is_printed()
    {
        await server.As(Role.Clinical).SendAsync(HttpMethod.Get, "/v1/practice");
        var (code, output, error) = await AskAsync("feed", "--after", "0", "--count", "2", "--json");
        Assert.True(code == ExitCodes.Done, error);
        Assert.Equal([1, 2], output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("index").GetInt64()));
    }

    [Fact]
    public async Task Given_something_wrong_When_asked_Then_one_line_says_what_to_do_and_never_the_token()
    {
        var token = server.As(Role.PrivacyOfficer).Token!;
        foreach (var (words, expected, code) in new (string[], string, int)[]
        {
            (["records", "--action", "none"], "(invalid_request at /action, correlation id", ExitCodes.Failed),
            (["records", "--from", "yesterday"], "is not a time", ExitCodes.Usage),
            (["access", "someone"], "someone", ExitCodes.Usage),
            (["export", "--format", "xml", "--out", "-"], "xml", ExitCodes.Usage),
            (["trail", $"{Guid.Empty}"], "not_found", ExitCodes.Failed),
        })
        {
            var told = await AskAsync(words);
            Assert.Equal(code, told.Code);
            Assert.Contains(expected, told.Error + told.Output, StringComparison.Ordinal);
            Assert.DoesNotContain(token, told.Error + told.Output, StringComparison.Ordinal);
        }

        Assert.Contains("https", (await RunAsync("audit", "log", "--server", "http://localhost:1", "--token-file", TokenFile(token))).Error, StringComparison.Ordinal);
        Assert.Contains("cannot be reached", (await RunAsync("audit", "log", "--server", server.Address.ToString(), "--token-file", TokenFile(token))).Error, StringComparison.Ordinal);
        Assert.Contains("no token", (await RunAsync("audit", "log", "--server", server.Address.ToString(), "--token-file", TokenFile(" "))).Error, StringComparison.Ordinal);
        Assert.Contains("--server", (await RunAsync("audit", "log")).Error, StringComparison.Ordinal);
        Assert.Contains("unauthenticated", (await RunAsync("audit", "log", "--server", server.Address.ToString(), "--ca", Ca, "--token-file", TokenFile("wrong"))).Error, StringComparison.Ordinal);
        if (OperatingSystem.IsWindows()) return;
        var open = TokenFile(token);
        File.SetUnixFileMode(open, UnixFileMode.UserRead | UnixFileMode.OtherRead);
        Assert.Contains("chmod 600", (await RunAsync("audit", "log", "--server", server.Address.ToString(), "--token-file", open)).Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("records")]
    [InlineData("access")]
    [InlineData("actor")]
    [InlineData("correlation")]
    [InlineData("disclosures")]
    [InlineData("trail")]
    [InlineData("counts")]
    [InlineData("log")]
    [InlineData("export")]
    [InlineData("feed")]
    public async Task Given_help_When_asked_Then_it_ends_with_an_example(string command)
    {
        var (code, output, _) = await RunAsync("audit", command, "--help");
        Assert.Equal(ExitCodes.Done, code);
        Assert.Contains($"  jamemr audit {command} ", output[output.IndexOf("Examples:", StringComparison.Ordinal)..], StringComparison.Ordinal);
        Assert.DoesNotContain("--token ", output, StringComparison.Ordinal);
    }

    private Task<(int Code, string Output, string Error)> AskAsync(params string[] words) =>
        RunAsync(["audit", .. words, "--server", server.Address.ToString(), "--ca", Ca, "--token-file", TokenFile(server.As(Role.PrivacyOfficer).Token!)]);

    private async Task<(int Code, string Output, string Error)> RunAsync(params string[] args)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        var code = await CommandLine.RunAsync(args, output, error, AuditCommand.Create(server.Time));
        return (code, output.ToString(), error.ToString());
    }

    private string TokenFile(string token)
    {
        var file = Path.Combine(_folder, Path.GetRandomFileName());
        File.WriteAllText(file, token + "\n");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return file;
    }

    private async Task<Guid> RegisterAsync() => (await server.As(Role.FrontDesk).PostAsync<PatientRecord>(
        "/v1/patients", new Demographics("Told", "Tim", new DateOnly(1960, 1, 2), AdministrativeGender.Other, true))).Id;
}
