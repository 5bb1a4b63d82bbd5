using System.Globalization;
using System.Text;
using JamEmr.Access;
using JamEmr.Identity;
using JamEmr.Tests.Api.Faults;
using JamEmr.Tokens;

namespace JamEmr.Tests.Api.Canaries;

/// <summary>A real server with every log level on and telemetry sent, all of its API used: then everything it wrote is searched for every secret
/// that was ever typed or given, and for every word of its patients.</summary>
public sealed class CanaryTests
{
    private const string Wrong = "Zanzibar-Wrong-Password-4711";
    private const string InWrongField = "zanzibar.typed.as.login.4712";

    [Fact]
    public async Task Given_every_secret_there_is_When_all_that_a_server_writes_is_searched_Then_none_of_them_is_there()
    {
        var own = Directory.CreateTempSubdirectory("jamemr-canary-").FullName;
        var data = Path.Combine(own, "data");
        try
        {
            await using var telemetry = await TelemetryListener.StartAsync();
            using var server = await ServerProcess.StartAsync(data, Everything(telemetry));
            var canaries = new CanarySet();
            canaries.Add("password", ApiServer.Password);
            canaries.Add("password", Wrong);
            canaries.Add("password", InWrongField);
            canaries.Add("set-up code", server.SetupCode);
            canaries.Add("master key", await File.ReadAllTextAsync(data + ".master-key", TestContext.Current.CancellationToken) is var key ? key.Trim() : null);
            using var planted = await PlantedPractice.FoundAsync(server, canaries.See);
            foreach (var word in planted.Words) canaries.Add("patient", word);
            await UseAsync(server, planted, canaries);
            using var sweep = new RouteSweep(server.Address, planted);
            var answers = await sweep.RunAsync();
            foreach (var answer in answers) canaries.See(answer.Route, answer.Status, answer.Body);

            Assert.All(
                ["password", "set-up code", "master key", "enrolment code", "authenticator secret", "recovery code", "session", "token", "cookie", "patient"],
                kind => Assert.True(canaries.Kinds[kind].Any(), $"There is no {kind} to look for."));
            var refusals = string.Join('\n', answers.Where(answer => (int)answer.Status >= 400).Select(answer => answer.Headers + answer.Body));
            Nowhere(canaries, "errors", Encoding.UTF8.GetBytes(refusals));
            foreach (var file in new[] { "cmdline", "environ" })
                Nowhere(canaries, file, await File.ReadAllBytesAsync(string.Create(CultureInfo.InvariantCulture, $"/proc/{server.Id}/{file}"), TestContext.Current.CancellationToken));
            foreach (var format in new[] { "ndjson", "csv", "fhir" })
            {
                var export = await planted.As(Role.SecurityOfficer).SendAsync(HttpMethod.Get, $"/v1/audit/export?format={format}");
                Assert.Equal(System.Net.HttpStatusCode.OK, export.Status);
                Nowhere(canaries, format, Encoding.UTF8.GetBytes(export.Body));
            }

            Search(canaries, data, isOpen: true);
            await server.StopAsync();

            var console = await server.ConsoleAsync();
            Assert.Contains("trce: ", console, StringComparison.Ordinal);
            Nowhere(canaries, "console", Encoding.UTF8.GetBytes(console));
            var sent = telemetry.Received;
            Assert.True(sent.AsSpan().IndexOf("jamemr.correlation_id"u8) >= 0, "No trace was sent.");
            Assert.True(sent.AsSpan().IndexOf("http.server.request.duration"u8) >= 0, "No metric was sent.");
            Nowhere(canaries, "telemetry", sent);
            Assert.True(Search(canaries, data, isOpen: false) > 5, "There is hardly anything in the data folder.");
        }
        finally
        {
            Directory.Delete(own, recursive: true);
        }
    }

    [Theory]
    [InlineData("zanzibar-canary-1")]
    [InlineData("ZANZIBAR-CANARY-1")]
    [InlineData("zanzibarcanary1")]
    [InlineData("emFuemliYXItY2FuYXJ5LT")]
    [InlineData("7a616e7a696261722d63616e6172792d31")]
    public void Given_a_secret_in_any_form_When_searched_for_Then_it_is_found(string written)
    {
        var canaries = new CanarySet();
        canaries.Add("password", "ZANZIBAR-CANARY-1");
        canaries.Add("password", "zanzibar-canary-1");
        Assert.Equal(["password"], canaries.FoundIn(Encoding.UTF8.GetBytes($"before {written} after")));
        Assert.Equal(["password"], canaries.FoundIn(Encoding.Unicode.GetBytes("zanzibar-canary-1")));
        Assert.Empty(canaries.FoundIn("zanzibar-canary-2"u8.ToArray()));
    }

