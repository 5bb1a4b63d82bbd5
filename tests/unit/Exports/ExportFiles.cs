using System.Text;
using JamEmr.Ledger.Checkpoints;
using JamEmr.Ledger.Exports;
using JamEmr.Ledger.Merkle;

namespace JamEmr.Tests.Unit.Exports;

/// <summary>The files of an export in memory, made from records alone and so by whoever has a key: what a forger works with.</summary>
internal sealed class ExportFiles
{
    private readonly Dictionary<string, byte[]> _files;

    private ExportFiles(Dictionary<string, byte[]> files) => _files = files;

    public ExportManifest Manifest
    {
        get => ExportManifest.FromBytes(_files["export.json"]);
        set => _files["export.json"] = value.ToBytes();
    }

    public List<byte[]> Records
    {
        get => Split(_files["records.ndjson"]);
        set => _files["records.ndjson"] = [.. value.SelectMany(record => (byte[])[.. record, (byte)'\n'])];
    }

    public List<string> Names => [.. _files.Keys.Order(StringComparer.Ordinal)];

    public byte[] this[string name]
    {
        get => _files[name];
        set => _files[name] = value;
    }

    public bool Remove(string name) => _files.Remove(name);

    public ExportFiles Copy() => new(new Dictionary<string, byte[]>(_files));

    public SignedNote Head => SignedNote.Parse(_files["checkpoint"]);

    /// <summary>The export of a whole log that consists of these records, signed after each of some sizes and after the last.</summary>
    public static ExportFiles Make(IReadOnlyList<byte[]> records, NoteSigner signer, string log, DateTimeOffset written, params IEnumerable<int> checkpoints)
    {
        var files = new Dictionary<string, byte[]>();
        var (range, builder, earlier) = (new CompactRange(), new TileBuilder(0, _ => []), checkpoints.Where(size => size < records.Count).ToHashSet());
        var number = 0;
        foreach (var record in records)
        {
            var hash = MerkleTree.LeafHash(record);
            range.Append(hash);
            builder.Append(hash, Put);
            if (earlier.Contains((int)range.Size)) files[ExportLayout.CheckpointPath(number++)] = Sign();
        }

        foreach (var tile in builder.TakePartial()) Put(tile);
        files["checkpoint"] = Sign();
        files["keys"] = Encoding.UTF8.GetBytes(new PublishedKeys([new PublishedKey(signer.Verifier, AuditSamples.Start, null)]).ToString());
        return new ExportFiles(files)
        {
            Records = [.. records],
            Manifest = new ExportManifest { Format = 1, Log = log, First = 0, Count = records.Count, TreeSize = records.Count, Checkpoints = number, Written = written },
        };

        void Put(Tile tile) => files[ExportLayout.TilePath(tile.Id, tile.Hashes.Count)] = Tiles.ToBytes(tile.Hashes);

        byte[] Sign() => Encoding.UTF8.GetBytes(
            SignedNote.Sign(new Checkpoint(Checkpoint.OriginOf(signer.Verifier.Name, log), range.Size, range.Root()).ToString(), written, signer).ToString());
    }

    /// <summary>Makes a folder hold these files and no others, given what it held before.</summary>
    public void Write(string folder, ExportFiles? before)
    {
        foreach (var name in before?.Names ?? [])
        {
            if (!_files.TryGetValue(name, out var same) || !ReferenceEquals(same, before![name])) File.Delete(Path.Combine(folder, name));
        }

        foreach (var (name, content) in _files)
        {
            var path = Path.Combine(folder, name);
            if (before?._files.GetValueOrDefault(name) is { } same && ReferenceEquals(same, content)) continue;
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            if (content.AsSpan().StartsWith("link:"u8)) File.CreateSymbolicLink(path, Encoding.UTF8.GetString(content.AsSpan(5)));
            else File.WriteAllBytes(path, content);
        }
    }

    private static List<byte[]> Split(byte[] lines)
    {
        var records = new List<byte[]>();
        var rest = lines.AsSpan();
        while (rest.IndexOf((byte)'\n') is >= 0 and var at)
        {
            records.Add(rest[..at].ToArray());
            rest = rest[(at + 1)..];
        }

        return records;
    }
}
