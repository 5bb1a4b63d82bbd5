using System.Text;
using JamEmr.Ledger.Checkpoints;
using JamEmr.Ledger.Verification;

namespace JamEmr.Tests.Unit.Exports;

/// <summary>What can be done to an export. Each is given an export that verifies and chance, and says what the witness saw: most forgers cannot
/// change that, and where a log was wrong from the beginning the witness saw it wrong.</summary>
internal sealed class ExportTamperings(NoteSigner signer, NoteSigner stranger, string log)
{
    private static readonly DateTimeOffset Written = AuditSamples.Start.AddDays(30);

    /// <summary>A kind of tampering: its name, what is done, and by what alone it may be found (null: whatever finds it first).</summary>
    public sealed record Kind(string Name, Action<ExportFiles, Random> Do, FindingKind? Finding = null, bool WitnessAgrees = false);

    public Kind[] All =>
    [
        new("edit a byte of a record", EditByte),
        new("edit a field of a record", (files, random) => ChangeRecords(files, random, EditField), FindingKind.RecordChanged),
        new("delete a record", DeleteRecord),
        new("insert a record", InsertRecord),
        new("repeat a record", (files, random) => ChangeRecords(files, random, (records, at) => records.Insert(at, records[at]))),
        new("swap two records", (files, random) => ChangeRecords(files, random, Swap), FindingKind.RecordChanged),
        new("truncate the tail", TruncateTail),
        new("cut the file of records", (files, random) => files["records.ndjson"] = files["records.ndjson"][..random.Next(1, files["records.ndjson"].Length)]),
        new("append to the file of records", (files, random) => files["records.ndjson"] = [.. files["records.ndjson"], .. Bytes(random, 1, 40)], FindingKind.RecordBeyondHead),
        new("edit a tile", (files, random) => Flip(files, TileOf(files, random), random)),
        new("shorten a tile", (files, random) => Shorten(files, TileOf(files, random), random), FindingKind.FileUnreadable),
        new("edit the checkpoint", (files, random) => Flip(files, "checkpoint", random)),
        new("edit an earlier checkpoint", (files, random) => Flip(files, EarlierOf(files, random), random)),
        new("replace the signature by a stranger's", SignAsStranger, FindingKind.SignatureWrong),
        new("replace the signature by an older one", TakeOlderSignature, FindingKind.SignatureWrong),
        new("cut the tail under an older checkpoint", CutUnderOlder, FindingKind.TailCut),
        new("roll back to an older copy", RollBack, FindingKind.TailCut),
        new("re-hash everything, old signature", (files, random) => Rewrite(files, random, signer, keepHead: true)),
        new("re-hash everything, own key in the keys", (files, random) => Rewrite(files, random, stranger), FindingKind.SignatureWrong),
        new("re-hash everything, stolen key", (files, random) => Rewrite(files, random, signer)),
        new("take another log's export for this one's", OtherLog),
        new("remove a file", (files, random) => files.Remove(AnyOf(files, random))),
        new("empty a file", (files, random) => files[AnyOf(files, random)] = []),
        new("add a file", AddFile, FindingKind.FileUnexpected),
        new("put a link in a file's place", PutLink),
        new("edit the manifest", EditManifest),
        new("repeat a field of the manifest", RepeatManifestField, FindingKind.FileUnreadable),
        new("drop a field, everything signed and witnessed so", DropField, FindingKind.FieldMissing, true),
        new("repeat a field, everything signed and witnessed so", RepeatField, FindingKind.RecordMalformed, true),
        new("repeat an id, everything signed and witnessed so", RepeatId, FindingKind.RepeatedId, true),
        new("add to a record's line, everything signed and witnessed so", AddToLine, FindingKind.RecordMalformed, true),
    ];

    private static void EditByte(ExportFiles files, Random random)
    {
        var records = files.Records;
        var at = random.Next(records.Count);
        records[at] = [.. records[at]];
        ref var value = ref records[at][random.Next(records[at].Length)];
        value = (byte)((value + random.Next(1, 256)) % 256 is '\n' and var feed ? feed + 1 : (value + 1) % 256 == '\n' ? value + 2 : value + 1);
        files.Records = records;
    }

    private static void ChangeRecords(ExportFiles files, Random random, Action<List<byte[]>, int> change)
    {
        var records = files.Records;
        change(records, random.Next(records.Count - 1));
        files.Records = records;
    }