    // What people get wrong, and what only pages do.
    private static async Task UseAsync(ServerProcess server, PlantedPractice planted, CanarySet canaries)
    {
        using var nobody = new ApiClient(server.Address);
        await nobody.SendAsync(HttpMethod.Post, "/v1/sessions", new SignInRequest("planted", "frontdesk", Wrong));
        await nobody.SendAsync(HttpMethod.Post, "/v1/sessions", new SignInRequest("planted", InWrongField, Wrong));
        await nobody.SendAsync(HttpMethod.Post, "/v1/sessions", new SignInRequest(InWrongField, "frontdesk", Wrong));
        await nobody.SendAsync(HttpMethod.Post, "/v1/enrolments", new BeginEnrolment("planted", "frontdesk", InWrongField, Wrong));
        await nobody.SendAsync(HttpMethod.Post, "/v1/sessions", $$"""{"password": "{{Wrong}}", "{{InWrongField}}": 1""");
        await planted.As(Role.FrontDesk).SendAsync(HttpMethod.Post, "/v1/sessions/current/reauthentication", new { password = Wrong });
        nobody.Present(InWrongField);
        await nobody.SendAsync(HttpMethod.Get, "/v1/practice");
        foreach (var token in canaries.Kinds["token"].Concat(canaries.Kinds["session"]).Where(text => text.Length == CredentialFormat.Length).ToList())
        {
            nobody.Present(token[..^1] + (token[^1] == '0' ? '1' : '0'));
            await nobody.SendAsync(HttpMethod.Get, "/v1/practice");
        }

        using var browser = new Browser(server.Address);
        browser.Keep(await browser.SendAsync(HttpMethod.Post, "/v1/sessions?as=cookie", new SignInRequest("planted", "frontdesk", ApiServer.Password)));
        canaries.AddCredential("cookie", browser.Cookie![(browser.Cookie!.IndexOf('=', StringComparison.Ordinal) + 1)..]);
        canaries.Add("cookie", browser.AntiForgery);
        await browser.SendAsync(HttpMethod.Get, "/v1/practice");
        browser.AntiForgery = InWrongField;
        await browser.SendAsync(HttpMethod.Delete, "/v1/sessions");

        var admin = planted.As(Role.Administrative);
        await ApiServer.ReauthenticateAsync(admin);
        var registered = await admin.PostAsync<RegisteredToken>("/v1/tokens", new RegisterToken("Canary", Role.FrontDesk, ["system/Patient.rs"], 30, Sandbox: true));
        canaries.AddCredential("token", registered.Secret);
        nobody.Present(registered.Secret);
        await nobody.SendAsync(HttpMethod.Post, "/v1/patients/search", new JamEmr.Patients.PatientSearch("Quibble", null, null));
        canaries.AddCredential("token", (await admin.PostAsync<RegisteredToken>($"/v1/tokens/{registered.Token.Id}/rotation", new RotateToken())).Secret);
    }

    private static Dictionary<string, string> Everything(TelemetryListener telemetry) => new(StringComparer.Ordinal)
    {
        ["Logging__LogLevel__Default"] = "Trace",
        ["Logging__Console__LogLevel__Default"] = "Trace",
        ["Logging__Console__LogLevel__Microsoft"] = "Trace",
        ["JamEmr__OtlpEndpoint"] = telemetry.Address,
        ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
        ["OTEL_METRIC_EXPORT_INTERVAL"] = "1000",
        ["OTEL_BSP_SCHEDULE_DELAY"] = "500",
    };

    private static int Search(CanarySet canaries, string folder, bool isOpen)
    {
        var files = 0;
        foreach (var path in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            // A server's lock is nobody else's to open.
            if (isOpen && path.EndsWith(".lock", StringComparison.Ordinal)) continue;
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var bytes = new MemoryStream();
            file.CopyTo(bytes);
            Nowhere(canaries, Path.GetRelativePath(folder, path), bytes.ToArray());
            files++;
        }

        return files;
    }

    private static void Nowhere(CanarySet canaries, string place, byte[] written)
    {
        var found = canaries.FoundIn(written);
        Assert.True(found.Count == 0, $"{place} holds: {string.Join(", ", found)}.");
    }
}
