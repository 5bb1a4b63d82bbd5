using System.Globalization;
using System.Text.Json;

namespace JamEmr.Bench.Crash.Load;

/// <summary>
/// One of those who work at the practice: a patient after the other is registered, read, changed, found, booked, seen and written about, with
/// a part left out here and there. Where it is not known whether something was done, the rest of that part is left out.
/// </summary>
internal sealed class Worker(int number, Connection connection, People people, Random random)
{
    // Appointments of ten minutes from eight; a worker's days are its own.
    private const int PerDay = 40;

    // No day that comes: what is past is not booked.
    private readonly DateTime _firstDay = TimeProvider.System.GetUtcNow().Date.AddDays(30);

    public async Task WorkAsync(CancellationToken ct)
    {
        for (var n = 0; ; n++)
        {
            var patient = await RegisterAsync(n, ct);
            if (patient is null) continue;
            if (Chance(2)) await ScheduleAsync(patient.Value, n, ct);
            if (Chance(2)) await ChartAsync(patient.Value, ct);
            if (Chance(3)) await EncounterAsync(patient.Value, ct);
            if (Chance(2)) await connection.AskAsync(new Ask(HttpMethod.Get, "/v1/audit/records?limit=1", people.Officer), Promises.AuditRead, ct);
        }
    }

    // Names that begin differently, as names do.
    private async Task<Guid?> RegisterAsync(int n, CancellationToken ct)
    {
        var family = string.Create(CultureInfo.InvariantCulture, $"{(char)('A' + (n % 26))}q{(char)('a' + number)}{n}");
        var path = "/v1/patients";
        if (await DoneAsync(Desk(HttpMethod.Post, path, Person(family), key: NewKey()), Promises.Registered, ct) is not { } created) return null;
        path = $"{path}/{created.GetProperty("id").GetString()}";
        await connection.AskAsync(Desk(HttpMethod.Get, path), Promises.PatientRead, ct);
        if (Chance(2)) await connection.AskAsync(Desk(HttpMethod.Put, path, Person(family + "b"), 1), Promises.PatientUpdated, ct);
        if (Chance(2)) await connection.AskAsync(Desk(HttpMethod.Post, "/v1/patients/search", new { family }), Promises.Searched, ct);
        return created.GetProperty("id").GetGuid();
    }

    private async Task ScheduleAsync(Guid patient, int n, CancellationToken ct)
    {
        var start = _firstDay.AddDays(number + (8 * (n / PerDay))).AddMinutes(10 * (n % PerDay));
        var booking = new { patient, provider = people.Provider, start, minutes = 10, reason = "Crash" };
        if (await DoneAsync(Desk(HttpMethod.Post, "/v1/appointments", booking, key: NewKey()), Promises.Booked, ct) is not { } booked) return;
        var path = $"/v1/appointments/{booked.GetProperty("id").GetString()}";
        var later = new { provider = people.Provider, start = start.AddHours(7), minutes = 10 };
        if (await DoneAsync(Desk(HttpMethod.Post, $"{path}/move", later, 1), Promises.Moved, ct) is null) return;
        if (Chance(2)) await connection.AskAsync(Desk(HttpMethod.Post, $"{path}/cancel", new { reason = "Crash" }, 2), Promises.Cancelled, ct);
        else await connection.AskAsync(Desk(HttpMethod.Post, $"{path}/check-in", null, 2), Promises.CheckedIn, ct);
        await connection.AskAsync(Desk(HttpMethod.Get, $"/v1/schedule/{people.Provider}/{start:yyyy-MM-dd}"), Promises.DayRead, ct);
    }

    private async Task ChartAsync(Guid patient, CancellationToken ct)
    {
        var path = $"/v1/patients/{patient}/chart";
        if (await DoneAsync(Doctor(HttpMethod.Post, $"{path}/items", new { kind = "problem", text = "Asthma" }, key: NewKey()), Promises.ItemAdded, ct) is null) return;
        if (await DoneAsync(Doctor(HttpMethod.Get, path), Promises.ChartOpened, ct) is not { } chart) return;
        var item = chart.GetProperty("problems")[0].GetProperty("id").GetString();
        await connection.AskAsync(Doctor(HttpMethod.Post, $"{path}/items/{item}/end", null, chart.GetProperty("version").GetInt32()), Promises.ItemEnded, ct);
    }

    private async Task EncounterAsync(Guid patient, CancellationToken ct)
    {
        if (await DoneAsync(Doctor(HttpMethod.Post, "/v1/encounters", new { patient }, key: NewKey()), Promises.Opened, ct) is not { } opened) return;
        var path = $"/v1/encounters/{opened.GetProperty("id").GetString()}";
        var turns = new[]
        {
            new { number = 1, speaker = "clinician", start = "00:00:00", end = "00:00:02", text = "What brings you in today?" },
            new { number = 2, speaker = "patient", start = "00:00:03", end = "00:00:05", text = "I have had a cough for three days." },
        };
        if (await DoneAsync(Doctor(HttpMethod.Put, $"{path}/consent", new { granted = true, method = "verbal" }), Promises.Consented, ct) is null) return;
        if (await DoneAsync(Doctor(HttpMethod.Post, $"{path}/turns", new { turns }), Promises.Said, ct) is null) return;
        if (await DoneAsync(Doctor(HttpMethod.Post, $"{path}/draft"), Promises.Drafted, ct) is not { } draft) return;
        await NoteAsync(path, draft, ct);
    }

    private async Task NoteAsync(string path, JsonElement draft, CancellationToken ct)
    {
        var sentence = draft.GetProperty("sentences")[0].GetProperty("number").GetInt32();
        var edit = new { changes = new[] { new { sentence, text = "Cough for three days, confirmed." } } };
        if (await DoneAsync(Doctor(HttpMethod.Patch, $"{path}/note", edit, 1), Promises.Edited, ct) is not { } edited) return;
        if (Chance(2) && await DoneAsync(Doctor(HttpMethod.Post, "/v1/sessions/current/reauthentication", People.Proof), Promises.Reauthenticated, ct) is not null
            && await DoneAsync(Doctor(HttpMethod.Post, $"{path}/note/sign", null, edited.GetProperty("version").GetInt32()), Promises.Signed, ct) is not null)
            await connection.AskAsync(Doctor(HttpMethod.Post, $"{path}/note/addenda", new { text = "Called back." }, key: NewKey()), Promises.Addended, ct);
        await connection.AskAsync(Doctor(HttpMethod.Get, $"{path}/note"), Promises.NoteRead, ct);
        await connection.AskAsync(Doctor(HttpMethod.Get, $"{path}/provenance"), Promises.TrailRead, ct);
    }

    private async Task<JsonElement?> DoneAsync(Ask ask, Promise promise, CancellationToken ct) =>
        await connection.AskAsync(ask, promise, ct) is { IsDone: true } reply ? reply.Json : null;

    private static object Person(string family) => new { family, given = "Case", birthDate = "1970-01-01", gender = "other", synthetic = true };

    private Ask Desk(HttpMethod method, string path, object? body = null, int? version = null, string? key = null) => new(method, path, people.Desk, body, version, key);

    private Ask Doctor(HttpMethod method, string path, object? body = null, int? version = null, string? key = null) => new(method, path, people.Doctor, body, version, key);

    private string NewKey() => string.Create(CultureInfo.InvariantCulture, $"{number}-{random.NextInt64():x}");

    private bool Chance(int of) => random.Next(of) == 0;
}
