using System.Security.Cryptography;
using System.Text;
using JamEmr.Ledger.Checkpoints;
using JamEmr.Ledger.Merkle;

namespace JamEmr.Ledger.Exports;

/// <summary>
/// Writes an export: into a folder beside the one wanted, which gets its name when everything is in it. All of it is for its owner only.
/// </summary>
public static class ExportWriter
{
    private const int Chunk = 4 * Tiles.Width;
    private const int BufferSize = 1024 * 1024;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Whether an export may be written there.</summary>
    /// <exception cref="IOException">There is something already.</exception>
    public static void EnsureFree(string folder)
    {
        if (File.Exists(folder)) throw new IOException($"{folder} is a file; name a folder that is new or empty.");
        if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any())
            throw new IOException($"{folder} is not empty; name a folder that is new or empty.");
    }

    /// <summary>Writes an export.</summary>
    /// <param name="store">The store.</param>
    /// <param name="plan">What it holds.</param>
    /// <param name="folder">Where; new or empty.</param>
    /// <param name="durable">Whether it must survive a loss of power from here on: every file and folder is flushed to disk.</param>
    /// <param name="progress">Told now and then how many records were written.</param>
    /// <param name="ct">Ends it; nothing is left.</param>
    /// <exception cref="LedgerDamagedException">A record or a tile is missing.</exception>
    /// <exception cref="ExportException">A record cannot stand on a line of its own.</exception>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static async Task WriteAsync(
        ILedgerStore store, ExportPlan plan, string folder, bool durable, IProgress<long>? progress, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(plan);
        folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        EnsureFree(folder);
        var draft = $"{folder}.{RandomNumberGenerator.GetHexString(8, lowercase: true)}{DurableFile.DraftSuffix}";
        DurableFile.MakeFolder(draft);
        try
        {
            await WriteRecordsAsync(store, plan.Manifest, draft, durable, progress, ct);
            await WriteTilesAsync(store, plan, draft, durable, ct);
            WriteNotes(plan, draft, durable);
            if (durable) FlushFolders(draft);
            if (Directory.Exists(folder)) Directory.Delete(folder);
            Directory.Move(draft, folder);
            if (durable) DurableFile.FlushFolder(Path.GetDirectoryName(folder)!);
        }
        catch
        {
            Directory.Delete(draft, recursive: true);
            throw;
        }
    }

    private static async Task WriteRecordsAsync(
        ILedgerStore store, ExportManifest manifest, string folder, bool durable, IProgress<long>? progress, CancellationToken ct)
    {
        await using var file = Create(Path.Combine(folder, ExportLayout.RecordsFile), BufferSize);
        for (var next = manifest.First; next < manifest.End;)
        {
            var leaves = await store.ReadAsync(manifest.Log, next, (int)Math.Min(Chunk, manifest.End - next), ct);
            foreach (var leaf in leaves)
            {
                if (leaf.Index != next || leaf.Bytes is not { } bytes) throw Missing(manifest.Log, next);
                if (bytes.Span.Contains((byte)'\n')) throw new ExportException($"Record {next} of log {manifest.Log} has a line feed in it and cannot be exported.");
                file.Write(bytes.Span);
                file.WriteByte((byte)'\n');
                next++;
            }

            if (leaves.Count == 0) throw Missing(manifest.Log, next);
            progress?.Report(next - manifest.First);
        }

        file.Flush(durable);
    }

    private static async Task WriteTilesAsync(ILedgerStore store, ExportPlan plan, string folder, bool durable, CancellationToken ct)
    {
        var manifest = plan.Manifest;
        var made = "";
        foreach (var id in ExportLayout.TilesOf(manifest, plan.Earlier.Select(one => one.Size)))
        {
            var width = Tiles.WidthIn(id, manifest.TreeSize);
            var tile = await store.ReadTileAsync(manifest.Log, id, ct);
            if (tile is null || tile.Hashes.Count < width)
                throw new LedgerDamagedException(manifest.Log, null, $"Log {manifest.Log} lacks tile {id.Index} of level {id.Level}.");
            var path = Path.Combine(folder, ExportLayout.TilePath(id, width));
            var parent = Path.GetDirectoryName(path)!;
            if (!string.Equals(parent, made, StringComparison.Ordinal)) CreateFolder(made = parent);
            Write(path, Tiles.ToBytes([.. tile.Hashes.Take(width)]), durable);
        }
    }

    private static void WriteNotes(ExportPlan plan, string folder, bool durable)
    {
        if (!plan.Earlier.IsEmpty) CreateFolder(Path.Combine(folder, ExportLayout.CheckpointsFolder));
        for (var i = 0; i < plan.Earlier.Length; i++)
            Write(Path.Combine(folder, ExportLayout.CheckpointPath(i)), Encoding.UTF8.GetBytes(plan.Earlier[i].Note), durable);
        Write(Path.Combine(folder, ExportLayout.CheckpointFile), Encoding.UTF8.GetBytes(plan.Head.ToString()), durable);
        Write(Path.Combine(folder, ExportLayout.KeysFile), Encoding.UTF8.GetBytes(plan.Keys.ToString()), durable);
        Write(Path.Combine(folder, ExportLayout.ManifestFile), plan.Manifest.ToBytes(), durable);
    }

    private static void Write(string path, byte[] content, bool durable)
    {
        using var file = Create(path, bufferSize: 0);
        file.Write(content);
        file.Flush(durable);
    }

    private static FileStream Create(string path, int bufferSize)
    {
        var how = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = bufferSize };
        if (!OperatingSystem.IsWindows()) how.UnixCreateMode = OwnerOnly;
        return new FileStream(path, how);
    }

    private static void CreateFolder(string path)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(path);
        else Directory.CreateDirectory(path, OwnerOnly | UnixFileMode.UserExecute);
    }

    private static void FlushFolders(string folder)
    {
        foreach (var below in Directory.EnumerateDirectories(folder, "*", SearchOption.AllDirectories)) DurableFile.FlushFolder(below);
        DurableFile.FlushFolder(folder);
    }

    private static LedgerDamagedException Missing(string log, long index) => new(log, index, $"Record {index} of log {log} is missing or unreadable.");
}
