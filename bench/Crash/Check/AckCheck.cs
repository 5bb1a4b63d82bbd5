namespace JamEmr.Bench.Crash.Check;

/// <summary>Everything that was acknowledged has its record, once, and the record tells of the same content.</summary>
internal static class AckCheck
{
    public static void Check(IReadOnlyList<Acknowledged> acknowledged, Logs logs, Findings findings)
    {
        var byCorrelation = logs.Records.ToLookup(record => record.CorrelationId, StringComparer.Ordinal);
        foreach (var one in acknowledged)
        {
            var found = byCorrelation[one.Correlation].Where(record => IsOf(record, one)).ToList();
            if (found.Count != 1)
            {
                findings.Add($"{one.Method} {one.Path} was acknowledged with {one.Status} ({one.Correlation}) and has {found.Count} records.");
                continue;
            }

            if (!one.IsDone) continue;
            var record = found[0];
            var hash = string.Equals(record.Event, one.Event, StringComparison.Ordinal) ? one.Hash : one.BodyHash;
            if (hash is not null && !string.Equals(hash, record.ContentHash, StringComparison.Ordinal))
                findings.Add($"{one.Method} {one.Path} ({one.Correlation}, {record.Event}): the record tells of other content than was answered.");
            if (one.Entity is { } entity && !string.Equals(record.EntityId, entity.ToString("D"), StringComparison.Ordinal))
                findings.Add($"{one.Method} {one.Path} ({one.Correlation}): the record tells of {record.EntityId}, the answer was of {entity}.");
        }
    }

    private static bool IsOf(LogRecord record, Acknowledged one) => one.IsDone
        ? record.IsDone && (string.Equals(record.Event, one.Event, StringComparison.Ordinal) || string.Equals(record.Event, one.RepeatEvent, StringComparison.Ordinal))
        : !record.IsDone;
}
