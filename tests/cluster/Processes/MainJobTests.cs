using System.Net;
using System.Text.Json;
using JamEmr.Bench.Crash;
using JamEmr.Bench.Crash.Load;

namespace JamEmr.Tests.Cluster.Processes;

/// <summary>The main job, each step through another front door than the one before, and the rules of audit that it stands on.</summary>
[Collection("Processes")]
public sealed class MainJobTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Given_two_front_doors_When_a_visit_goes_from_one_to_the_other_Then_each_step_is_done_and_on_the_log_once()
    {
        await using var cluster = await TestCluster.StartAsync(Ct);
        using var http = Http.NewClient();
        // Each front door asked for a code at its start; the one that the first printed is good.
        Assert.Null(cluster.Processes.Apis[1].SetupCode);
        var (people, returning, _) = await People.FoundAsync(http, cluster.Addresses[0], cluster.Processes.SetupCode, Ct);
        var account = Path.Combine(cluster.Processes.Folder, "acknowledged.ndjson");
        var faults = new List<string>();
        var turn = new ServerTurn();
        turn.Begin(cluster.Addresses);
        await using (var file = new AckFile(account, static _ => { }))
        {
            var visit = new Visit(new Connection(http, turn, file, faults.Add), people);
            var patient = await visit.RegisterAsync();
            await visit.ScheduleAsync(patient);
            await visit.ChartAsync(patient);
            await visit.EncounterAsync(patient);
            await visit.IsRefusedAsync(new Ask(HttpMethod.Get, $"/v1/patients/{patient}/chart", people.Desk), HttpStatusCode.Forbidden);
            await visit.IsRefusedAsync(new Ask(HttpMethod.Get, $"/v1/patients/{Guid.Empty}", people.Doctor), HttpStatusCode.NotFound);
            await visit.IsRefusedAsync(new Ask(HttpMethod.Get, "/v1/audit/records", people.Doctor), HttpStatusCode.Forbidden);
            await visit.DoneAsync(new Ask(HttpMethod.Get, "/v1/audit/records?limit=1", people.Officer), Promises.AuditRead);
        }

        await Proof.HoldAsync(cluster, returning, Acknowledged.Read(account), faults, Ct);
    }

    private sealed class Visit(Connection connection, People people)
    {
        private int _keys;

        public async Task<string> RegisterAsync()
        {
            object Person(string given) => new { family = "Aqvist", given, birthDate = "1970-01-01", gender = "other", synthetic = true };
            var path = await MakeAsync("/v1/patients", people.Desk, Person("Case"), Promises.Registered);
            await DoneAsync(Get(path, people.Desk), Promises.PatientRead);
            await DoneAsync(new Ask(HttpMethod.Put, path, people.Desk, Person("Casey"), 1), Promises.PatientUpdated);
            await DoneAsync(Post("/v1/patients/search", people.Desk, new { family = "Aqvist" }), Promises.Searched);
            return path.Split('/')[^1];
        }

        public async Task ScheduleAsync(string patient)
        {
            // No day that comes: what is past is not booked.
            var day = TimeProvider.System.GetUtcNow().Date.AddDays(30);
            var booking = new { patient, provider = people.Provider, start = day.AddHours(8), minutes = 10, reason = "Cough" };
            var path = await MakeAsync("/v1/appointments", people.Desk, booking, Promises.Booked);
            await DoneAsync(Post($"{path}/move", people.Desk, new { provider = people.Provider, start = day.AddHours(15), minutes = 10 }, 1), Promises.Moved);
            await DoneAsync(Post($"{path}/check-in", people.Desk, null, 2), Promises.CheckedIn);
            await DoneAsync(Get($"/v1/schedule/{people.Provider}/{day:yyyy-MM-dd}", people.Desk), Promises.DayRead);
        }

        public async Task ChartAsync(string patient)
        {
            var path = $"/v1/patients/{patient}/chart";
            await DoneAsync(new Ask(HttpMethod.Post, $"{path}/items", people.Doctor, new { kind = "problem", text = "Asthma" }, Key: NewKey()), Promises.ItemAdded);
            var chart = await DoneAsync(Get(path, people.Doctor), Promises.ChartOpened);
            var item = chart.GetProperty("problems")[0].GetProperty("id").GetString();
            await DoneAsync(Post($"{path}/items/{item}/end", people.Doctor, null, chart.GetProperty("version").GetInt32()), Promises.ItemEnded);
        }

        public async Task EncounterAsync(string patient)
        {
            var path = await MakeAsync("/v1/encounters", people.Doctor, new { patient }, Promises.Opened);
            var turns = new[]
            {
                new { number = 1, speaker = "clinician", start = "00:00:00", end = "00:00:02", text = "What brings you in today?" },
                new { number = 2, speaker = "patient", start = "00:00:03", end = "00:00:05", text = "I have had a cough for three days." },
            };
            await DoneAsync(new Ask(HttpMethod.Put, $"{path}/consent", people.Doctor, new { granted = true, method = "verbal" }), Promises.Consented);
            await DoneAsync(Post($"{path}/turns", people.Doctor, new { turns }), Promises.Said);
            var draft = await DoneAsync(Post($"{path}/draft", people.Doctor), Promises.Drafted);
            var sentence = draft.GetProperty("sentences")[0].GetProperty("number").GetInt32();
            var edit = new { changes = new[] { new { sentence, text = "Cough for three days, confirmed." } } };
            var edited = await DoneAsync(new Ask(HttpMethod.Patch, $"{path}/note", people.Doctor, edit, 1), Promises.Edited);
            await DoneAsync(Post("/v1/sessions/current/reauthentication", people.Doctor, People.Proof), Promises.Reauthenticated);
            await DoneAsync(Post($"{path}/note/sign", people.Doctor, null, edited.GetProperty("version").GetInt32()), Promises.Signed);
            await DoneAsync(new Ask(HttpMethod.Post, $"{path}/note/addenda", people.Doctor, new { text = "Called back." }, Key: NewKey()), Promises.Addended);
            await DoneAsync(Get($"{path}/note", people.Doctor), Promises.NoteRead);
            await DoneAsync(Get($"{path}/provenance", people.Doctor), Promises.TrailRead);
        }

        public async Task<JsonElement> DoneAsync(Ask ask, Promise promise)
        {
            var reply = await connection.AskAsync(ask, promise, Ct);
            Assert.True(reply is { IsDone: true }, $"{ask.Method} {ask.Path} answered {reply}");
            return reply!.Json;
        }

        public async Task IsRefusedAsync(Ask ask, HttpStatusCode expected) =>
            Assert.Equal(expected, (await connection.AskAsync(ask, new Promise("none"), Ct))?.Status);

        private async Task<string> MakeAsync(string path, string session, object body, Promise promise)
        {
            var made = await DoneAsync(new Ask(HttpMethod.Post, path, session, body, Key: NewKey()), promise);
            return $"{path}/{made.GetProperty("id").GetString()}";
        }

        private string NewKey() => $"visit-{++_keys}";

        private static Ask Get(string path, string session) => new(HttpMethod.Get, path, session);

        private static Ask Post(string path, string session, object? body = null, int? version = null) => new(HttpMethod.Post, path, session, body, version);
    }
}