    private static void EditField(List<byte[]> records, int at)
    {
        var text = Encoding.UTF8.GetString(records[at]);
        var changed = text.Replace("\"actorKind\":\"user\"", "\"actorKind\":\"token\"", StringComparison.Ordinal);
        Assert.NotEqual(text, changed);
        records[at] = Encoding.UTF8.GetBytes(changed);
    }

    private static void Swap(List<byte[]> records, int at) => (records[at], records[at + 1]) = (records[at + 1], records[at]);

    private static void DeleteRecord(ExportFiles files, Random random)
    {
        ChangeRecords(files, random, (records, at) => records.RemoveAt(at));
        if (random.Next(2) == 0) files.Manifest = files.Manifest with { Count = files.Manifest.Count - 1 };
    }

    private static void InsertRecord(ExportFiles files, Random random)
    {
        ChangeRecords(files, random, (records, at) => records.Insert(at, Forged(random)));
        if (random.Next(2) == 0) files.Manifest = files.Manifest with { Count = files.Manifest.Count + 1 };
    }

    private static void TruncateTail(ExportFiles files, Random random)
    {
        var records = files.Records;
        var left = random.Next(1, records.Count);
        files.Records = records[..left];
        if (random.Next(2) == 0) files.Manifest = files.Manifest with { Count = left };
    }

    private void SignAsStranger(ExportFiles files, Random random)
    {
        files["checkpoint"] = Encoding.UTF8.GetBytes(SignedNote.Sign(files.Head.Text, Written, stranger).ToString());
        if (random.Next(2) == 0) files["keys"] = Encoding.UTF8.GetBytes(stranger.Verifier + "\n");
    }

    private static void TakeOlderSignature(ExportFiles files, Random random)
    {
        var note = files.Head;
        var older = SignedNote.Parse(files[EarlierOf(files, random)]);
        files["checkpoint"] = Encoding.UTF8.GetBytes($"{note.Text}\n{string.Concat(older.Signatures)}");
    }

    private void CutUnderOlder(ExportFiles files, Random random)
    {
        var older = SignedNote.Parse(files[EarlierOf(files, random)]);
        var size = (int)Checkpoint.Parse(older.Text).Size;
        var cut = Make(files.Records[..size], signer);
        cut["checkpoint"] = Encoding.UTF8.GetBytes(older.ToString());
        Take(files, cut);
    }

    private void RollBack(ExportFiles files, Random random)
    {
        var size = random.Next(1, files.Records.Count);
        Take(files, Make(files.Records[..size], signer, size / 2));
    }

    private void Rewrite(ExportFiles files, Random random, NoteSigner by, bool keepHead = false)
    {
        var (records, head) = (files.Records, files["checkpoint"]);
        var at = random.Next(records.Count - 1);
        switch (random.Next(4))
        {
            case 0: EditField(records, at); break;
            case 1: records.RemoveAt(at); break;
            case 2: records.Insert(at, Forged(random)); break;
            default: Swap(records, at); break;
        }

        Take(files, Make(records, by, records.Count / 3, records.Count / 2));
        if (keepHead) files["checkpoint"] = head;
    }

    private void OtherLog(ExportFiles files, Random random)
    {
        var other = ExportFiles.Make(files.Records, signer, random.Next(2) == 0 ? "system" : $"x/{log}", Written);
        other.Manifest = other.Manifest with { Log = log };
        Take(files, other);
    }

    private static void AddFile(ExportFiles files, Random random)
    {
        string[] names = ["records.ndjson.gz", "tile/0/099", "tile/0/000.p/1", "checkpoints/000099", "tile/7/000", "notes.txt", "a/b/c", "tile/0/000.p/x"];
        var name = names[random.Next(names.Length)];
        while (!files.Names.TrueForAll(one => one != name && !one.StartsWith(name + "/", StringComparison.Ordinal))) name += "0";
        files[name] = Bytes(random, 0, 64);
    }

    private static void PutLink(ExportFiles files, Random random)
    {
        var name = AnyOf(files, random);
        files[name] = Encoding.UTF8.GetBytes(random.Next(2) == 0 ? "link:/dev/zero" : "link:/etc/hostname");
    }

