using System.Collections.Concurrent;
using System.Text.Json;

namespace JamEmr.Bench.Crash.Check;

/// <summary>What an entity shows.</summary>
/// <param name="Kind">patient, chart, appointment or encounter: what its change events begin with, or are known by.</param>
/// <param name="Id">Its id.</param>
/// <param name="Version">The version it shows; for a chart without items, 0.</param>
/// <param name="Hash">SHA-256 of its content.</param>
/// <param name="Records">The records that its own trail names; null where it keeps none.</param>
internal sealed record Shown(string Kind, Guid Id, int Version, string Hash, IReadOnlyList<Guid>? Records = null);

/// <summary>Reads everything that is there over HTTP: what was acknowledged, and what searches, days and lists show beside it.</summary>
internal sealed class StateReader(Uri server, Returning returning, IReadOnlyList<Acknowledged> acknowledged)
{
    private const int AtOnce = 8;
    private readonly ConcurrentBag<Shown> _shown = [];

    public async Task<IReadOnlyCollection<Shown>> ReadAsync(Findings findings, CancellationToken ct)
    {
        using var http = Http.NewClient();
        var people = await People.SignInAsync(http, server, returning, ct);
        var reader = new Reader(http, server, findings, ct);

        var patients = Known("patient.").ToHashSet();
        for (var letter = 'A'; letter <= 'Z'; letter++)
            await foreach (var item in reader.PagesAsync(HttpMethod.Post, "/v1/patients/search", people.Desk, new { family = $"{letter}q" }))
                patients.Add(item.GetProperty("id").GetGuid());
        var appointments = Known("appointment.").ToHashSet();
        foreach (var day in acknowledged.Select(a => a.Date).OfType<string>().Distinct(StringComparer.Ordinal))
            foreach (var item in (await reader.GetAsync($"/v1/schedule/{people.Provider}/{day}", people.Desk))?.Json.GetProperty("appointments").EnumerateArray() ?? [])
                appointments.Add(item.GetProperty("id").GetGuid());

        var encounters = new ConcurrentBag<Guid>(Known("encounter."));
        await EachAsync(patients, async id =>
        {
            await KeepAsync(reader, "patient", id, $"/v1/patients/{id}", people.Desk);
            await KeepAsync(reader, "chart", id, $"/v1/patients/{id}/chart", people.Doctor);
            await foreach (var encounter in reader.PagesAsync(HttpMethod.Get, $"/v1/patients/{id}/encounters", people.Doctor))
                encounters.Add(encounter.GetGuid());
        }, ct);
        await EachAsync(appointments, id => KeepAsync(reader, "appointment", id, $"/v1/appointments/{id}", people.Desk), ct);
        await EachAsync(encounters.Distinct(), id => KeepEncounterAsync(reader, id, people.Doctor), ct);

        // Answered only when everything recorded before has arrived on the log.
        await reader.GetAsync("/v1/audit/records?limit=1", people.Officer);
        return _shown;
    }

    private IEnumerable<Guid> Known(string events) =>
        acknowledged.Where(a => a.Event.StartsWith(events, StringComparison.Ordinal)).Select(a => a.Entity).OfType<Guid>();

    private static Task EachAsync(IEnumerable<Guid> ids, Func<Guid, Task> read, CancellationToken ct) =>
        Parallel.ForEachAsync(ids, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = ct }, async (id, _) => await read(id));

    private async Task KeepAsync(Reader reader, string kind, Guid id, string path, string session)
    {
        if (await reader.GetAsync(path, session) is { } reply) _shown.Add(new Shown(kind, id, reply.Json.GetProperty("version").GetInt32(), Http.Hash(reply.Body)));
    }

    // A registry may list an encounter whose opening a crash cut short: it was never opened, and nobody was told that it was.
    private async Task KeepEncounterAsync(Reader reader, Guid id, string session)
    {
        var wasOpened = acknowledged.Any(a => a.Entity == id);
        if (await reader.GetAsync($"/v1/encounters/{id}", session, mayBeMissing: !wasOpened) is not { } reply) return;
        if (await reader.GetAsync($"/v1/encounters/{id}/provenance", session) is not { } trail) return;
        var records = trail.Json.GetProperty("steps").EnumerateArray().Select(step => step.GetProperty("auditRecord").GetGuid()).ToList();
        _shown.Add(new Shown("encounter", id, reply.Json.GetProperty("version").GetInt32(), Http.Hash(reply.Body), records));
    }

    private sealed class Reader(HttpClient http, Uri server, Findings findings, CancellationToken ct)
    {
        public async Task<Reply?> GetAsync(string path, string session, bool mayBeMissing = false)
        {
            var reply = await http.SendAsync(server, new Ask(HttpMethod.Get, path, session), ct);
            if (reply.IsDone) return reply;
            if (!mayBeMissing || reply.Status != System.Net.HttpStatusCode.NotFound) findings.Add($"GET {path} answers {(int)reply.Status}: {reply.Body}");
            return null;
        }

        public async IAsyncEnumerable<JsonElement> PagesAsync(HttpMethod method, string path, string session, object? body = null)
        {
            string? cursor = null;
            do
            {
                var page = await http.DoAsync(server, new Ask(method, $"{path}?limit=200{(cursor is null ? "" : $"&cursor={Uri.EscapeDataString(cursor)}")}", session, body), ct);
                foreach (var item in page.GetProperty("items").EnumerateArray()) yield return item;
                cursor = page.TryGetProperty("next", out var next) ? next.GetString() : null;
            }
            while (cursor is not null);
        }
    }
}
