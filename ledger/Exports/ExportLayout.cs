using System.Globalization;
using JamEmr.Ledger.Merkle;

namespace JamEmr.Ledger.Exports;

/// <summary>
/// What lies where in an export: <c>export.json</c>, <c>records.ndjson</c>, <c>checkpoint</c>, <c>checkpoints/000000</c> and on, <c>keys</c>, and
/// the tiles as C2SP tlog-tiles names them (<c>tile/0/x001/234/067</c>, a partial one with <c>.p/W</c> behind it). Names are made from numbers
/// only, never taken from what an export says.
/// </summary>
public static class ExportLayout
{
    /// <summary>What the export is.</summary>
    public const string ManifestFile = "export.json";

    /// <summary>The leaves, byte for byte, a line each.</summary>
    public const string RecordsFile = "records.ndjson";

    /// <summary>The signed tree that the export lies under.</summary>
    public const string CheckpointFile = "checkpoint";

    /// <summary>Earlier checkpoints.</summary>
    public const string CheckpointsFolder = "checkpoints";

    /// <summary>The published keys, a line each.</summary>
    public const string KeysFile = "keys";

    /// <summary>The tree.</summary>
    public const string TileFolder = "tile";

    /// <summary>The most checkpoints an export carries: one an hour for a century.</summary>
    public const int MaxCheckpoints = 1_000_000;

    private const string Partial = ".p";

    /// <summary>Where a tile lies, below the export, with '/' between the parts.</summary>
    public static string TilePath(TileId tile, int width)
    {
        var number = (tile.Index % 1000).ToString("D3", CultureInfo.InvariantCulture);
        for (var rest = tile.Index / 1000; rest > 0; rest /= 1000)
            number = string.Create(CultureInfo.InvariantCulture, $"x{rest % 1000:D3}/{number}");
        var path = string.Create(CultureInfo.InvariantCulture, $"{TileFolder}/{tile.Level}/{number}");
        return width == Tiles.Width ? path : string.Create(CultureInfo.InvariantCulture, $"{path}{Partial}/{width}");
    }

    /// <summary>The tile that lies at a path, if the path is exactly one that <see cref="TilePath"/> gives.</summary>
    public static bool TryParseTile(string path, out TileId tile, out int width)
    {
        ArgumentNullException.ThrowIfNull(path);
        (tile, width) = (default, Tiles.Width);
        var parts = path.Split('/');
        if (parts.Length < 3 || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var level)) return false;
        var last = parts.Length - 1;
        var partial = parts[last - 1].EndsWith(Partial, StringComparison.Ordinal);
        if (partial && !int.TryParse(parts[last], NumberStyles.None, CultureInfo.InvariantCulture, out width)) return false;
        if (partial) parts[--last] = parts[last][..^Partial.Length];
        if (last - 2 > 6) return false;
        var index = 0L;
        foreach (var part in parts.AsSpan(2, last - 1))
        {
            if (!int.TryParse(part.AsSpan(part.StartsWith('x') ? 1 : 0), NumberStyles.None, CultureInfo.InvariantCulture, out var digits)) return false;
            index = index * 1000 + digits % 1000;
        }

        tile = new TileId(level, index);
        return width is > 0 and <= Tiles.Width && string.Equals(TilePath(tile, width), path, StringComparison.Ordinal);
    }

    /// <summary>Where an earlier checkpoint lies; they are numbered from 0, smallest tree first.</summary>
    public static string CheckpointPath(int number) =>
        string.Create(CultureInfo.InvariantCulture, $"{CheckpointsFolder}/{number:D6}");

    /// <summary>The tiles that an export holds: all above the leaves; of the leaves those of its records and those in which a tree ends that a
    /// checkpoint of the export is of.</summary>
    public static IEnumerable<TileId> TilesOf(ExportManifest manifest, IEnumerable<long> checkpoints)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        ArgumentNullException.ThrowIfNull(checkpoints);
        for (var level = 1; manifest.TreeSize >> (Tiles.Height * level) > 0; level++)
        {
            for (var index = 0L; Tiles.WidthIn(new TileId(level, index), manifest.TreeSize) > 0; index++) yield return new TileId(level, index);
        }

        var (first, last) = (manifest.First / Tiles.Width, (manifest.End - 1) / Tiles.Width);
        for (var index = first; index <= last; index++) yield return new TileId(0, index);
        foreach (var index in LeafTilesOf(manifest, checkpoints).Where(index => index < first || index > last)) yield return new TileId(0, index);
    }

    /// <summary>The numbers of the leaf tiles in which the trees of the checkpoints and of the export end, in order.</summary>
    internal static SortedSet<long> LeafTilesOf(ExportManifest manifest, IEnumerable<long> checkpoints) =>
        [.. checkpoints.Append(manifest.TreeSize).Where(size => size % Tiles.Width != 0).Select(size => size / Tiles.Width)];
}
