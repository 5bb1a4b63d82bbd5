using System.Collections.Immutable;
using System.Text;
using JamEmr.Ledger.Checkpoints;
using JamEmr.Ledger.Merkle;
using JamEmr.Ledger.Verification;

namespace JamEmr.Ledger.Exports;

/// <summary>
/// Checks an export from its files alone: that its tree is the one that is signed, that every record is the one in the tree and is whole, that
/// no id comes twice, that the tree is a later state of each checkpoint it carries and of those that others kept.
/// </summary>
/// <remarks>
/// Records are read once, front to back. Memory: a few buffers, 8 bytes for each record, and an eighth of a byte for each record of the log.
/// What it cannot know: whether records lie before or after a part of a log that belong to the time asked for.
/// </remarks>
public sealed class ExportVerifier
{
    private const int MaxManifest = 64 * 1024;
    private const int MaxKeys = 1024 * 1024;

    private readonly ExportFolder _folder;
    private readonly ExportChecks _checks;
    private ExportReport _report = new();

    private ExportVerifier(string folder, ExportChecks checks) => (_folder, _checks) = (new ExportFolder(folder), checks);

    /// <summary>Whether a folder is an export.</summary>
    public static bool IsExport(string folder) => ExportFolder.IsExport(folder);

    /// <summary>Checks an export; stops at the first thing that is wrong.</summary>
    /// <exception cref="IOException">A file could not be read.</exception>
    public static ExportReport Verify(string folder, ExportChecks checks, CancellationToken ct)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(folder);
        ArgumentNullException.ThrowIfNull(checks);
        var verifier = new ExportVerifier(folder, checks);
        try
        {
            return verifier.Run(ct);
        }
        catch (FoundException e)
        {
            return verifier._report with { First = e.Finding };
        }
    }

    private ExportReport Run(CancellationToken ct)
    {
        var manifest = ReadManifest();
        _report = _report with { Manifest = manifest };
        var keys = ReadKeys();
        var head = OpenHead(manifest, keys);
        var earlier = ReadEarlier(manifest, keys, head, ct);
        CheckFiles(manifest, earlier, ct);

        var tiles = new ExportTiles(_folder, manifest);
        tiles.Load(ct);
        if (tiles.RootAt(manifest.TreeSize) is var root && root != head.Root)
            throw Wrong(FindingKind.RootDiffers, null, $"The tiles make the root {root}, and {head.Root} is signed.", ExportLayout.CheckpointFile);
        CheckEarlier(earlier, tiles);
        CheckLeafTiles(manifest, earlier, tiles);
        CheckWitnessed(head, keys, tiles, ct);

        var records = new RecordCheck(_folder, manifest, tiles, _checks);
        var first = records.Run(ct);
        return _report with
        {
            Records = records.Records,
            Bytes = records.Bytes,
            UnknownEvents = records.UnknownEvents,
            Tiles = tiles.Count,
            RootAtEnd = first is null ? tiles.RootAt(manifest.End) : null,
            First = first,
        };
    }

    private ExportManifest ReadManifest()
    {
        try
        {
            return ExportManifest.FromBytes(_folder.Read(ExportLayout.ManifestFile, MaxManifest));
        }
        catch (FormatException e)
        {
            throw Wrong(FindingKind.FileUnreadable, null, $"The file cannot be read: {e.Message}.", ExportLayout.ManifestFile);
        }
    }

    private ImmutableArray<NoteVerifier> ReadKeys()
    {
        try
        {
            // Read even where others are trusted: an export without readable keys is not whole.
            var published = PublishedKeys.Parse(Encoding.UTF8.GetString(_folder.Read(ExportLayout.KeysFile, MaxKeys)));
            var given = !_checks.Keys.IsEmpty;
            var keys = given ? _checks.Keys : [.. published.Verifiers];
            _report = _report with { Keys = keys, KeysGiven = given };
            return keys;
        }
        catch (NoteException e)
        {
            throw Wrong(FindingKind.FileUnreadable, null, e.Message, ExportLayout.KeysFile);
        }
    }

    private Checkpoint OpenHead(ExportManifest manifest, ImmutableArray<NoteVerifier> keys)
    {
        var (head, note) = Open(ExportLayout.CheckpointFile, keys);
        if (!head.Origin.EndsWith("/" + manifest.Log, StringComparison.Ordinal))
            throw Wrong(FindingKind.CheckpointDiffers, null, "The checkpoint is that of another log.", ExportLayout.CheckpointFile);
        if (head.Size != manifest.TreeSize)
        {
            throw Wrong(
                FindingKind.CheckpointDiffers, Math.Min(head.Size, manifest.TreeSize),
                $"A tree of {head.Size} records is signed, and the export is one of {manifest.TreeSize}.", ExportLayout.CheckpointFile);
        }

        _report = _report with { Checkpoint = head, SignedBy = [.. note.Verify(keys)] };
        return head;
    }

    private List<(string File, Checkpoint Checkpoint)> ReadEarlier(
        ExportManifest manifest, ImmutableArray<NoteVerifier> keys, Checkpoint head, CancellationToken ct)
    {
        var earlier = new List<(string, Checkpoint)>();
        for (var number = 0; number < manifest.Checkpoints; number++)
        {
            ct.ThrowIfCancellationRequested();
            var file = ExportLayout.CheckpointPath(number);
            var (checkpoint, _) = Open(file, keys);
            if (!string.Equals(checkpoint.Origin, head.Origin, StringComparison.Ordinal))
                throw Wrong(FindingKind.CheckpointDiffers, null, "The checkpoint is that of another log.", file);
            if (checkpoint.Size > head.Size)
                throw Wrong(FindingKind.CheckpointDiffers, head.Size, $"The checkpoint has {checkpoint.Size} records, more than the export's tree.", file);
            earlier.Add((file, checkpoint));
        }

        return earlier;
    }

    private (Checkpoint Checkpoint, SignedNote Note) Open(string file, ImmutableArray<NoteVerifier> keys)
    {
        try
        {
            var note = SignedNote.Parse(_folder.Read(file, SignedNote.MaxBytes));
            return (Checkpoint.Open(note, keys), note);
        }
        catch (NoteException e)
        {
            throw Wrong(e.Fault is NoteFault.Malformed ? FindingKind.FileUnreadable : FindingKind.SignatureWrong, null, e.Message, file);
        }
    }

    private void CheckFiles(ExportManifest manifest, List<(string File, Checkpoint Checkpoint)> earlier, CancellationToken ct)
    {
        var leafTiles = ExportLayout.LeafTilesOf(manifest, earlier.Select(one => one.Checkpoint.Size));
        var names = new HashSet<string>(StringComparer.Ordinal)
        {
            ExportLayout.ManifestFile, ExportLayout.RecordsFile, ExportLayout.CheckpointFile, ExportLayout.KeysFile,
        };
        names.UnionWith(earlier.Select(one => one.File));
        _folder.CheckEntries(name => names.Contains(name) || (ExportLayout.TryParseTile(name, out var tile, out var width) && Belongs(tile, width)), ct);

        bool Belongs(TileId tile, int width) => width == Tiles.WidthIn(tile, manifest.TreeSize)
            && (tile.Level > 0 || leafTiles.Contains(tile.Index)
                || (tile.Index >= manifest.First / Tiles.Width && tile.Index <= (manifest.End - 1) / Tiles.Width));
    }

    private void CheckEarlier(List<(string File, Checkpoint Checkpoint)> earlier, ExportTiles tiles)
    {
        foreach (var (file, checkpoint) in earlier)
        {
            if (tiles.RootAt(checkpoint.Size) is var root && root != checkpoint.Root)
            {
                throw Wrong(
                    FindingKind.CheckpointDiffers, null,
                    $"The first {checkpoint.Size} records make the root {root}, and {checkpoint.Root} was signed.", file);
            }
        }

        _report = _report with { Checkpoints = earlier.Count };
    }

    // Those of the records themselves are read with the records.
    private static void CheckLeafTiles(ExportManifest manifest, List<(string File, Checkpoint Checkpoint)> earlier, ExportTiles tiles)
    {
        foreach (var number in ExportLayout.LeafTilesOf(manifest, earlier.Select(one => one.Checkpoint.Size))) tiles.ReadLeaves(number);
    }

    private void CheckWitnessed(Checkpoint head, ImmutableArray<NoteVerifier> keys, ExportTiles tiles, CancellationToken ct)
    {
        foreach (var seen in _checks.Against)
        {
            ct.ThrowIfCancellationRequested();
            var (line, wrong) = WitnessCheck.Compare(seen, head, keys, size =>
            {
                try
                {
                    return tiles.RootAt(size);
                }
                catch (FoundException)
                {
                    return null;
                }
            });
            if (wrong is not null) throw new FoundException(wrong);
            _report = _report with { Compared = _report.Compared.Add(line) };
        }
    }

    private static FoundException Wrong(FindingKind kind, long? index, string message, string file) => new(new Finding(kind, index, message, file));
}
