using System.Globalization;

namespace JamEmr.Bench.Crash.Check;

/// <summary>
/// For every version that an entity shows there is a record, acknowledged or not, and for every record of a change the state shows it; and
/// what was acknowledged is there.
/// </summary>
internal static class StateCheck
{
    /// <returns>How many changes were found.</returns>
    public static int Check(IReadOnlyCollection<Shown> shown, IReadOnlyList<Acknowledged> acknowledged, Logs logs, Findings findings)
    {
        var changes = logs.Records.Where(record => record.IsChange && KindOf(record.Event) is not null)
            .ToLookup(record => (Kind: KindOf(record.Event)!, record.EntityId));
        var promised = acknowledged.Where(a => a is { IsDone: true, Entity: not null, Version: not null } && KindOf(a.Event) is "patient" or "chart" or "appointment")
            .ToLookup(a => (Kind: KindOf(a.Event)!, a.Entity!.Value));
        var count = 0;
        foreach (var one in shown)
        {
            var records = changes[(one.Kind, one.Id.ToString("D"))].ToList();
            count += records.Count;
            if (one.Records is null) CheckVersions(one, records, findings);
            else CheckTrail(one, records, findings);
            if (promised[(one.Kind, one.Id)].MaxBy(a => a.Version) is not { } last) continue;
            if (last.Version > one.Version) findings.Add($"{one.Kind} {one.Id}: version {last.Version} was acknowledged, {one.Version} is there.");
            if (last.Version == one.Version && !string.Equals(last.BodyHash, one.Hash, StringComparison.Ordinal))
                findings.Add($"{one.Kind} {one.Id}: version {last.Version} has other content than was acknowledged.");
        }

        var there = shown.Select(one => (one.Kind, one.Id.ToString("D"))).ToHashSet();
        foreach (var lost in changes.Where(group => !there.Contains(group.Key))) findings.Add($"{lost.Key.Kind} {lost.Key.EntityId} has records of changes and is not there.");
        return count;
    }

    private static void CheckVersions(Shown one, List<LogRecord> records, Findings findings)
    {
        var versions = records.Select(record => record.Detail?.GetValueOrDefault("version") ?? "none").Order(StringComparer.Ordinal).ToList();
        var expected = Enumerable.Range(1, one.Version).Select(version => version.ToString(CultureInfo.InvariantCulture)).Order(StringComparer.Ordinal);
        if (!versions.SequenceEqual(expected))
            findings.Add($"{one.Kind} {one.Id} shows version {one.Version} and has records of the versions {string.Join(", ", versions)}.");
    }

    private static void CheckTrail(Shown one, List<LogRecord> records, Findings findings)
    {
        if (!one.Records!.Order().SequenceEqual(records.Select(record => record.Id).Order()))
            findings.Add($"{one.Kind} {one.Id} names {one.Records!.Count} records in its trail and has {records.Count} on the log, not all the same.");
        if (one.Version != records.Count) findings.Add($"{one.Kind} {one.Id} shows version {one.Version} and has {records.Count} records of changes.");
    }

    // A note and a transcript are parts of their encounter.
    private static string? KindOf(string code) => code.Split('.')[0] switch
    {
        "patient" => "patient",
        "chart" => "chart",
        "appointment" => "appointment",
        "encounter" or "transcript" or "note" => "encounter",
        _ => null,
    };
}
