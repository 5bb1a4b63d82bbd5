using System.Globalization;
using JamEmr.Ledger.Merkle;
using JamEmr.Ledger.Verification;

namespace JamEmr.Ledger.Exports;

/// <summary>What was archived.</summary>
/// <param name="Manifest">The archive.</param>
/// <param name="Root">The root of the log's records up to the archive's last.</param>
/// <param name="Released">The index of the first record that the store still has.</param>
public sealed record Archived(ExportManifest Manifest, Digest Root, long Released);

/// <summary>The archive that was written does not verify; the log is left as it was.</summary>
/// <param name="finding">What is wrong with it.</param>
public sealed class ArchiveException(Finding finding) : Exception($"The archive that was written does not verify, and the log was left as it was: {finding.Message}")
{
    /// <summary>What is wrong with it.</summary>
    public Finding Finding { get; } = finding;
}

/// <summary>
/// Moves a log's oldest records to an archive: writes an export, flushes it to disk, verifies it, and only then lets the store release its copy.
/// Whatever stops this between two steps leaves both copies or the archive, and it can be begun again with another folder.
/// </summary>
public static class Archiver
{
    /// <summary>How long records stay in the log when nothing else is asked for: ten years.</summary>
    public const int DefaultYears = 10;

    /// <summary>The shortest time that may be asked for: documentation is kept for six years from its making (45 CFR 164.316(b)(2)(i)).</summary>
    public const int LeastYears = 6;

    /// <summary>The time before which records may be archived.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Fewer years than <see cref="LeastYears"/>.</exception>
    public static DateTimeOffset Limit(DateTimeOffset now, int years)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(years, LeastYears);
        return now.AddYears(-years);
    }

    /// <summary>Whether a hold keeps a log from being archived.</summary>
    /// <exception cref="LegalHoldException">One stands.</exception>
    public static async Task EnsureNoHoldAsync(ILedgerStore store, string log, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(store);
        if ((await store.HoldsAsync(log, ct)).FirstOrDefault(hold => hold.Lifted is null) is { } hold)
            throw new LegalHoldException(string.Create(CultureInfo.InvariantCulture, $"Log {log} is left as it is: hold {hold.Id} of {hold.Placed:yyyy-MM-dd} stands. Lift it first."));
    }

    /// <summary>Archives.</summary>
    /// <param name="store">The store.</param>
    /// <param name="plan">What, as <see cref="ExportPlan.ForArchiveAsync"/> gives it.</param>
    /// <param name="folder">Where; new or empty.</param>
    /// <param name="format">What records look like.</param>
    /// <param name="record">Puts on the log that the archive, with this root, is about to take the records' place. Where it throws, nothing is released.</param>
    /// <param name="progress">Told now and then how many records were written, and then checked.</param>
    /// <param name="ct">Ends it; not once the store is releasing.</param>
    /// <exception cref="ArchiveException">What was written does not verify.</exception>
    /// <exception cref="LegalHoldException">A hold was placed meanwhile; the archive stays and so do the records.</exception>
    public static async Task<Archived> ArchiveAsync(
        ILedgerStore store, ExportPlan plan, string folder, RecordFormat format, Func<Digest, Task> record, IProgress<long>? progress, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(record);
        await EnsureNoHoldAsync(store, plan.Manifest.Log, ct);
        await ExportWriter.WriteAsync(store, plan, folder, durable: true, progress, ct);
        var report = ExportVerifier.Verify(folder, new ExportChecks { Format = format, Keys = [.. plan.Keys.Verifiers], Progress = progress }, ct);
        if (report.First is { } wrong) throw new ArchiveException(wrong);
        var root = report.RootAtEnd!.Value;
        await record(root);
        return new Archived(plan.Manifest, root, await store.ReleaseAsync(plan.Manifest.Log, plan.Manifest.End, root, ct));
    }
}
