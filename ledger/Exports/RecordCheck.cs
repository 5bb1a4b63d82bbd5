using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using JamEmr.Ledger.Merkle;
using JamEmr.Ledger.Verification;

namespace JamEmr.Ledger.Exports;

/// <summary>Checks the records of an export against its tiles, on several threads, each with the records of one leaf tile at a time.</summary>
internal sealed class RecordCheck(ExportFolder folder, ExportManifest manifest, ExportTiles tiles, ExportChecks checks)
{
    private readonly RepeatedIds _ids = new();
    private readonly Lock _gate = new();
    private Finding? _first;
    private long _records;
    private long _bytes;
    private long _unknown;

    /// <summary>Records checked.</summary>
    public long Records => _records;

    /// <summary>Their bytes.</summary>
    public long Bytes => _bytes;

    /// <summary>Records of events that the format does not know, and records in a reduced form.</summary>
    public long UnknownEvents => _unknown;

    /// <summary>Checks all records.</summary>
    /// <returns>What is wrong with the first one that anything is wrong with, or null.</returns>
    public Finding? Run(CancellationToken ct)
    {
        var options = new ParallelOptions { CancellationToken = ct, MaxDegreeOfParallelism = checks.Cores };
        using var file = folder.OpenStream(ExportLayout.RecordsFile);
        var reader = new RecordReader(file, manifest);
        try
        {
            Parallel.ForEach(Partitioner.Create(Batches(reader), EnumerablePartitionerOptions.NoBuffering), options, Check);
        }
        catch (AggregateException e)
        {
            ExceptionDispatchInfo.Throw(e.InnerExceptions[0]);
        }

        // Batches come in order, so that whatever lies before the first thing wrong was checked.
        if (_first is not null || reader.Wrong is not null) return _first ?? reader.Wrong;
        var suspects = _ids.Repeated(options);
        return suspects.Count == 0 ? null : FindRepeated(suspects, ct);
    }

    private IEnumerable<RecordBatch> Batches(RecordReader reader)
    {
        var next = manifest.First;
        while (Volatile.Read(ref _first) is null && reader.Read(next) is { } batch)
        {
            next += batch.Count;
            yield return batch;
        }
    }

    private void Check(RecordBatch batch)
    {
        using (batch)
        {
            try
            {
                if (CheckBatch(batch) is { } wrong) Report(wrong);
            }
            catch (FoundException e)
            {
                Report(e.Finding);
            }
        }

        var done = Interlocked.Add(ref _records, batch.Count);
        checks.Progress?.Report(done);
    }

    private void Report(Finding wrong)
    {
        lock (_gate)
        {
            if (_first is null || wrong.Index < _first.Index) _first = wrong;
        }
    }

    private Finding? CheckBatch(RecordBatch batch)
    {
        Span<Digest> hashes = stackalloc Digest[Tiles.Width];
        Span<ulong> ids = stackalloc ulong[Tiles.Width];
        batch.Hash(hashes);
        var expected = tiles.ReadLeaves(batch.First / Tiles.Width).AsSpan((int)(batch.First % Tiles.Width));
        var (bytes, unknown) = (0L, 0L);
        for (var i = 0; i < batch.Count; i++)
        {
            var index = batch.First + i;
            if (hashes[i] != expected[i])
                return Wrong(FindingKind.RecordChanged, index, $"was changed: its bytes hash to {hashes[i]}, not {expected[i]}");
            var record = batch.Record(i);
            var scan = RecordScan.Of(record, checks.Format);
            if (scan.Problem is { } problem) return Wrong(scan.FieldMissing ? FindingKind.FieldMissing : FindingKind.RecordMalformed, index, problem);
            if ((index == manifest.First || index == manifest.End - 1) && (scan.Time < manifest.From || scan.Time >= manifest.To))
                return Wrong(FindingKind.OutsideTime, index, "does not lie in the time that the export is of");
            ids[i] = _ids.Hash(scan.Id);
            bytes += record.Length;
            if (!scan.EventKnown) unknown++;
        }

        _ids.Add(ids[..batch.Count]);
        Interlocked.Add(ref _bytes, bytes);
        if (unknown > 0) Interlocked.Add(ref _unknown, unknown);
        return null;
    }

    private Finding? FindRepeated(HashSet<ulong> suspects, CancellationToken ct)
    {
        using var file = folder.OpenStream(ExportLayout.RecordsFile);
        var reader = new RecordReader(file, manifest);
        var seen = new Dictionary<Guid, long>();
        foreach (var batch in Batches(reader))
        {
            ct.ThrowIfCancellationRequested();
            using (batch)
            {
                for (var i = 0; i < batch.Count; i++)
                {
                    var id = RecordScan.Of(batch.Record(i), checks.Format).Id;
                    if (suspects.Contains(_ids.Hash(id)) && !seen.TryAdd(id, batch.First + i))
                        return Wrong(FindingKind.RepeatedId, batch.First + i, $"has the id of record {seen[id]}");
                }
            }
        }

        return null;
    }

    private static Finding Wrong(FindingKind kind, long index, string what) =>
        new(kind, index, $"Record {index} {what}.", ExportLayout.RecordsFile);
}