    private static void EditManifest(ExportFiles files, Random random)
    {
        var (manifest, by) = (files.Manifest, random.Next(2) == 0 ? 1 : -1);
        files.Manifest = random.Next(6) switch
        {
            0 => manifest with { First = manifest.First + 1 },
            1 => manifest with { Count = manifest.Count + by },
            2 => manifest with { TreeSize = manifest.TreeSize + by },
            3 => manifest with { Checkpoints = manifest.Checkpoints + by },
            4 => manifest with { Log = manifest.Log + "0" },
            _ => manifest with { From = AuditSamples.Start.AddSeconds(1) },
        };
    }

    private static void RepeatManifestField(ExportFiles files, Random random)
    {
        var text = Encoding.UTF8.GetString(files["export.json"]);
        string[] fields = ["\"count\": 1", "\"first\": 0", "\"log\": \"system\"", "\"unknown\": 1"];
        files["export.json"] = Encoding.UTF8.GetBytes(text.Insert(text.LastIndexOf('}'), $", {fields[random.Next(fields.Length)]}"));
    }

    private void DropField(ExportFiles files, Random random) => Written_so(files, random, (text, chance) =>
    {
        string[] fields = ["\"time\"", "\"event\"", "\"action\"", "\"outcome\"", "\"actorId\"", "\"entityType\"", "\"correlationId\"", "\"remoteAddress\"", "\"policyHash\""];
        var from = text.IndexOf(fields[chance.Next(fields.Length)] + ":", StringComparison.Ordinal);
        return text.Remove(from, text.IndexOf("\",\"", from, StringComparison.Ordinal) + 2 - from);
    });

    private void RepeatField(ExportFiles files, Random random) => Written_so(
        files, random, (text, chance) => text.Insert(1, chance.Next(2) == 0 ? "\"outcome\":\"success\"," : "\"detail\":{},"));

    private void AddToLine(ExportFiles files, Random random) => Written_so(
        files, random, (text, chance) => chance.Next(3) switch { 0 => text + text, 1 => text + "x", _ => text + "\0" });

    private void RepeatId(ExportFiles files, Random random) => Written_so(
        files, random, (text, _) => text.Replace(IdOf(text), IdOf(Encoding.UTF8.GetString(files.Records[^1])), StringComparison.Ordinal));

    private void Written_so(ExportFiles files, Random random, Func<string, Random, string> write)
    {
        var records = files.Records;
        var at = random.Next(records.Count - 1);
        records[at] = Encoding.UTF8.GetBytes(write(Encoding.UTF8.GetString(records[at]), random));
        Take(files, Make(records, signer, records.Count / 3, records.Count / 2));
    }

    private ExportFiles Make(IReadOnlyList<byte[]> records, NoteSigner by, params int[] checkpoints) => ExportFiles.Make(records, by, log, Written, checkpoints);

    private static void Take(ExportFiles files, ExportFiles other)
    {
        foreach (var name in files.Names) files.Remove(name);
        foreach (var name in other.Names) files[name] = other[name];
    }

    private static string IdOf(string record) => record.Substring("{\"id\":\"".Length, 36);

    private static byte[] Forged(Random random) => AuditSamples.ToLedger(AuditSamples.Record(500_000 + random.Next(100_000))).Bytes.ToArray();

    private static byte[] Bytes(Random random, int least, int most)
    {
        var bytes = new byte[random.Next(least, most)];
        random.NextBytes(bytes);
        return bytes;
    }

    private static void Flip(ExportFiles files, string name, Random random)
    {
        files[name] = [.. files[name]];
        files[name][random.Next(files[name].Length)] ^= (byte)(1 << random.Next(8));
    }

    private static void Shorten(ExportFiles files, string name, Random random) => files[name] = files[name][..random.Next(files[name].Length)];

    private static string TileOf(ExportFiles files, Random random) => Pick(files, random, "tile/");

    private static string EarlierOf(ExportFiles files, Random random) => Pick(files, random, "checkpoints/");

    private static string AnyOf(ExportFiles files, Random random) => Pick(files, random, "");

    private static string Pick(ExportFiles files, Random random, string prefix)
    {
        var names = files.Names.FindAll(name => name.StartsWith(prefix, StringComparison.Ordinal));
        return names[random.Next(names.Count)];
    }
}
